"""The command `status`: what it says of a conversation."""

from types import SimpleNamespace

from chatd.ui.status import status


def said(path: str, tried: list[tuple[str, str]]) -> list[str]:
    """The lines about a conversation over this path."""
    channel = SimpleNamespace(sent=10, read=20)
    link = SimpleNamespace(path=path, secured=None, renewals=0, channel=channel)
    talk = SimpleNamespace(link=link, round_trip=0.006, waiting=0)
    machine = SimpleNamespace(partner="bob", partner_petname="", partner_standing="new")
    lines: list[str] = []
    session = SimpleNamespace(
        machine=machine,
        driver=SimpleNamespace(talk=talk, since=0.0, tried=tried),
        now=21.0,
        show=lambda answer: lines.extend(answer.lines),
    )
    status(session, "")  # type: ignore[arg-type]
    return lines


def test_the_path_in_use_is_not_one_that_was_tried_in_vain() -> None:
    """The other person dialled us from an address that we dialled as well: it is named once."""
    others = [("192.0.2.1:1712", "no answer"), ("[::1]:56417", "no answer")]
    lines = said("IPv4 127.0.0.1:5641", [("127.0.0.1:5641", "no answer"), *others])
    assert "path: IPv4 127.0.0.1:5641" in lines
    assert [line for line in lines if line.startswith("also tried")] == [
        "also tried: 192.0.2.1:1712: no answer",
        "also tried: [::1]:56417: no answer",
    ]


def test_another_port_or_address_is_another_path() -> None:
    """One whose end looks alike stays on the list."""
    tried = [("7.0.0.1:5641", "no answer"), ("127.0.0.1:564", "no answer")]
    lines = said("IPv4 127.0.0.1:5641", tried)
    assert sum(line.startswith("also tried") for line in lines) == 2

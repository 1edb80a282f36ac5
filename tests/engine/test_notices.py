"""What the operator of a server wants people to read, as a client shows it."""

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.decisions.notices import Notices
from chatd.ui import wording


def shown(text: str) -> list[str]:
    """The lines of a notice."""
    return [line.text for line in wording.lines(events.Notice("chat.example.org:1712", text))]


def test_whose_words_they_are() -> None:
    """The server's name stands above, and each line is set apart from the client's own."""
    assert shown("be kind\nto each other") == [
        "the operator of chat.example.org:1712 says:",
        "  be kind",
        "  to each other",
    ]


def test_hostile_words_reach_no_terminal() -> None:
    """Control characters, directions and floods of lines: nothing is left but safe, few lines."""
    hostile = "\x1b]0;owned\x07\x9b2J\r\u202eevil\u2028" + "\n" * limits.NOTICE
    lines = shown(hostile[: limits.NOTICE])
    assert len(lines) == 1 + limits.NOTICE_LINES + 1
    assert lines[-1].startswith("  … ")
    assert not any(mark in line for line in lines for mark in "\x1b\x07\x9b\r\u202e\u2028")


def test_the_same_is_shown_once() -> None:
    """Whoever comes back reads it only where it has changed."""
    notices = Notices(0)
    assert [notices.is_shown(text, 0) for text in ("one", "one", "two", "one")] == [
        True,
        False,
        True,
        True,
    ]


def test_a_server_cannot_flood() -> None:
    """Different ones are shown so many at once, and then one in so many seconds."""
    notices = Notices(0)
    flood = [notices.is_shown(str(number), 0) for number in range(100)]
    assert sum(flood) == limits.NOTICE_BURST
    assert not notices.is_shown("later", limits.NOTICE_SECONDS - 1)
    assert notices.is_shown("later", limits.NOTICE_SECONDS)

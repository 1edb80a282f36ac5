"""The opening of a link through the relay (protocol.md, "The relay")."""

import pytest

from chatd.errors import ChatdError, Unexpected
from chatd.wire.opening import Secured
from chatd.wire.relayed import Relayed

SHOWN = b"RELAY dGlja2V0"


class Inside:
    """An opening that writes down what it is given."""

    secured: Secured | None = None

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def start(self) -> list[bytes]:
        return [b"first"]

    def receive_line(self, line: bytes) -> list[bytes]:
        self.lines.append(line)
        return [b"answer"]


def test_the_ticket_comes_after_the_greeting_and_the_link_after_the_other_side() -> None:
    """Nothing is said before the relay has shown that it is one."""
    inside = Inside()
    relayed = Relayed(b"ticket", inside)
    assert relayed.start() == []
    assert relayed.receive_line(b"CHATD/1 gcm,cbc") == [SHOWN]
    assert relayed.receive_line(b"RELAYED") == [b"first"]
    assert relayed.receive_line(b"RELAYED") == [b"answer"]
    assert inside.lines == [b"RELAYED"]


@pytest.mark.parametrize(
    "lines",
    [
        [b"RELAYED"],
        [b"SSH-2.0-x"],
        [b"NO full"],
        [b"CHATD/2 relay"],
        [b"CHATD/1 relay", b"NO slow-down"],
        [b"CHATD/1 relay", b"CHATD/1 relay"],
        [b"CHATD/1 relay", b"NOISE AAAA"],
        [b"CHATD/1 relay", b"RELAYED "],
    ],
)
def test_anything_else_ends_it(lines: list[bytes]) -> None:
    """The last of these lines is refused, and the ticket goes to no other kind of service."""
    relayed = Relayed(b"ticket", Inside())
    said = [each for line in lines[:-1] for each in relayed.receive_line(line)]
    with pytest.raises(ChatdError):
        relayed.receive_line(lines[-1])
    assert said == ([SHOWN] if len(lines) > 1 else [])


def test_a_second_greeting_is_no_answer() -> None:
    """It is refused as what does not belong there."""
    relayed = Relayed(b"ticket", Inside())
    relayed.receive_line(b"CHATD/1 relay")
    with pytest.raises(Unexpected):
        relayed.receive_line(b"CHATD/1 relay")

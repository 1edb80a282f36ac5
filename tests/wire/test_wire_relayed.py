"""The opening of a link through the relay (protocol, "The relay")."""

import pytest

from chatd.errors import ChatdError, Unexpected
from chatd.wire import lines
from chatd.wire.opening import Secured
from chatd.wire.relayed import Relayed
from chatd.wire.ticket import OwnTicket

SEEN = lines.encode(bytes(34))
SERVER, RELAY = b"CHATD/2 gcm,cbc " + SEEN, b"CHATD/2 relay " + SEEN
TICKET = OwnTicket(bytes(45), bytes(range(32)))


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
    relayed = Relayed(TICKET, inside)
    assert relayed.start() == []
    assert relayed.receive_line(SERVER) == [lines.relay(TICKET.shown(SERVER))]
    assert relayed.receive_line(b"RELAYED") == [b"first"]
    assert relayed.receive_line(b"RELAYED") == [b"answer"]
    assert inside.lines == [b"RELAYED"]


@pytest.mark.parametrize(
    "said",
    [
        [b"RELAYED"],
        [b"SSH-2.0-x"],
        [b"NO full"],
        [b"CHATD/1 relay"],
        [b"CHATD/3 relay " + SEEN],
        [b"CHATD/2 relay"],
        [RELAY, b"NO slow-down"],
        [RELAY, RELAY],
        [RELAY, b"NOISE AAAA"],
        [RELAY, b"RELAYED "],
    ],
)
def test_anything_else_ends_it(said: list[bytes]) -> None:
    """The last of these lines is refused, and the ticket goes to no other kind of service."""
    relayed = Relayed(TICKET, Inside())
    answers = [each for line in said[:-1] for each in relayed.receive_line(line)]
    with pytest.raises(ChatdError):
        relayed.receive_line(said[-1])
    assert answers == ([lines.relay(TICKET.shown(RELAY))] if len(said) > 1 else [])


def test_a_second_greeting_is_no_answer() -> None:
    """It is refused as what does not belong there."""
    relayed = Relayed(TICKET, Inside())
    relayed.receive_line(RELAY)
    with pytest.raises(Unexpected):
        relayed.receive_line(RELAY)

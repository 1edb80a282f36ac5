"""A relay hands a ticket over, and takes nothing else (protocol, "The relay")."""

from collections.abc import Callable

import pytest
from wire_pairs import LABELS, SEEN, SERVER, client, server

from chatd import limits
from chatd.errors import Malformed
from chatd.wire import lines
from chatd.wire.opening import HandOver, Opening, Visit
from chatd.wire.server_opening import RelaySide, ServerSide

SHOWN = bytes(range(limits.RELAY_SHOWN))
NO_TICKET = [
    b"",
    b"RELAY",
    b"RELAY ",
    b"relay " + lines.encode(SHOWN),
    b"RELAYED",
    b"RELAY " + lines.encode(SHOWN[:-1]),
    b"RELAY " + lines.encode(SHOWN + b"\0"),
    b"RELAY  " + lines.encode(SHOWN),
]


def serving_relay() -> ServerSide:
    """A server that is a relay as well."""
    return ServerSide(SERVER, LABELS, lambda: SEEN, relays=True)


def relay_alone() -> RelaySide:
    """A relay that is no server."""
    return RelaySide(lambda: SEEN)


each_relay = pytest.mark.parametrize("side", [serving_relay, relay_alone])


def visit(side: Opening, line: bytes) -> Visit:
    """What a relay hands over for this line."""
    with pytest.raises(HandOver) as caught:
        side.receive_line(line)
    return caught.value.visit


@each_relay
def test_a_ticket_is_handed_over_with_the_greeting_that_it_answers(
    side: Callable[[], Opening],
) -> None:
    """The proof in it is over that greeting."""
    ours = side()
    (greeting,) = ours.start()
    assert visit(ours, lines.relay(SHOWN)) == Visit(SHOWN, greeting)
    assert ours.secured is None


def test_a_relay_alone_greets_as_what_it_is() -> None:
    """With `relay` in the place of suites, and where it sees who came."""
    (greeting,) = relay_alone().start()
    assert lines.read_greeting(greeting) == lines.Greeting(["relay"], SEEN)


@pytest.mark.parametrize("line", NO_TICKET)
@each_relay
def test_what_is_no_ticket_is_refused(side: Callable[[], Opening], line: bytes) -> None:
    """Another size, another word or sloppy spelling."""
    ours = side()
    ours.start()
    with pytest.raises(Malformed):
        ours.receive_line(line)


def test_a_relay_alone_opens_no_server_link() -> None:
    """The first line of a login means nothing to it."""
    ours = relay_alone()
    ours.start()
    (first,) = client().receive_line(lines.greeting(LABELS, SEEN))
    with pytest.raises(Malformed):
        ours.receive_line(first)


def test_a_server_that_does_not_relay_takes_no_ticket() -> None:
    """That is how a server is, if nothing else is said."""
    ours = server()
    ours.start()
    with pytest.raises(Malformed):
        ours.receive_line(lines.relay(SHOWN))


def test_a_login_cannot_turn_into_a_visit() -> None:
    """After m1 a ticket is no line of the handshake."""
    ours, theirs = serving_relay(), client()
    (greeting,) = ours.start()
    ours.receive_line(*theirs.receive_line(greeting))
    with pytest.raises(Malformed):
        ours.receive_line(lines.relay(SHOWN))

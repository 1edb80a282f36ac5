"""Places at the relay for the two sides of an introduction (protocol.md, "Tickets")."""

from collections.abc import Callable

from chatd import limits
from chatd.wire.server import Relay
from chatd.wire.ticket import Ticket, issue, pair_of, pseudonym


class Tickets:
    """Writes tickets under a relay's key (32 bytes); keeps nothing.

    `at` is where the relay listens, or None if it is this server; `wall_clock` gives seconds
    since 1970, which the relay's clock must agree with to within a few seconds.
    """

    def __init__(
        self, key: bytes, at: tuple[str, int] | None, wall_clock: Callable[[], float]
    ) -> None:
        self._key = key
        self._at = at
        self._wall_clock = wall_clock

    def __call__(self, introduction: bytes, identity: bytes, side: int) -> Relay:
        """The place of one side, good for a minute."""
        expiry = int(self._wall_clock()) + limits.RELAY_TICKET_SECONDS
        pair, person = pair_of(self._key, introduction), pseudonym(self._key, identity)
        return Relay(self._at, issue(self._key, Ticket(expiry, pair, person, side)))


def no_tickets(introduction: bytes, identity: bytes, side: int) -> None:
    """What a server without a relay gives."""

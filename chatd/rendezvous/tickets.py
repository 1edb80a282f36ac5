"""Places at the relay for the two sides of an introduction (protocol, "Tickets")."""

from collections.abc import Callable

from chatd import limits
from chatd.wire.seeds import Seeds
from chatd.wire.server import Relay
from chatd.wire.ticket import issue


class Tickets:
    """Writes tickets under the seeds that a relay has too; keeps nothing.

    `at` is where the relay listens and whether inside TLS, or None if it is this server;
    `wall_clock` gives seconds since 1970, which the relay's clock must agree with to within a few
    seconds.
    """

    def __init__(
        self, seeds: Seeds, at: tuple[str, int, bool] | None, wall_clock: Callable[[], float]
    ) -> None:
        self._seeds = seeds
        self._at = at
        self._wall_clock = wall_clock

    def __call__(self, introduction: bytes, identity: bytes, side: int) -> Relay:
        """The place of one side, good for a minute."""
        seconds, now = limits.RELAY_TICKET_SECONDS, self._wall_clock()
        own = issue(self._seeds, now, introduction, identity, side, seconds)
        return Relay(self._at, own.ticket, own.secret)


def no_tickets(introduction: bytes, identity: bytes, side: int) -> None:
    """What a server without a relay gives."""

"""The work of a daemon that only relays."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from chatd.relay.relay import Relay
from chatd.relay.service import RelayFactory
from chatd.rendezvous.listening import Work
from chatd.seed_keeper import SeedKeeper


class Relaying(Work):
    """Passes bytes on, and moves the seeds of its tickets on."""

    def __init__(self, factory: RelayFactory, relay: Relay, seeds: Sequence[SeedKeeper]) -> None:
        super().__init__(factory)
        self._door = factory.door
        self._relay = relay
        self._seeds = seeds

    @property
    def arriving(self) -> int:
        """How many links have shown no ticket."""
        return len(self._door)

    def start(self) -> None:
        """Begin to look at the date."""
        for keeper in self._seeds:
            keeper.start()

    def let_go(self) -> Deferred[None]:
        """The seeds are moved on by whoever is next."""
        self._stop_keepers()
        return super().let_go()

    def take_again(self) -> None:
        """As at the start."""
        self.start()

    def stop(self) -> Deferred[None]:
        """Whoever talks through a relay that ends talks on in another way."""
        self._stop_keepers()
        return self._relay.close()

    def _stop_keepers(self) -> None:
        for keeper in self._seeds:
            keeper.stop()

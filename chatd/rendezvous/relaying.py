"""The work of a daemon that only relays."""

from collections.abc import Sequence

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory

from chatd.rendezvous.listening import Work
from chatd.seed_keeper import SeedKeeper


class Relaying(Work):
    """Passes bytes on, and moves the seeds of its tickets on."""

    def __init__(self, factory: Factory, seeds: Sequence[SeedKeeper]) -> None:
        super().__init__(factory)
        self._seeds = seeds

    def start(self) -> None:
        """Begin to look at the date."""
        for keeper in self._seeds:
            keeper.start()

    def stop(self) -> Deferred[None]:
        """At once: whoever talks through a relay that ends talks on in another way."""
        for keeper in self._seeds:
            keeper.stop()
        return super().stop()

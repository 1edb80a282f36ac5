"""All that watches a daemon, from its start to its end."""

from collections.abc import Callable, Iterable
from typing import Any

from chatd.log.pseudonyms import Pseudonyms
from chatd.sources import Sources
from chatd.watch.figures import Family
from chatd.watch.health import Health
from chatd.watch.process import process
from chatd.watch.pulse import Pauses, Pulse
from chatd.watch.summaries import Summaries
from chatd.watch.tally import Tally

Part = Callable[[], Iterable[Family]]


class Watch:
    """Counts for the daemon's parts, and knows the figures of all that were added."""

    def __init__(self, clock: Any, pseudonyms: Pseudonyms) -> None:
        self.pseudonyms = pseudonyms
        self.tally = Tally()
        self._sources = Sources()
        self._pulse = Pulse(clock)
        self._pauses = Pauses()
        self._summaries = Summaries(clock, self.tally.refusals, pseudonyms.called)
        self.health = Health(self._pulse)
        self._parts: list[Part] = [lambda: process(self._pulse, self._pauses, clock)]

    def add(self, part: Part) -> None:
        """Let one more part of the daemon say its figures."""
        self._parts.append(part)

    def refused_link(self, why: str, host: str) -> None:
        """A link from this address was closed before anything else knew of it."""
        self.tally.refuse("link", why, self._sources.of(host))

    def families(self) -> list[Family]:
        """The figures of this moment."""
        return [family for part in reversed(self._parts) for family in part()]

    def start(self) -> None:
        """Begin to measure."""
        self._pulse.start()
        self._pauses.start()

    def stop(self) -> None:
        """Say what is left to say, and measure no more."""
        self._summaries.stop()
        self._pulse.stop()
        self._pauses.stop()

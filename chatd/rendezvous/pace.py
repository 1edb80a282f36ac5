"""When the next message of somebody is carried out (protocol, "Commands and refusals")."""

from chatd import limits
from chatd.shares import Shares
from chatd.sources import Source


class Pace:
    """So many messages at once and so many a second, for each key, and for each source
    `PER_SOURCE` times as many; the last `keys` keys are remembered. `now` is in seconds.
    """

    def __init__(self, burst: int, per_second: float, keys: int) -> None:
        seconds = burst / per_second
        self._keys = Shares(burst, seconds, max(keys, limits.COUNTED))
        self._sources = Shares(burst * limits.PER_SOURCE, seconds, limits.COUNTED)

    def remember(self, keys: int) -> None:
        """So many keys from now on."""
        self._keys.remember(max(keys, limits.COUNTED))

    def turn(self, key: bytes, source: Source, now: float) -> float:
        """Take the next turn of this key and this source: in how many seconds that is."""
        wait = self._keys.spend(((key, 1),), now)
        return max(wait, self._sources.spend(source, now))

    def give_back(self, key: bytes, source: Source) -> None:
        """A turn that was taken is not needed any more."""
        self._keys.give_back(((key, 1),))
        self._sources.give_back(source)

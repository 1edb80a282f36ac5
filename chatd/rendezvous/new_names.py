"""How many new names one address may bind in a day."""

from collections import OrderedDict

from chatd import limits
from chatd.addresses import Kind, kind, source
from chatd.rendezvous.refusals import SlowDown

DAY = 24 * 3600


class NewNames:
    """Counts the new names of each address, an IPv6 one by its /64; `now` is in seconds.

    People on the server's own machine are not counted.
    """

    def __init__(self, per_day: int = limits.NAMES_PER_ADDRESS) -> None:
        self._per_day = per_day
        # The first new name of a day, and how many since; the oldest count comes first.
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        """How many addresses are counted."""
        return len(self._counts)

    def check(self, address: str, now: float) -> None:
        """Whether there may be one more; raises `SlowDown`."""
        since, count = self._counts.get(source(address), (now, 0))
        if now - since < DAY and count >= self._per_day:
            raise SlowDown(int(since + DAY - now) + 1)

    def add(self, address: str, now: float) -> None:
        """There is one more."""
        if kind(address) is Kind.LOOPBACK:
            return
        network = source(address)
        since, count = self._counts.get(network, (now, 0))
        if now - since >= DAY:
            self._counts.pop(network)
            since, count = now, 0
        self._counts[network] = since, count + 1
        if len(self._counts) > limits.NAME_ADDRESSES:
            self._counts.popitem(last=False)

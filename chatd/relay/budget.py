"""How much each person and each source may pass in a day, and each source in a second (protocol,
"The relay"). Pure; `now` is in seconds."""

from collections.abc import Sequence

from msgspec import Struct

from chatd import limits
from chatd.relay.link_quota import Owner
from chatd.shares import Counted, Shares

DAY = 24 * 3600


class Quota(Struct, frozen=True):
    """Bytes of one person and of one source in a day, and of one source in a second."""

    person: int = limits.RELAY_PERSON_BYTES
    source: int = limits.RELAY_SOURCE_BYTES
    source_rate: int = limits.RELAY_SOURCE_RATE


class Budget:
    """What has been passed, by whom. It outlives every pair, so that a new one renews nothing."""

    def __init__(self, quota: Quota) -> None:
        self._persons = Shares(quota.person, DAY, limits.COUNTED)
        self._sources = Shares(quota.source, DAY, limits.COUNTED)
        self._rates = Shares(quota.source_rate, 1, limits.COUNTED)

    def pass_on(self, owners: Sequence[Owner], count: int, now: float) -> None:
        """Both sides of a pair have passed so many bytes."""
        for owner in owners:
            self._persons.spend(_person(owner), now, count)
        for source in {owner.source for owner in owners}:
            self._sources.spend(source, now, count)
            self._rates.spend(source, now, count)

    def is_used_up(self, owner: Owner, now: float) -> bool:
        """Whether somebody has passed all that they may for now."""
        day = self._persons.wait(_person(owner), now, 0), self._sources.wait(owner.source, now, 0)
        return max(day) > 0

    def wait(self, owners: Sequence[Owner], now: float) -> float:
        """How many seconds a pair has to wait, as its sources pass too much in a second."""
        return max(self._rates.wait(owner.source, now, 0) for owner in owners)


def _person(owner: Owner) -> Counted:
    return ((owner.person, 1),)

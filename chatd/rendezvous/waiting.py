"""The open requests that wait for each name."""

from math import ceil

from chatd import limits
from chatd.crowds import Crowds
from chatd.rendezvous.introduction import Introduction
from chatd.rendezvous.presence import Person
from chatd.rendezvous.refusals import SlowDown


class Waiting:
    """Open requests by the name that they are for, oldest first."""

    def __init__(self) -> None:
        self._by_name: dict[str, dict[bytes, Introduction]] = {}

    def __len__(self) -> int:
        """How many names have requests waiting for them."""
        return len(self._by_name)

    def to(self, name: str) -> list[Introduction]:
        """The requests for `name`, oldest first."""
        return list(self._by_name.get(name, {}).values())

    def add(self, introduction: Introduction) -> None:
        """Let a request wait, after all others for its name."""
        self._by_name.setdefault(introduction.name, {})[introduction.id] = introduction

    def remove(self, introduction: Introduction) -> None:
        """Let a request wait no longer."""
        waiting = self._by_name[introduction.name]
        del waiting[introduction.id]
        if not waiting:
            del self._by_name[introduction.name]

    def in_the_way(self, asker: Person, name: str, now: float) -> Introduction | None:
        """The request that has to go before `asker` can add one for `name`, if any has to; raises
        `SlowDown` where one would have to, and all were delivered, or where the asker's source has
        had its share.

        A quarter of the places is for askers whose name is settled. One that nobody has seen goes,
        the oldest of the source that has the most.
        """
        waiting = self.to(name)
        _check_share(asker, waiting, now)
        rivals = self._rivals(asker, waiting)
        if not rivals:
            return None
        unseen = [each for each in rivals if each.delivered is None and not each.withdrawn]
        if not unseen:
            raise _until_one_is_over(rivals, now)
        crowds = Crowds[Introduction]()
        for each in rivals:
            crowds.add(each, each.asker.source)
        return max(unseen, key=lambda each: crowds.level(each.asker.source))

    def _rivals(self, asker: Person, waiting: list[Introduction]) -> list[Introduction]:
        """Those of whom one has to go, if one more does not fit beside them."""
        young = [each for each in waiting if not each.asker.is_settled]
        if not asker.is_settled and len(young) >= limits.ASKED - limits.ASKED_SETTLED:
            return young
        if len(waiting) < limits.ASKED:
            return []
        return waiting if asker.is_settled else young


def _check_share(asker: Person, waiting: list[Introduction], now: float) -> None:
    """Whether the asker's source may ask once more, seen or not: if one that nobody has seen made
    room, two keys would tell by it whether somebody is here."""
    for network, weight in asker.source:
        same = [each for each in waiting if network in dict(each.asker.source)]
        if len(same) >= limits.ASKED_PER_SOURCE * weight:
            raise _until_one_is_over(same, now)


def _until_one_is_over(requests: list[Introduction], now: float) -> SlowDown:
    return SlowDown(max(1, ceil(min(each.expires for each in requests) - now)))

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
        `SlowDown` where one would have to, and all were delivered.

        Each source has its share, and a quarter of the places is for askers whose name is settled.
        One that nobody has seen goes, the oldest of the source that has the most.
        """
        rivals = self._rivals(asker, self.to(name))
        if not rivals:
            return None
        unseen = [each for each in rivals if each.delivered is None]
        if not unseen:
            raise SlowDown(max(1, ceil(min(each.expires for each in rivals) - now)))
        crowds = Crowds[Introduction]()
        for each in rivals:
            crowds.add(each, each.asker.source)
        return max(unseen, key=lambda each: crowds.level(each.asker.source))

    def _rivals(self, asker: Person, waiting: list[Introduction]) -> list[Introduction]:
        """Those of whom one has to go, if one more does not fit beside them."""
        for network, weight in asker.source:
            same = [each for each in waiting if network in dict(each.asker.source)]
            if len(same) >= limits.ASKED_PER_SOURCE * weight:
                return same
        young = [each for each in waiting if not each.asker.is_settled]
        if not asker.is_settled and len(young) >= limits.ASKED - limits.ASKED_SETTLED:
            return young
        if len(waiting) < limits.ASKED:
            return []
        return waiting if asker.is_settled else young

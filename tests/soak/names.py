"""Who must hold which name, by what everybody said and was told. Pure."""

from collections import Counter, deque
from collections.abc import Mapping

ANY_TIME = ("banned", "not-now")
"""Why also the holder of a name may be refused it."""
NEVER_BOUND = ("taken", "bad-name", "too-many", "full", "slow-down")
"""Answers after which a name is not theirs for sure; what a disk refused it may still have."""


class Names:
    """A holder is surely one from the answer to a claim until a release is said. Between a claim or
    a release and its answer, and for ever if the link was lost before that, they may be one."""

    def __init__(self, faults: list[str]) -> None:
        self._faults = faults
        self.held: dict[str, str] = {}
        """Who surely holds what, by name."""
        self._may: dict[str, set[str]] = {}
        self._released: set[tuple[str, str]] = set()
        self._times: Counter[str] = Counter()
        self._told: set[tuple[str, str]] = set()
        self._claimed: dict[tuple[str, str], int] = {}
        self._freed: dict[str, int] = {}
        self._clock = 0
        self._history: dict[str, deque[str]] = {}

    def may_hold(self, who: str, name: str) -> bool:
        """Whether it is possible."""
        return self.held.get(name) == who or who in self._may.get(name, ())

    def was_theirs(self, who: str, name: str) -> bool:
        """Whether they may hold it or have held it: what was told others may be read late."""
        return (who, name) in self._told or self.may_hold(who, name)

    def claims(self, who: str, name: str) -> None:
        """Somebody says that they want a name."""
        self._note(name, f"{who} claims")
        self._claimed[who, name] = self._tick()
        if self.held.get(name) != who:
            self._may.setdefault(name, set()).add(who)

    def told(self, who: str, name: str) -> None:
        """Somebody is told that a name is theirs."""
        self._note(name, f"{who} is told")
        holder = self.held.get(name)
        if holder not in (None, who):
            self._faults.append(f"{who} was told of {name}, which is {holder}'s")
        if not self.may_hold(who, name):
            self._faults.append(f"{who} was told of {name} without a claim")
        self.held[name] = who
        self._told.add((who, name))
        self._may.get(name, set()).discard(who)

    def refused(self, who: str, name: str, code: str) -> None:
        """Somebody is told that they do not get a name."""
        self._note(name, f"{who} is refused: {code}")
        if self.held.get(name) == who and code not in ANY_TIME:
            self._faults.append(f"{who} has lost {name}: {code}")
        others = ({self.held.get(name)} | self._may.get(name, set())) - {None, who}
        since = self._claimed.get((who, name), 0)
        if code == "taken" and not others and self._freed.get(name, -1) < since:
            self._faults.append(f"{name} is taken, and nobody can have it")
        if code in NEVER_BOUND:
            self._may.get(name, set()).discard(who)

    def releases(self, who: str, name: str) -> None:
        """Somebody says that they give a name back."""
        self._note(name, f"{who} releases")
        if self.held.get(name) == who:
            del self.held[name]
            self._times[name] += 1
            self._may.setdefault(name, set()).add(who)
            self._released.add((who, name))

    def released(self, who: str, name: str) -> None:
        """It is given back."""
        self._note(name, f"{who} has released")
        self._freed[name] = self._tick()
        self._may.get(name, set()).discard(who)
        self._released.discard((who, name))

    def kept(self, who: str, name: str, code: str) -> None:
        """It is not, for this reason."""
        self._note(name, f"{who} keeps: {code}")
        surely = (who, name) in self._released
        self._released.discard((who, name))
        if surely and code == "not-yours":
            self._faults.append(f"{who} has lost {name}: it was not theirs to release")
        elif surely:
            self.told(who, name)

    def listed(self, where: str, found: Mapping[str, str]) -> None:
        """All names are read while nobody is there, and nothing is under way."""
        for name, who in self.held.items():
            if found.get(name) != who:
                self._faults.append(f"{where}: {name} is {found.get(name)}'s and not {who}'s")
                self._faults.append(f"what was said of {name}: {', '.join(self._history[name])}")
        for name, who in found.items():
            if not self.may_hold(who, name):
                self._faults.append(f"{where}: {name} is {who}'s, who was not told so")

    def settle(self, found: Mapping[str, str]) -> None:
        """After that nothing is in doubt."""
        self.held = dict(found)
        self._may.clear()
        self._released.clear()

    def _note(self, name: str, what: str) -> None:
        self._history.setdefault(name, deque(maxlen=12)).append(what)

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def noted(self) -> dict[str, tuple[str, int]]:
        """Who surely holds what now, for `copied`."""
        return {name: (who, self._times[name]) for name, who in list(self.held.items())}

    def copied(self, found: Mapping[str, str], before: Mapping[str, tuple[str, int]]) -> None:
        """A copy was made: who held a name before and since then has it there as well."""
        since = self.noted()
        for name, entry in before.items():
            if since.get(name) == entry and found.get(name) != entry[0]:
                self._faults.append(f"the copy has {name} as {found.get(name)}'s, not {entry[0]}'s")

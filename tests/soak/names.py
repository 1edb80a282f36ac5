"""Who must hold which name, by what everybody said and was told. Pure."""

from collections import Counter, deque
from collections.abc import Mapping

ANY_TIME = ("banned", "not-now")
"""Why also the holder of a name may be refused it."""
NEVER_BOUND = ("taken", "bad-name", "too-many", "full", "slow-down")
"""Answers after which a name is not theirs for sure."""
PERHAPS_BOUND = ("failed", "banned", "not-now")
"""Answers after which it may be: a disk may have what it refused, and what happens while a name is
stored keeps it from being used."""
Claim = tuple[str, str]
"""Who, and which name."""


class Names:
    """Somebody surely holds a name from the answer to their claim until they say a release. While a
    claim or a release is without an answer, for ever if its link was lost, they may hold it."""

    def __init__(self, faults: list[str]) -> None:
        self._faults = faults
        self._confirmed: dict[str, str] = {}
        self._claims: Counter[Claim] = Counter()
        self._releases: Counter[Claim] = Counter()
        self._unsure: set[Claim] = set()
        self._told: set[Claim] = set()
        self._times: Counter[str] = Counter()
        self._said: dict[Claim, int] = {}
        self._freed: dict[str, int] = {}
        self._clock = 0
        self._history: dict[str, deque[str]] = {}

    @property
    def held(self) -> dict[str, str]:
        """Who surely holds what, by name."""
        return {name: who for name, who in list(self._confirmed.items()) if self._sure(who, name)}

    def may_hold(self, who: str, name: str) -> bool:
        """Whether it is possible."""
        one = who, name
        is_open = self._claims[one] or self._releases[one] or one in self._unsure
        return self._confirmed.get(name) == who or bool(is_open)

    def was_theirs(self, who: str, name: str) -> bool:
        """Whether they may hold it or have held it: what others are told may be read late."""
        return (who, name) in self._told or self.may_hold(who, name)

    # -- what people say

    def claims(self, who: str, name: str) -> None:
        """Somebody says that they want a name."""
        self._note(name, f"{who} claims")
        self._claims[who, name] += 1
        self._said[who, name] = self._tick()

    def releases(self, who: str, name: str) -> None:
        """Somebody says that they give a name back."""
        self._note(name, f"{who} releases")
        self._releases[who, name] += 1
        self._times[name] += 1

    # -- what they are told, on each link in the order in which they said it

    def told(self, who: str, name: str) -> None:
        """A name is theirs."""
        self._note(name, f"{who} is told")
        holder = self._confirmed.get(name)
        if holder not in (None, who) and self._sure(holder or "", name):
            self._wrong(name, f"{who} was told of {name}, which is {holder}'s")
        if not self._claims[who, name]:
            self._wrong(name, f"{who} was told of {name} without a claim")
        self._claims[who, name] -= 1
        self._confirmed[name] = who
        self._told.add((who, name))

    def refused(self, who: str, name: str, code: str) -> None:
        """They do not get a name."""
        self._note(name, f"{who} is refused: {code}")
        self._claims[who, name] -= 1
        if self._sure(who, name) and code not in ANY_TIME:
            self._wrong(name, f"{who} has lost {name}: {code}")
        if code == "taken" and not self._was_anybodys_else(who, name):
            self._wrong(name, f"{name} is taken, and nobody can have it")
        if code in PERHAPS_BOUND:
            self._unsure.add((who, name))
        if code in NEVER_BOUND:
            self._unsure.discard((who, name))

    def released(self, who: str, name: str) -> None:
        """A name is given back."""
        self._note(name, f"{who} has released")
        self._releases[who, name] -= 1
        self._unsure.discard((who, name))
        self._freed[name] = self._tick()
        if self._confirmed.get(name) == who:
            del self._confirmed[name]

    def kept(self, who: str, name: str, code: str) -> None:
        """It is not, for this reason."""
        self._note(name, f"{who} keeps: {code}")
        self._releases[who, name] -= 1
        if code == "not-yours" and self._sure(who, name):
            self._wrong(name, f"{who} has lost {name}: it was not theirs to release")

    # -- what is read while nobody is there, and nothing is under way

    def listed(self, where: str, found: Mapping[str, str]) -> None:
        """All names with their holders."""
        for name, who in self.held.items():
            if found.get(name) != who:
                self._wrong(name, f"{where}: {name} is {found.get(name)}'s and not {who}'s")
        for name, who in found.items():
            if not self.may_hold(who, name):
                self._wrong(name, f"{where}: {name} is {who}'s, who was not told so")

    def settle(self, found: Mapping[str, str]) -> None:
        """After that nothing is in doubt."""
        self._confirmed = dict(found)
        self._claims.clear()
        self._releases.clear()
        self._unsure.clear()

    # -- copies

    def noted(self) -> dict[str, tuple[str, int]]:
        """Who surely holds what now, for `copied`."""
        return {name: (who, self._times[name]) for name, who in self.held.items()}

    def copied(self, found: Mapping[str, str], before: Mapping[str, tuple[str, int]]) -> None:
        """A copy was made: who held a name before and since then has it there as well."""
        since = self.noted()
        for name, entry in before.items():
            if since.get(name) == entry and found.get(name) != entry[0]:
                self._wrong(name, f"the copy has {name} as {found.get(name)}'s, not {entry[0]}'s")

    # -- inside

    def _sure(self, who: str, name: str) -> bool:
        return self._confirmed.get(name) == who and not self._releases[who, name]

    def _was_anybodys_else(self, who: str, name: str) -> bool:
        """Whether another one may hold it, or may have since the claim was said."""
        others = {self._confirmed.get(name), *(each for each, of in self._claims if of == name)}
        others |= {each for each, of in self._unsure if of == name}
        others |= {each for each, of in self._releases if of == name}
        if any(self.may_hold(each, name) for each in others - {None, who} if each):
            return True
        return self._freed.get(name, -1) > self._said.get((who, name), 0)

    def _wrong(self, name: str, what: str) -> None:
        self._faults.append(f"{what} ({', '.join(self._history.get(name, ()))})")

    def _note(self, name: str, what: str) -> None:
        self._history.setdefault(name, deque(maxlen=12)).append(what)

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

"""Who asked whom, and who agreed to what, by what they said. Pure."""

from dataclasses import dataclass, field

from soak.names import Names


@dataclass
class Introduction:
    """What was said of one id: the offers of those who accepted, and that of the asker."""

    asker: str
    accepted: dict[str, set[bytes]] = field(default_factory=dict)
    offered: set[bytes] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    over: bool = False
    """Whether it was surely over before the asker's offer was said."""


class Introductions:
    """Nobody is introduced, or told of anybody, who did not say so first."""

    def __init__(self, names: Names, faults: list[str]) -> None:
        self._names = names
        self._faults = faults
        self._all: dict[bytes, Introduction] = {}
        self._proofs: dict[tuple[str, str], set[bytes | None]] = {}
        self.made = 0

    # -- what people say

    def asks(self, who: str, name: str, proof: bytes | None) -> None:
        """A request."""
        self._proofs.setdefault((who, name), set()).add(proof)

    def accepts(self, who: str, id: bytes, offer: bytes) -> None:
        """A request is accepted."""
        self._all[id].accepted.setdefault(who, set()).add(offer)

    def offers(self, who: str, id: bytes, offer: bytes) -> None:
        """The asker's part."""
        self._all[id].offered.add(offer)

    def withdraws(self, who: str, id: bytes) -> None:
        """Somebody declines or cancels; the server may not know it yet."""
        one = self._all[id]
        one.over = one.over or (who == one.asker and not one.offered)

    def passed(self, who: str, id: bytes) -> None:
        """The server has read what this person withdrew."""
        one = self._all[id]
        if not one.offered:
            one.over = True

    # -- what people are told

    def asked(self, who: str, name: str, id: bytes, *, crossing: bool) -> None:
        """The answer to a request."""
        if not crossing:
            self._begun(id, who).known.add(who)
        elif (one := self._all.get(id)) is None or who not in one.known:
            self._faults.append(f"{who} was told of a request that was not delivered")
        elif not self._names.was_theirs(one.asker, name):
            self._faults.append(f"{who} asked {name}, and was told of the request of {one.asker}")

    def requested(
        self, who: str, as_name: str | None, id: bytes, name: str, asker: str, proof: bytes | None
    ) -> None:
        """A request is delivered to somebody who uses a name."""
        if proof not in self._proofs.get((asker, as_name or ""), ()):
            self._faults.append(f"{who}, as {as_name}, got a request that {asker} did not make")
        if not self._names.was_theirs(asker, name):
            self._faults.append(f"{who} got a request of {asker} as {name}, which is not theirs")
        self._begun(id, asker).known.add(who)

    def accepted(self, who: str, id: bytes, other: str) -> None:
        """The asker is told that somebody accepted."""
        one = self._all.get(id)
        if one is None or one.asker != who or other not in one.accepted:
            self._faults.append(f"{who} was told that {other} accepted, who did not")

    def ended(self, who: str, id: bytes) -> None:
        """Somebody is told that an introduction is over."""
        if id not in self._all or who not in self._all[id].known:
            self._faults.append(f"{who} was told the end of what they did not know")

    def going(self, who: str, id: bytes, name: str, other: str, offer: bytes) -> None:
        """Somebody is introduced to another one."""
        self.made += 1
        one = self._all.get(id)
        if one is None or not self._agreed(one, who) or not self._agreed(one, other):
            self._faults.append(f"{who} was introduced to {other}, and not both had agreed")
        elif one.over:
            self._faults.append(f"{who} was introduced to {other} after it had been withdrawn")
        elif offer not in (one.offered if other == one.asker else one.accepted[other]):
            self._faults.append(f"{who} got an offer that {other} did not make")
        elif not self._names.was_theirs(other, name):
            self._faults.append(f"{who} was introduced to {other} as {name}, which is not theirs")

    def knows(self, who: str, id: bytes) -> bool:
        """Whether somebody was told of it."""
        return id in self._all and who in self._all[id].known

    def _agreed(self, one: Introduction, who: str) -> bool:
        return who in one.accepted or (who == one.asker and bool(one.offered))

    def _begun(self, id: bytes, asker: str) -> Introduction:
        one = self._all.setdefault(id, Introduction(asker))
        if one.asker != asker:
            self._faults.append(f"an introduction is {asker}'s and {one.asker}'s")
        return one

"""Who is here, and under which name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from msgspec import Struct

from chatd.addresses import Candidate
from chatd.errors import LocalProtocolError
from chatd.rendezvous.effects import Effect
from chatd.sources import Source

if TYPE_CHECKING:
    from chatd.rendezvous.introduction import Introduction

P = ParamSpec("P")

ASKS_NOBODY: Mapping[str, Introduction] = MappingProxyType({})
"""The open requests of most people."""


class Person(Struct, eq=False):
    """One session of one key, the canonical address at which the server sees it, the source for
    which bounds count it, the name in use, whether its names have outlived their first day, whether
    nobody is to find it, and whether it stays when it is introduced.

    `vouched` is where the server has seen it in the other family; that counts until
    `vouched_until`.

    `asking` has the person's own open requests by the name that they are for; `locked` is the
    accepted introduction that the person is in.
    """

    key: bytes
    host: str
    port: int
    source: Source
    is_settled: bool = False
    unlisted: bool = False
    stays: bool = False
    name: str | None = None
    asking: Mapping[str, Introduction] = ASKS_NOBODY
    locked: Introduction | None = None
    vouched: Candidate | None = None
    vouched_until: float = 0.0

    def places(self, now: float) -> list[Candidate]:
        """Where the server has seen it, at most once in each family."""
        other = self.vouched if now < self.vouched_until else None
        return [(self.host, self.port), *([other] if other is not None else [])]


class Presence:
    """Everybody who is here, by key and by the name in use."""

    def __init__(self) -> None:
        self._by_key: dict[bytes, Person] = {}
        self._by_name: dict[str, Person] = {}

    def __len__(self) -> int:
        """How many people are here."""
        return len(self._by_key)

    def add(self, person: Person) -> None:
        """Add someone unnamed; raises `LocalProtocolError` if the key is here already."""
        if person.key in self._by_key:
            raise LocalProtocolError("a second session of a key arrived before the first was gone")
        self._by_key[person.key] = person

    def rename(self, person: Person, name: str) -> None:
        """Let `person` use `name` in place of any other; raises `LocalProtocolError` if in use."""
        if name in self._by_name:
            raise LocalProtocolError("a name was given to a second session")
        self._drop_name(person)
        person.name = name
        self._by_name[name] = person

    def remove(self, person: Person) -> None:
        """Forget someone, and whose name it was."""
        del self._by_key[person.key]
        self._drop_name(person)

    def get(self, key: bytes) -> Person | None:
        """Whoever is here with this key."""
        return self._by_key.get(key)

    def by_key(
        self, does: Callable[Concatenate[Person, P], list[Effect]]
    ) -> Callable[Concatenate[bytes, P], list[Effect]]:
        """The same for whoever is here with a key; for nobody there is nothing to do."""

        def found(key: bytes, /, *given: P.args, **named: P.kwargs) -> list[Effect]:
            person = self._by_key.get(key)
            return does(person, *given, **named) if person is not None else []

        return found

    def named(self, name: str) -> Person | None:
        """Whoever is here and uses this name now."""
        return self._by_name.get(name)

    def _drop_name(self, person: Person) -> None:
        if person.name is not None:
            del self._by_name[person.name]

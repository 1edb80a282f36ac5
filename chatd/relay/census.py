"""How many links each person and each address has, and who may have no more (protocol.md,
"The relay").

Pure; a link is whatever the caller calls it.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from chatd.errors import ChatdError

L = TypeVar("L", bound=Hashable)
K = TypeVar("K", bound=Hashable)


class NoRoom(ChatdError):
    """One link more than fits; `code` is what the link is told."""

    text = "the relay has no room"

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a link is: a person, as tickets call them, and an address (for IPv6: its network)."""

    person: bytes
    address: str


class Census(Generic[L]):
    """Counts links by their owners from the moment they enter until they are gone."""

    def __init__(self, most: int, per_person: int, per_address: int) -> None:
        self._most = most
        self._per_person = per_person
        self._per_address = per_address
        self._owners: dict[L, Owner] = {}
        self._persons: dict[bytes, int] = {}
        self._addresses: dict[str, int] = {}

    def __len__(self) -> int:
        """How many links there are."""
        return len(self._owners)

    def check(self, owner: Owner) -> None:
        """Whether there may be one more; raises `NoRoom`."""
        if self._persons.get(owner.person, 0) >= self._per_person:
            raise NoRoom("slow-down")
        if self._addresses.get(owner.address, 0) >= self._per_address:
            raise NoRoom("slow-down")
        if len(self) >= self._most:
            raise NoRoom("full")

    def enter(self, link: L, owner: Owner) -> None:
        """Count one more; raises `NoRoom`."""
        self.check(owner)
        self._owners[link] = owner
        _more(self._persons, owner.person)
        _more(self._addresses, owner.address)

    def leave(self, link: L) -> None:
        """A link is gone; harmless for one that is not counted."""
        owner = self._owners.pop(link, None)
        if owner is not None:
            _less(self._persons, owner.person)
            _less(self._addresses, owner.address)


def _more(counts: dict[K, int], key: K) -> None:
    counts[key] = counts.get(key, 0) + 1


def _less(counts: dict[K, int], key: K) -> None:
    # Zeros go, or there would be a trace of everyone who ever came.
    counts[key] -= 1
    if not counts[key]:
        del counts[key]

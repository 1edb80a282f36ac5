"""How many links each person and each source has, and who may have no more (protocol,
"The relay").

Pure; a link is whatever the caller calls it.
"""

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

from msgspec import Struct

from chatd.crowds import Crowds
from chatd.errors import ChatdError
from chatd.sources import Source

L = TypeVar("L", bound=Hashable)


class NoRoom(ChatdError):
    """One link more than fits; `code` is what the link is told."""

    text = "the relay has no room"

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


class Owner(Struct, frozen=True):
    """Whose a link is: a person, as tickets call them, and where it comes from."""

    person: bytes
    source: Source


class LinkQuota(Generic[L]):
    """Counts links by their owners from the moment they enter until they are gone."""

    def __init__(self, most: int, per_person: int, per_source: int) -> None:
        self._most = most
        self._per_person = per_person
        self._per_source = per_source
        self._owners: dict[L, Owner] = {}
        self._persons: Counter[bytes] = Counter()
        self.crowds: Crowds[L] = Crowds()

    def __len__(self) -> int:
        """How many links there are."""
        return len(self._owners)

    def resize(self, most: int) -> None:
        """So many from now on; those who are here stay."""
        self._most = most

    def check(self, owner: Owner) -> None:
        """Whether there may be one more; raises `NoRoom`."""
        if self._persons[owner.person] >= self._per_person:
            raise NoRoom("slow-down")
        if self.crowds.level(owner.source, more=1) > self._per_source:
            raise NoRoom("slow-down")
        if len(self) >= self._most:
            raise NoRoom("full")

    def enter(self, link: L, owner: Owner) -> None:
        """Count one more; raises `NoRoom`."""
        self.check(owner)
        self._owners[link] = owner
        self._persons[owner.person] += 1
        self.crowds.add(link, owner.source)

    def leave(self, link: L) -> None:
        """A link is gone; harmless for one that is not counted."""
        owner = self._owners.pop(link, None)
        if owner is None:
            return
        self.crowds.remove(link, owner.source)
        self._persons[owner.person] -= 1
        if not self._persons[owner.person]:
            del self._persons[owner.person]  # or there would be a trace of everyone who ever came

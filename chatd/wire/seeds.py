"""Seeds of an epoch: secrets that move on by themselves, and lead to no earlier one (protocol,
"Seeds of an epoch"). Pure; `now` is in seconds since 1970."""

from collections.abc import Callable
from typing import Any, TypeVar

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from chatd import limits

M = TypeVar("M")

SEED = 32
MOST_EPOCH = 2**32 - 1
AHEAD = 5200
"""How many epochs, a century, a clock is believed to be ahead of what is kept."""
_KEYS = 32


def expand(secret: bytes, label: bytes, size: int) -> bytes:
    """HKDF-Expand with SHA-256 (RFC 5869, section 2.3)."""
    return HKDFExpand(SHA256(), size, label).derive(secret)


def epoch_of(now: float) -> int:
    """The epoch in which a moment lies."""
    return min(max(0, int(now // limits.EPOCH_SECONDS)), MOST_EPOCH)


class Seeds:
    """The seeds of all epochs from `first` on, of which only that one's is kept (32 bytes).

    The present epoch is the one after `first`, or a later one; it is never an earlier one,
    whatever a clock says.
    """

    def __init__(self, first: int, seed: bytes) -> None:
        self.first = first
        self.seed = seed
        self._keys: dict[tuple[int, bytes, Callable[[bytes], Any]], Any] = {}

    @classmethod
    def fresh(cls, seed: bytes, now: float) -> "Seeds":
        """Those that begin with the epoch before the present one, from 32 random bytes."""
        return cls(max(0, epoch_of(now) - 1), seed)

    def present(self, now: float) -> int:
        """The epoch in which something is made now."""
        return min(max(self.first + 1, epoch_of(now)), self.first + AHEAD)

    def readable(self, now: float) -> tuple[int, ...]:
        """The epochs in which something that is valid now may have been made: the present one, the
        one before, and, as others have other clocks, the one after."""
        present = self.present(now)
        return present, present - 1, present + 1

    def at(self, epoch: int) -> bytes:
        """The seed of an epoch (32 bytes), `first` or one of the `AHEAD` after it; else
        ValueError."""
        if not self.first <= epoch <= self.first + AHEAD + 1:
            raise ValueError("no seed of that epoch is kept")
        seed = self.seed
        for _ in range(epoch - self.first):
            seed = expand(seed, b"chatd/1 next", SEED)
        return seed

    def key(self, epoch: int, label: bytes, size: int) -> bytes:
        """A key for one purpose in one epoch; ValueError as `at`."""
        return self.under_key(epoch, label, size, bytes)

    def under_key(self, epoch: int, label: bytes, size: int, make: Callable[[bytes], M]) -> M:
        """What `make` makes of such a key; it is kept for as long as the key."""
        made: M | None = self._keys.get((epoch, label, make))
        if made is None:
            if len(self._keys) >= _KEYS:
                self._keys.clear()
            made = self._keys[epoch, label, make] = make(expand(self.at(epoch), label, size))
        return made

    def move_on(self, epoch: int) -> bool:
        """Make this the present epoch, and forget what is before the one before it; whether there
        was something to forget. An epoch that is over already, or further ahead than `AHEAD`,
        changes nothing."""
        if not self.first + 1 < epoch <= self.first + AHEAD:
            return False
        self.first, self.seed = epoch - 1, self.at(epoch - 1)
        self._keys.clear()
        return True

    def leads_to(self, other: "Seeds") -> bool:
        """Whether the other ones are what these become."""
        ahead = self.first <= other.first <= self.first + AHEAD
        return ahead and self.at(other.first) == other.seed

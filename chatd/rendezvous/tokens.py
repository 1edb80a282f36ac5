"""The door's tokens: given with each welcome, and taken once each (protocol, "Tokens")."""

from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from chatd import limits
from chatd.errors import Malformed
from chatd.rendezvous.shown import Shown
from chatd.wire import lines, token
from chatd.wire.seeds import Seeds
from chatd.wire.token import STRANGER, Token


class Claim(NamedTuple):
    """What a right token says of a link that has just said its first line: its rank, `NAMED` or
    `LASTING`, and the identity (33 bytes) that m3 has to show."""

    rank: int
    identity: bytes


class Tokens:
    """Makes and takes them; `date` gives seconds since 1970, `random_bytes(n)` the number of a run.

    Everything else that a link shows at the door is that of a stranger.
    """

    def __init__(
        self,
        seeds: Seeds,
        date: Callable[[], float],
        random_bytes: Callable[[int], bytes],
        shown: Shown | None = None,
    ) -> None:
        self._seeds = seeds
        self._date = date
        self._random_bytes = random_bytes
        self.shown = shown or Shown()
        self._first = seeds.first
        self._run, self._number = self._new_run(), 0

    def fresh(self, identity: bytes, rank: int) -> list[bytes]:
        """The tokens of one welcome (58 bytes each) for an identity (33 bytes)."""
        cipher = token.sealing(self._seeds, self._date())
        return [self._one(cipher, identity, rank) for _ in range(limits.DOOR_TOKENS)]

    def take(self, door: bytes) -> Claim | None:
        """What a first line's door field (58 bytes) claims, from now on for nobody else.

        None for a stranger: whoever shows random bytes, a token without rank, or one that was
        shown before. Call it once for each first line, whether the door is crowded or not.
        """
        now = self._date()
        if self._first != self._seeds.first:
            # The epoch is over of what was remembered longest.
            self._first = self._seeds.first
            self.shown.forget(self._first)
        opened = token.unseal(self._seeds, now, door)
        if opened is None:
            return None
        found, epoch = opened
        if found.rank == STRANGER or not self.shown.mark(found.run, found.number, epoch):
            return None
        return Claim(found.rank, found.identity)

    def guest(self, line: bytes) -> Claim | None:
        """What a first line claims, as `take`; None also for what is no first line."""
        try:
            return self.take(lines.read_door(line))
        except Malformed:
            return None

    def _one(self, cipher: AESSIV, identity: bytes, rank: int) -> bytes:
        if self._number > token.MOST_NUMBER:
            self._run, self._number = self._new_run(), 0
        number, self._number = self._number, self._number + 1
        return token.sealed(cipher, Token(rank, self._run, number, identity))

    def _new_run(self) -> int:
        return int.from_bytes(self._random_bytes(4))

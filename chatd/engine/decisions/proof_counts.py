"""The counts in proofs: each belongs to one secret (protocol, "Proofs")."""

from chatd import limits
from chatd.wire.proof import MOST_COUNT


class Made:
    """The counts of the proofs that we make, from 1 on for each secret, as long as we run; the
    secrets that were used last count."""

    def __init__(self) -> None:
        self._last: dict[bytes, int] = {}

    def next(self, secret: bytes) -> int:
        """The count of one more proof under this secret (32 bytes)."""
        count = min(self._last.pop(secret, 0) + 1, MOST_COUNT)
        self._last[secret] = count
        if len(self._last) > limits.COUNTED_SECRETS:
            del self._last[next(iter(self._last))]
        return count


class Read:
    """The counts that were read in the asks of one conversation.

    Those of earlier interruptions are used up. In one interruption the same ask may come again,
    where our answer to it was lost.
    """

    def __init__(self) -> None:
        self._highest = 0
        self._used_up = 0

    def interrupted(self) -> None:
        """Another interruption begins: what was read before it is a replay from now on."""
        self._used_up = self._highest

    def takes(self, count: int) -> bool:
        """Whether an ask with this count is one of the present interruption."""
        if count <= self._used_up:
            return False
        self._highest = max(self._highest, count)
        return True

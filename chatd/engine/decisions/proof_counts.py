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
    """The counts that were read in the asks of one conversation, for each of its secrets.

    Those of earlier interruptions are used up. In one interruption the same ask may come again,
    where our answer to it was lost.
    """

    def __init__(self) -> None:
        self._highest: dict[bytes, int] = {}
        self._used_up: dict[bytes, int] = {}

    def interrupted(self) -> None:
        """Another interruption begins: what was read before it is a replay from now on."""
        self._used_up = dict(self._highest)

    def takes(self, secret: bytes, count: int) -> bool:
        """Whether an ask under this secret with this count is one of the present interruption."""
        if count <= self._used_up.get(secret, 0):
            return False
        self._highest[secret] = max(self._highest.pop(secret, 0), count)
        if len(self._highest) > limits.RESUME_SECRETS:
            del self._highest[next(iter(self._highest))]
        return True

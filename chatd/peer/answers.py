"""How often we answer whoever dials us and has not shown yet who they are (protocol, "Opening a
direct link")."""

from collections.abc import Callable

from chatd import limits
from chatd.bucket import TokenBucket
from chatd.errors import Unexpected


class Answers:
    """What was answered under the keys of one introduction, on any link; `now` gives seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._seen: dict[bytes, None] = {}
        self._rate = TokenBucket(limits.OPENINGS_PER_SECOND, limits.OPENING_BURST, now())
        self._beside = TokenBucket(
            limits.OPENINGS_BESIDE_PER_SECOND, limits.OPENING_BESIDE_BURST, now()
        )

    def first_message(self, ephemeral: bytes) -> None:
        """A host is to answer an m1 with this key, which verified; raises `Unexpected` for one
        that it answered before, and for too many in a short time."""
        if ephemeral in self._seen:
            raise Unexpected
        _take(self._rate, self._now())
        self._seen[ephemeral] = None
        if len(self._seen) > limits.EPHEMERALS:
            del self._seen[next(iter(self._seen))]

    def knock(self, *, beside: bool) -> None:
        """A guest is to answer a right KNOCK, `beside` a link that is in use or while it looks for
        one; raises `Unexpected` for too many in a short time.

        Two counts, so that whoever carries an old KNOCK to us beside the conversation uses up
        nothing of what the other side needs once the link breaks.
        """
        _take(self._beside if beside else self._rate, self._now())


def _take(bucket: TokenBucket, now: float) -> None:
    if bucket.take(now):
        raise Unexpected

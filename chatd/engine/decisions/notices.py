"""Which words of a server's operator are shown: not the same again, and not one upon another."""

from chatd import limits
from chatd.bucket import TokenBucket


class Notices:
    """Remembers what was shown last; `now` is in seconds."""

    def __init__(self, now: float) -> None:
        self._last = ""
        self._bucket = TokenBucket(1 / limits.NOTICE_SECONDS, limits.NOTICE_BURST, now)

    def is_shown(self, text: str, now: float) -> bool:
        """Whether to show this one; what comes too often is left out."""
        if text == self._last or self._bucket.take(now):
            return False
        self._last = text
        return True

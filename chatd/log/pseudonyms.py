"""What addresses are called in a log, which nobody can trace to them on another day. Pure."""

from base64 import b32encode
from collections.abc import Callable
from hashlib import blake2s

DAY = 24 * 3600
_KEY, _DIGEST = 32, 5


class Pseudonyms:
    """Calls an address by the same name all day (UTC), and otherwise the next day.

    `date` gives seconds since 1970. Each day has another key, which is nowhere but in memory:
    nobody can trace what was logged yesterday to an address.
    """

    def __init__(
        self, date: Callable[[], float], random_bytes: Callable[[int], bytes], *, bare: bool = False
    ) -> None:
        self._date = date
        self._random_bytes = random_bytes
        self.bare = bare
        """Whether addresses are called what they are."""
        self._day = -1
        self._key = b""

    def called(self, address: str) -> str:
        """What to call an address or a network of ours: 8 letters and digits behind a ~, or itself
        if `bare`; '-' for none."""
        if not address:
            return "-"
        if self.bare:
            return address
        self._turn(int(self._date() // DAY))
        digest = blake2s(address.encode(), key=self._key, digest_size=_DIGEST).digest()
        return "~" + b32encode(digest).decode().lower()

    def _turn(self, day: int) -> None:
        if day != self._day:
            self._day, self._key = day, self._random_bytes(_KEY)

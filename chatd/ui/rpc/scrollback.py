"""The last things that happened, for whoever comes later."""

from collections import deque
from collections.abc import Iterator

from chatd import limits


class Scrollback:
    """Lines with the method of each: the last ones, up to so many and so many bytes."""

    def __init__(self) -> None:
        self._kept: deque[tuple[str, bytes]] = deque()
        self._bytes = 0

    def add(self, method: str, line: bytes) -> None:
        """One more; the oldest go."""
        self._kept.append((method, line))
        self._bytes += len(line)
        while len(self._kept) > limits.SCROLLBACK_EVENTS or self._bytes > limits.SCROLLBACK:
            self._bytes -= len(self._kept.popleft()[1])

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return iter(tuple(self._kept))

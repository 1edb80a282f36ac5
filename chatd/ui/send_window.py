"""How much is said at once where lines come faster than they are delivered."""

from collections import deque

from chatd import limits


class Window:
    """The messages that are on their way, and whether another one should wait for them.

    A person who types is told when there are too many; a file is read more slowly instead.
    """

    def __init__(self) -> None:
        self._sizes: deque[int] = deque()

    @property
    def is_full(self) -> bool:
        """Whether the next message should wait."""
        too_many = len(self._sizes) >= limits.UNACKNOWLEDGED
        return too_many or sum(self._sizes) >= limits.PIPED_WINDOW

    def said(self, text: str) -> None:
        """One more is on its way."""
        self._sizes.append(len(text.encode()))

    def delivered(self, count: int) -> None:
        """So many, the oldest ones, have arrived."""
        for _ in range(min(count, len(self._sizes))):
            self._sizes.popleft()

"""How much of a run may come (protocol, "Windows"). Pure decisions."""

from chatd import limits


class Credit:
    """Of one transfer at its taker; `is_durable` where its giver keeps no more of what the disk has
    and could lose than a whole window."""

    def __init__(self, *, is_durable: bool) -> None:
        self.share = 0
        """What of the window is its own."""
        self._is_durable = is_durable
        self._received = self._freed = self._said = 0
        """Of this run: what came, what the disk has taken, and what was told."""
        self.undurable = 0
        """What the disk has and could lose, where that counts."""

    def begin(self) -> None:
        """Another run."""
        self._received = self._freed = 0
        self._said = self.share

    @property
    def outstanding(self) -> int:
        """What may come, and what the disk has not taken."""
        return max(self._said - self._freed, self.share)

    def receive(self, cost: int) -> bool:
        """So much has come; whether it might."""
        self._received += cost
        return self._received <= self._said

    def free(self, cost: int, *, is_synced: bool) -> None:
        """The disk has taken so much; or has made all durable."""
        self._freed += cost
        if self._is_durable:
            self.undurable = 0 if is_synced else self.undurable + cost

    def raised(self) -> int | None:
        """What is to be told, if it is worth it."""
        held_back = max(0, self.undurable + self.share - limits.WINDOW)
        window = self._freed + self.share - held_back
        more = window - self._said
        if more <= 0 or more < min(limits.WINDOW_STEP, self.share):
            return None
        self._said = window
        return window

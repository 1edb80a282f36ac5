"""Which of what an earlier run has left is looked at when, and what comes again of it (protocol,
"Positions and blocks"). Pure decisions."""

from msgspec.structs import replace

from chatd import limits
from chatd.transfer.disks import Looked, Position
from chatd.wire.files import HASH


class LookingAgain:
    """From the first piece of it to the last; one at a time."""

    def __init__(self, *, is_unchecked: bool) -> None:
        self.left = int(is_unchecked)
        """Bytes that are to be looked at yet; 0 for none."""
        self._is_asked = False
        self._last = 0.0
        self._wrong: Looked | None = None
        """What is wrong, until a run begins there."""
        self._far: Position | None = None
        """Where to go on when a file before it is right again; and the root of the list there."""
        self._repaired = 0
        self._after = b""

    @property
    def until(self) -> int | None:
        """The index of the entry before which the run ends that goes back to a file."""
        return self._repaired + 1 if self._far is not None else None

    @property
    def is_over(self) -> bool:
        """Whether everything was looked at, and is right again."""
        return not self.left and self._wrong is None and self._far is None

    @property
    def goes_back(self) -> bool:
        """Whether something is wrong for which no run was begun."""
        return self._wrong is not None

    def ask(self, now: float | None = None) -> bool:
        """Whether the next piece is due: at any time (None), or beside what comes."""
        is_early = now is not None and now < self._last + limits.CHECK_SECONDS
        if is_early or self._is_asked or not self.left or not self._is_free:
            return False
        self._last = self._last if now is None else now
        self._is_asked = True
        return True

    def forget_asked(self) -> None:
        """The disk has dropped what it was asked."""
        self._is_asked = False

    def looked(self, looked: Looked) -> None:
        """What came of one piece."""
        self._is_asked, self.left = False, looked.left
        if looked.wrong is not None:
            self._wrong = looked

    def next(self, position: Position) -> Position:
        """Where the next run begins, after all that was planned has been done."""
        wrong, self._wrong = self._wrong, None
        if wrong is not None and wrong.wrong is not None:
            return self._back(position, wrong.wrong, wrong.after)
        far = self._far
        if far is None or position.index <= self._repaired:
            return position
        self._far = None
        # Where that file is another one by now, all that is behind it comes again.
        return far if position.roots[:HASH] == self._after else position

    # -- inside

    @property
    def _is_free(self) -> bool:
        return self._wrong is None and self._far is None

    def _back(self, position: Position, wrong: Position, after: bytes) -> Position:
        if (wrong.index, wrong.block) >= (position.index, position.block):
            return position  # It comes again as it is.
        known = wrong.known
        if wrong.index < position.index:
            self._far, self._repaired, self._after = position, wrong.index, after
        else:
            known = max(known, position.block + position.known - wrong.block)
        return replace(wrong, known=known, grown=position.grown)

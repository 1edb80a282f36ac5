"""What the date is, for whatever is compared with dates: relay tickets, invite cards, counts."""

from collections.abc import Callable

from chatd import limits


class Dates:
    """The date in seconds since 1970, undisturbed by a machine whose clock jumps.

    It follows `wall_clock` as long as that goes at the pace of `seconds`, a clock that never jumps.
    A jump is told to `noticed`, in seconds, and counts only once it has lasted for a while: until
    then the date goes on as if it had not been.
    """

    def __init__(
        self,
        seconds: Callable[[], float],
        wall_clock: Callable[[], float],
        noticed: Callable[[float], None] = lambda jump: None,
    ) -> None:
        self._seconds = seconds
        self._wall_clock = wall_clock
        self._noticed = noticed
        self._looked = seconds()
        self._ahead = wall_clock() - self._looked
        """How far the date is ahead of `seconds`."""
        self._doubted: tuple[float, float] | None = None
        """How far it would be after a jump, and since when."""

    def now(self) -> float:
        """The date."""
        seconds = self._seconds()
        ahead = self._wall_clock() - seconds
        pace = limits.CLOCK_DRIFT_SECONDS + limits.CLOCK_DRIFT * (seconds - self._looked)
        self._looked = seconds
        if abs(ahead - self._ahead) <= pace:
            self._ahead, self._doubted = ahead, None
        elif self._doubted is None or abs(ahead - self._doubted[0]) > pace:
            self._doubted = ahead, seconds
            self._noticed(ahead - self._ahead)
        elif seconds - self._doubted[1] >= limits.DATE_DOUBT_SECONDS:
            self._ahead, self._doubted = ahead, None
        else:
            self._doubted = ahead, self._doubted[1]
        return seconds + self._ahead

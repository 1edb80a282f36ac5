"""When a message of the other person was sent, by clocks of which none need be right."""

from chatd import limits

_SLACK = 2
"""Times of sending are whole seconds."""


class TheirClock:
    """The other side's clock, as far as the times show it that come with their messages.

    `wall` is our own (seconds since 1970), `elapsed` are seconds that also pass while the machine
    sleeps and that never jump. At first both clocks are believed to agree.
    """

    def __init__(self, wall: float, elapsed: float) -> None:
        self._offset = elapsed - wall
        self._heard = elapsed
        self._late = 0.0

    def late(self, sent: int | None, elapsed: float) -> int:
        """How many seconds ago a message was sent that arrives now; 0 for less than
        `limits.LATE_SECONDS` and for a time that cannot be."""
        if sent is None:
            return 0
        late = elapsed - sent - self._offset
        if not self._can_be(late, elapsed):
            self._offset += late
            late = 0.0
        self._heard, self._late = elapsed, late
        return int(late) if late >= limits.LATE_SECONDS else 0

    def _can_be(self, late: float, elapsed: float) -> bool:
        """Whether it is the message that is late, and not their clock that is another now.

        Nothing is sent before what was sent before it, and nothing stays as late as it was while
        time goes on.
        """
        since = elapsed - self._heard
        stays = late >= self._late >= limits.LATE_SECONDS <= since
        return 0 <= late <= self._late + since + _SLACK and not stays

"""When things happen by themselves: how long the server may take for what it owes us, and all that
whoever shows what is waited for counts down to."""

from msgspec import Struct

from chatd import limits


class Timing(Struct, frozen=True):
    """When things happen by themselves, in seconds of the session's clock; None if they do not:
    the present try to reach the server began, the next one begins, the server is given up that owes
    us an answer, the race for a path ends, the conversation that we leave ends."""

    connecting_since: float | None = None
    retry: float | None = None
    answer: float | None = None
    race: float | None = None
    leaving: float | None = None


class Patience:
    """`until` is when an answer that is due is given up, None while none is."""

    def __init__(self) -> None:
        self._awaited: object | None = None
        self.until: float | None = None

    def wait_for(self, awaited: object | None, now: float) -> None:
        """This is what the next answer will be to; the time begins anew with each answer."""
        if awaited is not self._awaited:
            self._awaited = awaited
            self.until = None if awaited is None else now + limits.ANSWER_SECONDS

    def is_over(self, now: float) -> bool:
        """Whether it has taken too long."""
        return self.until is not None and now >= self.until

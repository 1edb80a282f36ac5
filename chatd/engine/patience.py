"""How long the server may take for what it owes us."""

from chatd import limits


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

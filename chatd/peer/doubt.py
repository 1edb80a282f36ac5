"""Whether the link in use may be dead (protocol, "The direct link"). Pure decisions."""

from chatd import limits


def patience(answer: float, flight: int) -> float:
    """How many seconds to wait before a doubt, where an answer may take `answer` seconds, and so
    many bytes are on their way."""
    seconds = 2 * answer + flight / limits.SLOWEST_PATH
    return min(max(seconds, limits.SUSPECT_LEAST_SECONDS), limits.SUSPECT_SECONDS)


class Doubt:
    """Of one conversation; `asked` is since when something of ours is without any answer, None for
    nothing, `now` and all times are in seconds of any clock, and `wait` is the `patience`."""

    def __init__(self) -> None:
        self.is_there = False
        """Whether another link is to be looked for, beside the one in use."""
        self._until: float | None = None

    def changed(self, now: float, within: float) -> None:
        """The network has changed: an answer has to come in so many seconds."""
        self._until = now + within

    def deadline(self, asked: float | None, wait: float) -> float | None:
        """When `tick` wants to be called."""
        if asked is None or self.is_there:
            return None
        return asked + wait if self._until is None else min(asked + wait, self._until)

    def tick(self, asked: float | None, now: float, wait: float) -> bool:
        """Whether doubt comes up."""
        deadline = self.deadline(asked, wait)
        self.is_there = self.is_there or (deadline is not None and now >= deadline)
        return deadline is not None and self.is_there

    def heard(self) -> bool:
        """Something came on the link in use, or another one is; returns whether there was doubt."""
        was_there, self.is_there, self._until = self.is_there, False, None
        return was_there

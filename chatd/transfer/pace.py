"""How fast something goes, and how long it will take: over the last seconds, and not over all."""

from collections import deque

from chatd import limits


class Pace:
    """Knows how many bytes there were at some moments; `now` is in seconds of any clock."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, count: int) -> None:
        """There are so many bytes; it begins anew where there were more, and after a long pause."""
        if self._seen and (
            count < self._seen[-1][1] or now - self._seen[-1][0] > limits.PACE_SECONDS
        ):
            self._seen.clear()
        if len(self._seen) > 1 and now - self._seen[-2][0] < limits.PACE_STEP_SECONDS:
            self._seen.pop()
        self._seen.append((now, count))
        while now - self._seen[0][0] > limits.PACE_SECONDS:
            self._seen.popleft()

    def rate(self, now: float) -> float | None:
        """Bytes a second; None as long as nobody can say."""
        if not self._seen or now - self._seen[0][0] < limits.PACE_STEP_SECONDS:
            return None
        (since, first), (_, last) = self._seen[0], self._seen[-1]
        return (last - first) / (now - since)

    def seconds(self, now: float, left: int) -> float | None:
        """How long so many more bytes will take; None as long as nobody can say."""
        rate = self.rate(now)
        return left / rate if rate else None

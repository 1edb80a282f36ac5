"""What two looks at the figures of a daemon say of the time between them. Pure.

A look is what the daemon answers (`figures.flat`), with the `seconds` since its start.
"""

from typing import Any

Look = dict[str, Any]


class Change:
    """The figures of `now`, and how they have changed since `before`: that is the look before it,
    or None for since the start, as where the daemon was started anew."""

    def __init__(self, now: Look, before: Look | None) -> None:
        anew = before is None or before["seconds"] >= now["seconds"]
        self._now = now["figures"]
        self._before = {} if before is None or anew else before["figures"]
        began = 0.0 if before is None or anew else before["seconds"]
        self.seconds: float = now["seconds"]
        """Since the start of the daemon."""
        self._span: float = max(now["seconds"] - began, 0.001)

    def has(self, name: str) -> bool:
        """Whether the daemon has figures of this name."""
        return name in self._now

    def value(self, name: str, label: str = "") -> float:
        """What a figure is now; 0 where there is none."""
        return float(self._now.get(name, {}).get(label, 0))

    def rate(self, name: str, label: str = "") -> float:
        """By how much a counter has risen in a second."""
        before: float = self._before.get(name, {}).get(label, 0)
        return max(0.0, self.value(name, label) - before) / self._span

    def rates(self, name: str) -> list[tuple[str, float]]:
        """By how much each counter of a name that has risen did so in a second; most first."""
        found = [(label, self.rate(name, label)) for label in self._now.get(name, {})]
        return sorted((each for each in found if each[1] > 0), key=lambda each: -each[1])

    def counts(self, name: str) -> list[tuple[str, int]]:
        """How many times there are now of each label of a histogram, the most first."""
        found = [(label, each["count"]) for label, each in self._now.get(name, {}).items()]
        return sorted(found, key=lambda each: -each[1])

    def longest(self, name: str) -> float | None:
        """The bound in seconds that none of the times of a histogram was over since then, with any
        label; infinite if some were over all bounds, None if there were none."""
        bounds = [
            float("inf") if bound == "more" else float(bound)
            for label, each in self._now.get(name, {}).items()
            for bound, count in each["under"].items()
            if count > self._earlier(name, label).get(bound, 0)
        ]
        return max(bounds, default=None)

    def _earlier(self, name: str, label: str) -> dict[str, int]:
        under: dict[str, int] = self._before.get(name, {}).get(label, {}).get("under", {})
        return under

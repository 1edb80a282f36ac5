"""What a person types for a transfer."""


class Numbering:
    """Each number is of one transfer at a time; one that is remembered keeps its own."""

    def __init__(self) -> None:
        self._highest = 0
        self._kept: set[int] = set()

    def new(self) -> int:
        """One that none has had in this run."""
        self._highest += 1
        return self._highest

    def again(self, number: int) -> int:
        """The one that it had in an earlier run (0 for none), or another where that is of another
        one now."""
        if number < 1 or number in self._kept:
            return self.new()
        self._kept.add(number)
        self._highest = max(self._highest, number)
        return number

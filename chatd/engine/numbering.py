"""What a person types for a transfer."""


class Numbering:
    """Each number is of one transfer at a time; one that is remembered keeps its own."""

    def __init__(self) -> None:
        self._highest = 0
        self._used: set[int] = set()

    def new(self) -> int:
        """One that none has had in this run."""
        return self.again(self._highest + 1)

    def again(self, number: int) -> int:
        """The one that it had in an earlier run (0 for none), or a new one where that is another's
        now."""
        if number < 1 or number in self._used:
            return self.new()
        self._used.add(number)
        self._highest = max(self._highest, number)
        return number

    def over(self, number: int) -> None:
        """What had it is over."""
        self._used.discard(number)

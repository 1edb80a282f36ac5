"""What was said of a setting, where, and what is wrong with it."""

from typing import NamedTuple


class Given(NamedTuple):
    """The text of a value, and the place where it was said, in words: a name of the setting, or
    the `line` of a file."""

    text: str
    place: str
    line: int = 0


class Problem(NamedTuple):
    """Something that cannot be used, and its place."""

    place: str
    text: str
    line: int = 0

    def __str__(self) -> str:
        return self.text if self.text.startswith(self.place) else f"{self.place}: {self.text}"

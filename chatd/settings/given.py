"""What was said of a setting, where, and what is wrong with it."""

from typing import NamedTuple

SAID = "chatctl"
"""The place of what was said while the daemon ran."""


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
        is_clear = self.place == SAID or self.text.startswith(self.place)
        return self.text if is_clear else f"{self.place}: {self.text}"

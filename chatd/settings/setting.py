"""One setting: where it can be said, what it may be, and what it is if nobody says it; and what was
said of it."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct

T_co = TypeVar("T_co", covariant=True)


class Kind(Struct, Generic[T_co], frozen=True):
    """How a value is written.

    `read` takes its text and raises `ValueError`; `allowed` goes on after "must be". In TOML it is
    one of the types in `toml`, or a list whose parts are put together with `joint`.
    """

    allowed: str
    read: Callable[[str], T_co]
    toml: tuple[type, ...] = (str,)
    joint: str = ""


class Setting(Struct, Generic[T_co], frozen=True):
    """One setting; `synonyms` are other spellings of its option.

    `live`: it can change while the daemon runs. `once`: it is for one start, and does not stand in
    a file. `usual` says what holds if nobody says it, where that is not simply `default`.
    """

    option: str
    kind: Kind[T_co]
    default: T_co
    help: str
    synonyms: tuple[str, ...] = ()
    live: bool = False
    once: bool = False
    usual: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that it is read from."""
        return "CHATD_" + self.option.upper().replace("-", "_")

    @property
    def is_switch(self) -> bool:
        """Whether its option takes no value, and has a `no-` in front to turn it off."""
        return bool in self.kind.toml

    @property
    def is_repeated(self) -> bool:
        """Whether its option can stand several times."""
        return self.kind.joint == "\n"


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

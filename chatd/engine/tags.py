"""Which commands and events there are, and what they are called where they are written down."""

import re
import sys
from typing import TypeVar

T = TypeVar("T")


def tag(name: str) -> str:
    """The stable name of a class, as in `take_name` for `TakeName`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rsplit(".", 1)[-1]).lower()


def kinds(base: type[T]) -> tuple[type[T], ...]:
    """The classes of its module under this one that have none under them, in their order."""
    found = vars(sys.modules[base.__module__]).values()
    below = (each for each in found if isinstance(each, type) and issubclass(each, base))
    return tuple(each for each in below if not each.__subclasses__())

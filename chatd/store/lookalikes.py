"""Names that a reader takes for another one: `b0b` and `bob_` for `bob`, `rnike` for `mike`."""

import re
from functools import lru_cache

from chatd import limits

_SEEN_AS = {
    "rn": "m",
    "nn": "m",
    "vv": "w",
    "cl": "d",
    "0": "o",
    "1": "l",
    "i": "l",
    "j": "l",
    "2": "z",
    "3": "e",
    "4": "a",
    "5": "s",
    "6": "b",
    "7": "t",
    "8": "b",
    "9": "g",
    "q": "g",
    "-": "",
    "_": "",
    " ": "",
}
_PARTS = re.compile("|".join(map(re.escape, _SEEN_AS)))
_RUN = re.compile(r"(.)\1+")


def alike(name: str, other: str) -> bool:
    """Whether the two look like each other at a glance, or are the same but for case."""
    return bool(_seen(other)) and _seen(name) == _seen(other)


@lru_cache(maxsize=2 * limits.CONTACTS)
def _seen(name: str) -> str:
    """What is seen of a name: letters for what looks like them, each of a run once."""
    letters = _PARTS.sub(lambda part: _SEEN_AS[part[0]], name.casefold())
    return _RUN.sub(r"\1", letters)

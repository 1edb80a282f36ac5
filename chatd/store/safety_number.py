"""Safety numbers: what two people compare to know that nobody sits between them
(protocol, "Safety numbers")."""

import hashlib
import re
from functools import lru_cache
from typing import Literal

Difference = Literal["their-key-for-us", "our-key-for-them", "two-others"]
"""Whose key is another one than it should be: they have one of ours that is not ours, we have one
of theirs that is not theirs, or it is the number of two others."""
ROUNDS = 100_000
DIGITS = 60
_GROUPS = 6
_HALF = 5 * _GROUPS
_WORDS = 10
"""For each half."""
_LABEL = b"chatd/1 safety number"


@lru_cache(maxsize=1024)
def half(identity: bytes) -> str:
    """The 30 digits of one identity (33 bytes); takes a tenth of a second, so not in the reactor.

    PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2), so that a key whose digits are like another's
    costs its maker much for every try.
    """
    data = hashlib.pbkdf2_hmac("sha256", identity, _LABEL, ROUNDS, 5 * _GROUPS)
    groups = (int.from_bytes(data[i : i + 5], "big") % 100_000 for i in range(0, len(data), 5))
    return "".join(f"{group:05}" for group in groups)


def number(one: bytes, other: bytes) -> str:
    """The 60 digits of two identities, the same for both sides."""
    return "".join(half(identity) for identity in sorted((one, other)))


def words(digits: str) -> list[str]:
    """The same number in words (protocol, "Safety numbers"): ten for each half."""
    listed = _listed()
    found = []
    for each in (digits[:_HALF], digits[_HALF:]):
        fraction = -(-int(each) * len(listed) ** _WORDS // 10**_HALF)
        places = [fraction // len(listed) ** place for place in reversed(range(_WORDS))]
        found += [listed[place % len(listed)] for place in places]
    return found


def _of_words(said: list[str]) -> str | None:
    """The digits that these words stand for, None if they stand for none: as words are chosen in a
    thousand times as many ways as digits, most slips are noticed."""
    places = {word: place for place, word in enumerate(_listed())}
    if not all(word in places for word in said):
        return None
    fractions = [0, 0]
    for at, word in enumerate(said):
        half = at // _WORDS
        fractions[half] = fractions[half] * len(places) + places[word]
    numbers = [each * 10**_HALF // len(places) ** _WORDS for each in fractions]
    digits = "".join(f"{each:0{_HALF}}" for each in numbers)
    return digits if words(digits) == said else None


@lru_cache(maxsize=1)
def _listed() -> list[str]:
    """The 2,048 English words of BIP 39."""
    from mnemonic import Mnemonic

    return list(Mnemonic("english").wordlist)


def shown(digits: str) -> list[str]:
    """The digits in groups of five, as they are read aloud: rows of three, which fit 20 columns."""
    groups = [digits[i : i + 5] for i in range(0, len(digits), 5)]
    return [" ".join(groups[i : i + 3]) for i in range(0, len(groups), 3)]


def pasted(text: str) -> str | None:
    """The digits of a number that was pasted in any spacing, or in words; None if it is none."""
    if len(said := text.lower().split()) == 2 * _WORDS and text.isascii():
        return _of_words(said)
    digits = re.sub(r"[ \t.,:-]", "", text)
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdigit() else None


def difference(paste: str, ours: bytes, theirs: bytes) -> Difference | None:
    """What it means that the other side read `paste`; None if the numbers are the same."""
    if paste == number(ours, theirs):
        return None
    halves = (paste[:30], paste[30:])
    if half(theirs) in halves:
        return "their-key-for-us"
    return "our-key-for-them" if half(ours) in halves else "two-others"

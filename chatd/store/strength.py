"""How long a passphrase holds at most against someone who has the file under it."""

import re
import string
import unicodedata

from chatd import limits

_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation + " ")
_OTHERS = 100
"""Letters of any script that is not Latin; somebody who guesses knows which."""
_SPANS = ((1, "a second"), (60, "a minute"), (3600, "an hour"), (86_400, "a day"))
_DAY, _YEAR = 86_400, 31_557_600


def weakness(word: str) -> str:
    """Why a passphrase is weak, in words; '' if it is not.

    It knows no words or dates: somebody who guesses those may be much faster.
    """
    seconds = _tries(word) // limits.GUESSES_PER_SECOND
    if seconds >= limits.PASSPHRASE_YEARS * _YEAR:
        return ""
    return f"weak: whoever gets the file has tried all that are like it in {_span(seconds)}"


def _tries(word: str) -> int:
    """How many there are of the same length with the same kinds of characters."""
    plain = unicodedata.normalize("NFKC", word)
    alphabet = sum(len(kind) for kind in _KINDS if set(kind) & set(plain))
    alphabet += _OTHERS if set(plain) - set("".join(_KINDS)) else 0
    # What repeats itself adds little.
    length = min(len(re.sub(r"(.)\1+", r"\1", plain)), 2 * len(set(plain)))
    return int(alphabet**length)


def _span(seconds: int) -> str:
    for most, words in _SPANS:
        if seconds < most:
            return f"less than {words}"
    if seconds < _YEAR:
        return f"{seconds // _DAY} days"
    return f"{seconds // _YEAR} years"

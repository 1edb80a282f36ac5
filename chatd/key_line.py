"""The one line of a key file, `KIND FORM FIELD...`: `FORM` counts the forms that it has had.

The first form had no number. Every older form is read as it stands and never written over: a key
file that nobody touches is one that nothing can damage.
"""

from pathlib import Path

from chatd.errors import ChatdError
from chatd.files import StorageError, TooNew, shown

FORM = 2


def write(kind: str, *fields: str) -> bytes:
    """The line in today's form."""
    return " ".join((kind, str(FORM), *fields)).encode() + b"\n"


def read(path: Path, data: bytes, kind: str, fields: int, hint: str) -> list[str]:
    """The fields of a line in any form; raises `TooNew`, and `StorageError` with `hint`."""
    found, *rest = _words(data)
    if found == kind and rest and _is_number(rest[0]):
        form, *rest = rest
        if int(form) > FORM:
            raise TooNew(f"a newer chatd wrote {shown(path)}")
        if form != str(FORM):
            rest = []
    if found != kind or len(rest) != fields:
        raise damaged(path, hint)
    return rest


def damaged(path: Path, hint: str) -> ChatdError:
    """The error for a key file that is not what was written."""
    return StorageError(f"{shown(path)} is damaged", hint=hint)


def _words(data: bytes) -> list[str]:
    """What stands in the line, and one empty word if it is none."""
    whole = data.endswith(b"\n") and data.count(b"\n") == 1 and data.isascii()
    return data[:-1].decode().split(" ") if whole else [""]


def _is_number(word: str) -> bool:
    # One longer than that is no form but damage.
    return word.isdigit() and len(word) < 10

"""Tab behind a command that takes paths: the files and folders that fit, written as a shell has
them."""

import os
import re
from itertools import islice

from msgspec import Struct

from chatd import limits
from chatd.text import safe_line


class Completion(Struct, frozen=True):
    """What Tab adds to the line, and the choices if there is more than one."""

    added: str
    choices: list[str]


NOTHING = Completion("", [])
_WORD_END = r"""(?P<space>[ ])|\\(?P<escaped>.?)|(?P<quote>['"])|(?P<plain>.)"""
_SPECIAL = r"""([ \\'"])"""


def complete_path(said: str) -> Completion:
    """What fits at the end of `said`, which stands behind the command; a folder ends with '/'."""
    word, quote = _last_word(said)
    folder, start = os.path.split(os.path.expanduser(word))
    found = sorted(_names(folder or ".", start))
    if not found:
        return NOTHING
    common = os.path.commonprefix(found)  # noqa: RUF071
    added = common[len(start) :]
    if quote:
        written = added + (quote if len(found) == 1 and not common.endswith("/") else "")
    else:
        written = re.sub(_SPECIAL, r"\\\1", added)
    if len(found) == 1:
        return Completion(written if common.endswith("/") else written + " ", [])
    return Completion(written, [safe_line(name, 60) for name in found[: limits.SHOWN_PATHS]])


def _names(folder: str, start: str) -> list[str]:
    """What begins so in a folder, as far as a person can type it."""
    try:
        with os.scandir(folder) as entries:
            return [
                entry.name + ("/" if entry.is_dir() else "")
                for entry in islice(entries, limits.LOOKED_AT_PATHS)
                if entry.name.startswith(start)
                and entry.name.isprintable()
                and (start or not entry.name.startswith("."))
            ]
    except (OSError, ValueError):
        return []


def _last_word(said: str) -> tuple[str, str]:
    """What the last word means so far, and the quote in which it stands, '' for none."""
    word, quote = "", ""
    for found in re.finditer(_WORD_END, said):
        if quote:
            quote, word = ("", word) if found[0] == quote else (quote, word + found[0])
        elif found["space"]:
            word = ""
        elif found["quote"]:
            quote = found[0]
        else:
            word += found["plain"] or found["escaped"] or ""
    return word, quote

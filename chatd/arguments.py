"""Takes a secret out of the command line that every other user of the machine can read (ps)."""

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

_START, _END = 48, 49
"""The fields of /proc/self/stat that say where in memory the command line is (proc(5))."""


def hide(argument: str) -> None:
    """Write over an argument of ours; where that cannot be done it stays."""
    if sys.platform == "linux":
        with suppress(OSError, ValueError):
            _write_over(argument.encode(sys.getfilesystemencoding(), "surrogateescape"))


def _write_over(argument: bytes) -> None:
    start, end = _place()
    while (found := ctypes.string_at(start, end - start).find(argument)) >= 0:
        ctypes.memset(start + found, ord("x"), len(argument))


def _place() -> tuple[int, int]:
    # The name of the program, in parentheses, may have anything in it.
    fields = Path("/proc/self/stat").read_text(errors="replace").rpartition(")")[2].split()
    return int(fields[_START - 3]), int(fields[_END - 3])

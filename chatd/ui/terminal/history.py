"""Lines typed before: in memory, or in a file that nobody else can read."""

import os
from collections.abc import Iterable
from contextlib import suppress
from itertools import accumulate, takewhile
from pathlib import Path

from prompt_toolkit.history import FileHistory, History

from chatd import limits
from chatd.errors import StartupError
from chatd.files import write_private


def history(path: Path | None) -> History:
    """The lines of the file, made with mode 0600 if it is not there; raises `StartupError`."""
    return _Memory() if path is None else _PrivateHistory(path)


def newest(texts: Iterable[str], limit: int) -> int:
    """How many of these, the newest first, have `limit` characters together; at least one."""
    sizes = accumulate(map(len, texts))
    return max(1, sum(1 for _ in takewhile(lambda size: size <= limit, sizes)))


class _Memory(History):
    def __init__(self) -> None:
        super().__init__()
        self._loaded = True

    def load_history_strings(self) -> Iterable[str]:
        return []

    def store_string(self, string: str) -> None:
        del self._loaded_strings[newest(self._loaded_strings, limits.HISTORY_CHARACTERS) :]


class _PrivateHistory(FileHistory):
    def __init__(self, path: Path) -> None:
        try:
            # The library would make the file readable for everyone.
            os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600))
        except OSError as error:
            raise StartupError(f"cannot keep the history in {path}: {error.strerror}") from None
        _shorten(path)
        super().__init__(str(path))

    def store_string(self, string: str) -> None:
        del self._loaded_strings[newest(self._loaded_strings, limits.HISTORY_CHARACTERS) :]
        # A full disk is no reason to end a conversation; the line is still in memory.
        with suppress(OSError):
            super().store_string(string.encode("utf-8", "replace").decode())


def _shorten(path: Path) -> None:
    """Let the file keep the newest half of what it may hold, if it holds more."""
    if path.stat().st_size <= limits.HISTORY_FILE:
        return
    with open(path, "rb") as file:
        file.seek(-limits.HISTORY_FILE // 2, os.SEEK_END)
        # A line begins behind its date.
        newer = file.read().partition(b"\n# ")[2]
    write_private(path, b"\n# " + newer)

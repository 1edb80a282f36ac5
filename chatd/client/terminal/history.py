"""Lines typed before: in memory, or in a file that nobody else can read."""

import os
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from chatd.errors import StartupError


def history(path: Path | None) -> History:
    """The lines of the file, made with mode 0600 if it is not there; raises `StartupError`."""
    return InMemoryHistory() if path is None else _PrivateHistory(path)


class _PrivateHistory(FileHistory):
    def __init__(self, path: Path) -> None:
        try:
            # The library would make the file readable for everyone.
            os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600))
        except OSError as error:
            raise StartupError(f"cannot keep the history in {path}: {error.strerror}") from None
        super().__init__(str(path))

    def store_string(self, string: str) -> None:
        # A full disk is no reason to end a conversation; the line is still in memory.
        with suppress(OSError):
            super().store_string(string)

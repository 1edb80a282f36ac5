"""Lines typed before: in memory, or in a file that nobody else can read."""

import os
from pathlib import Path

from prompt_toolkit.history import FileHistory, History, InMemoryHistory


def history(path: Path | None) -> History:
    """The lines of the file, which is made with mode 0600 if it is not there; raises `OSError`."""
    if path is None:
        return InMemoryHistory()
    # The library would make the file readable for everyone.
    os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
    return FileHistory(str(path))

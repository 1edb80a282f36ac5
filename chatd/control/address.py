"""Names of UNIX sockets in folders whose path is longer than such a name may be (unix(7))."""

import os
from pathlib import Path

MOST = 107
"""Bytes; the last of the 108 that the kernel has is a NUL."""


def name_of(path: Path) -> str:
    """A name of the socket at this path, to bind it, connect to it or unlink it in this process.

    Raises `OSError` if its folder is needed for that and cannot be opened.
    """
    if len(os.fsencode(path)) <= MOST:
        return str(path)
    # Not closed: the name is used as long as the process lives.
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    return f"/proc/self/fd/{folder}/{path.name}"

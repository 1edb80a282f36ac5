"""Where the agent of an account listens, and that nobody else can pose as it."""

import os
import stat
from pathlib import Path

from chatd.control.asking import Connection, NobodyThere, NotOurs
from chatd.errors import StartupError
from chatd.files import explained, private_folder, shown

SOCKET = "agent.sock"


def socket_path() -> Path:
    """In the runtime folder of this account, which the system empties when it starts."""
    import warnings

    import platformdirs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of one that others can look into, which it does not use
        return platformdirs.user_runtime_path("chatd", appauthor=False) / SOCKET


def prepared() -> Path:
    """As `socket_path`, in a folder 0700 that is there; raises `StartupError`, `StorageError`."""
    path = socket_path()
    private_folder(path.parent)
    with explained("use the folder", path.parent):
        found = path.parent.lstat()
    # Without a runtime folder of the system's it lies in /tmp, where others can be first.
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    if not is_ours or stat.S_IMODE(found.st_mode) & 0o077:
        raise StartupError(
            f"the folder {shown(path.parent)} is not this account's alone",
            f"remove it: rm -r {shown(path.parent)}",
        )
    return path


def connected(seconds: float) -> Connection | None:
    """To the agent, None if none runs; raises `NotOurs` for another account's, and `NoAnswer`."""
    try:
        connection = Connection(socket_path(), seconds)
    except NobodyThere:
        return None
    if connection.owner != os.getuid():
        connection.close()
        raise NotOurs("what answers in the place of the agent belongs to another account")
    return connection

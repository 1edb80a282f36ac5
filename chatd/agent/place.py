"""Where the agent of an account listens, and that nobody else can pose as it; or the socket that a
service manager has opened before it (sd_listen_fds(3))."""

import os
import stat
from collections.abc import MutableMapping
from pathlib import Path

from chatd.control.asking import Connection, NobodyThere, NotOurs
from chatd.errors import StartupError
from chatd.files import Lock, explained, holder, lock, private_folder, shown

SOCKET = "agent.sock"
FIRST = 3
"""The number of the first socket that a service manager passes on."""


def socket_path() -> Path:
    """In the runtime folder of this account, which the system empties when it starts."""
    import warnings

    import platformdirs

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of one that others can look into, which it does not use
        return platformdirs.user_runtime_path("chatd", appauthor=False) / SOCKET


def is_running() -> bool:
    """Whether an agent is there, by its lock: to connect would start one where a service manager
    listens for it."""
    process = holder(_lock_of(socket_path()))
    if process is None:
        return False
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


def taken(path: Path) -> Lock:
    """The lock of the agent that listens there, signed; raises `Locked` if one has it."""
    found = lock(_lock_of(path))
    found.sign()
    return found


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".lock")


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


def passed_on(environ: MutableMapping[str, str], pid: int) -> int | None:
    """Its descriptor, if there is one for this process; the variables are taken away, so that no
    child takes it for its own."""
    is_ours = environ.pop("LISTEN_PID", "") == str(pid)
    count = environ.pop("LISTEN_FDS", "0")
    environ.pop("LISTEN_FDNAMES", None)
    if not is_ours or not count.isdigit() or int(count) < 1:
        return None
    os.set_inheritable(FIRST, False)
    return FIRST


def pass_on(descriptor: int, environ: MutableMapping[str, str], pid: int) -> None:
    """Keep it for the program that this process becomes."""
    if descriptor != FIRST:
        os.dup2(descriptor, FIRST)
    os.set_inheritable(FIRST, True)
    environ["LISTEN_PID"], environ["LISTEN_FDS"] = str(pid), "1"

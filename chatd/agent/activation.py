"""The socket that a service manager has opened before us (sd_listen_fds(3))."""

import os
from collections.abc import MutableMapping

FIRST = 3
"""The number of the first one that is passed on."""


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

"""The pid file and the log of twistd, looked at before twistd does: it would end with a traceback,
or take whoever has a number by now for the daemon that had it."""

import os
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from chatd.errors import StartupError
from chatd.files import shown
from chatd.rendezvous.predecessor import number_in

DEFAULT = "twistd.pid"
LOG = "twistd.log"
_LONGEST = 20
_DAEMON = re.compile(rb"(^|[\0/])(twistd|chatd)\0|chatd\.daemon|scripts\.twistd")
"""What is in the words of a daemon, and not in those of any program with a file of its."""


def settle(twistd: MutableMapping[str, Any]) -> None:
    """Put the options of twistd right, and remove a pid file that stands for nobody.

    In the foreground there is none, unless one was asked for by another name than twistd's own.
    Raises `StartupError` for what cannot be read or written.
    """
    if number_in(os.environ) is not None:
        _settle_successor(twistd)
        return
    if twistd["nodaemon"] and twistd["pidfile"] == DEFAULT:
        twistd["pidfile"] = ""
    if twistd["pidfile"]:
        path = Path(twistd["pidfile"]).absolute()
        _check_place(path, "pid file", "--pidfile")
        _remove_if_stale(path)
    log = _log(twistd)
    if log not in ("", "-") and not twistd["syslog"]:
        _check_place(Path(log).absolute(), "log", "--logfile")


def _settle_successor(twistd: MutableMapping[str, Any]) -> None:
    """A daemon that takes over is in the background if the old one is, whose folder and file it
    gets."""
    if not twistd["nodaemon"]:
        twistd["logfile"] = twistd["logfile"] or LOG
    twistd["nodaemon"], twistd["pidfile"], twistd["rundir"] = True, "", "."


def for_a_file(twistd: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The pid file of a twistd that runs a file, and what another one that takes over from it needs
    at the end of its command line, as nothing can be settled there."""
    log = _log(twistd)
    more = ["--nodaemon", "--pidfile=", "--rundir=."]
    return twistd["pidfile"], [*more, f"--logfile={log}"] if log else more


def _log(twistd: Mapping[str, Any]) -> str:
    """Where the log goes; '' for standard output."""
    return twistd["logfile"] or ("" if twistd["nodaemon"] else LOG)


def _check_place(path: Path, what: str, option: str) -> None:
    writable = os.access(path if path.exists() else path.parent, os.W_OK)
    if not writable or path.is_dir():
        raise StartupError(
            f"cannot write the {what} {shown(path)}", f"give another place with {option}"
        )


def _remove_if_stale(path: Path) -> None:
    try:
        text = path.read_text("ascii", "replace")[:_LONGEST].strip()
        if not text or (_is_number(text) and not _is_running(int(text))):
            path.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        reason = (error.strerror or "unknown").lower()
        raise StartupError(f"cannot use the pid file {shown(path)}: {reason}") from None
    if text and not _is_number(text):
        raise StartupError(f"{shown(path)} is no pid file", "give another place with --pidfile")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_running(pid: int) -> bool:
    """Whether a process with this number is a daemon, and not ourselves: in a container each daemon
    is number 1."""
    if pid == os.getpid():
        return False
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return not Path("/proc/self").exists()
    return _DAEMON.search(words) is not None

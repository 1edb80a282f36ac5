"""Where the log of this process goes: what twistd was told of it, and the form that it has.

twistd makes its log itself, unless it is given the name of something that makes one. That is
`OBSERVER`, which does what `take` was told before.
"""

import getopt
import os
import sys
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from twisted.logger import ILogObserver
from twisted.scripts._twistd_unix import ServerOptions

from chatd import pid_file
from chatd.log.file import DaemonLog
from chatd.log.forms import FORMS, as_undated_text
from chatd.log.outlet import Outlet, to_file
from chatd.log.system import is_journal, to_journal, to_system
from chatd.steady import seconds

OBSERVER = "chatd.log.place.observer"
_UNSAID = "twisted"
"""What twistd calls itself in the log of the system if nobody says anything else."""
_STDOUT = 1
_UNDATED = {"text": as_undated_text}


class _Chosen(Struct):
    path: Path | None = None
    form: str = "text"
    file: DaemonLog | None = None
    program: str = ""
    """What it is called in the log of the system; empty for one that goes elsewhere."""


_chosen = _Chosen()


def take(twistd: MutableMapping[str, Any], form: str) -> None:
    """Let the log of a twistd with these options have a form, and be ours, unless it was told to
    use another."""
    name, in_front = twistd["logfile"], twistd["nodaemon"]
    is_ours = twistd["logger"] in (None, observer)
    _chosen.path = None
    _chosen.program = ""
    if twistd["syslog"]:
        _chosen.program = "chatd" if twistd["prefix"] == _UNSAID else twistd["prefix"]
    elif is_ours and name != "-" and (name or not in_front):
        _chosen.path = Path(name or pid_file.LOG).absolute()
    _chosen.form = form
    if is_ours and twistd["logger"] is None:
        twistd["logger"] = OBSERVER


def options_of(argv: Sequence[str]) -> dict[str, Any]:
    """What the command line of a twistd says of its log and pid file, for a file that it runs and
    that is told nothing of it."""
    known: Any = ServerOptions()
    given, _ = getopt.getopt(argv, known.shortOpt, known.longOpt)
    said = {"-n": "--nodaemon", "-l": "--logfile"}
    found = {said.get(option, option).removeprefix("--"): value for option, value in given}
    flags = {each: each in found for each in ("nodaemon", "syslog")}
    values = {each: found.get(each) for each in ("logfile", "logger")}
    pid, prefix = found.get("pidfile", pid_file.DEFAULT), found.get("prefix", _UNSAID)
    return {**values, "pidfile": pid, "prefix": prefix, **flags}


def observer() -> ILogObserver:
    """The log, as it was chosen."""
    form, to = FORMS[_chosen.form], to_file(sys.stdout)
    undated = _UNDATED.get(_chosen.form, form)
    if _chosen.program:
        form, to = undated, to_system(_chosen.program)
    elif _chosen.path is not None:
        _chosen.file = DaemonLog.at(_chosen.path)
        to = to_file(_chosen.file)
    elif is_journal(_STDOUT, os.environ):
        form, to = undated, to_journal(sys.stdout)
    made: ILogObserver = Outlet(to, form, seconds)
    return made


def has_file() -> bool:
    """Whether it goes to a file of ours."""
    return _chosen.path is not None


def begin_anew() -> None:
    """Begin a new log file, once there is one."""
    if _chosen.file is not None:
        _chosen.file.begin_anew()

"""The program `chatd`: the daemon in the foreground, as a service wants it, and what looks after
its settings and its data folder. `twistd chatd` and chat.tac are the same daemon."""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from twisted.application.service import IService
from twisted.python import usage
from twisted.scripts._twistd_unix import ServerOptions
from twisted.scripts.twistd import runApp

from chatd import pid_file
from chatd.assembly.daemon import daemon
from chatd.command import command
from chatd.errors import ChatdError, Usage
from chatd.files import shown
from chatd.log import place
from chatd.log.levels import logger
from chatd.rendezvous import ports
from chatd.rendezvous.predecessor import report
from chatd.settings import options, settings, table
from chatd.settings import report as reports
from chatd.settings.setting import Problem
from chatd.start_faults import in_one_line

WORDS = (
    ("check", "say what is wrong with the settings, line by line"),
    ("config", "say what is in force, and where each value comes from"),
    ("restore DIR", "make the data folder of what `chatctl backup` copied"),
)
"""What `chatd` does instead of being a daemon, each with the options behind it."""
PROCESS = (
    ("--background", "leave the terminal; with --pidfile and --logfile"),
    (
        "--pidfile=",
        "where the number of the process goes [default: nowhere; in the background twistd.pid]",
    ),
    (
        "--logfile=",
        "where the log goes [default: standard output; in the background twistd.log]",
    ),
    ("--uid=", "the account to go on as once the ports are bound"),
    ("--gid=", "its group"),
    ("--version", "show the version of chatd and exit"),
    ("--help", "show this"),
)
_PASSED_ON = ("pidfile", "logfile", "uid", "gid")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `chatd` and return its exit status: 0, 1 (it failed) or 2 (wrong usage)."""
    return command("chatd", _run, sys.argv[1:] if argv is None else argv)


class Program(options.Options):
    """The command line of `chatd`: the settings, and what twistd knows of processes."""

    optFlags: ClassVar = [["background", None, "leave the terminal"]]
    optParameters: ClassVar = [[each, None, None, "as for twistd"] for each in _PASSED_ON]

    def getUsage(self, width: int | None = None) -> str:
        """Everything that can be said, in groups."""
        usage = ["Usage: chatd [options]", ""]
        usage += [options.row(f"  chatd {word} [options]", text) for word, text in WORDS]
        process = ["", "The process:", *(options.row(f"  {each}", text) for each, text in PROCESS)]
        return "\n".join([*usage, options.listed(), *process]) + "\n"


class _Plugin(NamedTuple):
    """What twistd asks a plugin for."""

    tapname: str
    service: IService

    def makeService(self, _: Any) -> IService:
        return self.service


def _run(argv: Sequence[str]) -> int:
    match list(argv):
        case ["check", *words]:
            return _print(reports.check(_parse(words).given, os.environ, _endpoints))
        case ["config", *words]:
            return _print(reports.in_force(_parse(words).given, os.environ))
        case ["restore", *words]:
            return _restore(words)
        case [word, *_] if not word.startswith("-"):
            raise Usage(f"{word!a} is not something chatd does", "chatd --help")
        case words:
            return _begin(words)


def _begin(words: Sequence[str]) -> int:
    try:
        return _serve(_parse(words))
    except ChatdError as error:
        report(os.environ, str(error))
        raise


def _print(lines: Iterable[str]) -> int:
    for line in lines:
        print(line)
    return 0


def _endpoints(found: settings.Settings) -> list[Problem]:
    """What cannot be listened on."""
    from twisted.internet import reactor

    where = found.place(table.LISTEN) or found.place(table.HOST) or "--listen"
    faults = ports.faults(reactor, found.endpoints, found[table.PROXIES])
    return [Problem(where, str(each)) for each in faults]


def _restore(words: Sequence[str]) -> int:
    if not words or words[0].startswith("-"):
        raise Usage("restore needs the folder of a backup", "chatd restore DIR")
    from chatd.rendezvous.admin import check_free
    from chatd.rendezvous.backup import restore

    folder = settings.read(_parse(words[1:]).given, os.environ).data_dir
    check_free(folder)
    files = restore(Path(words[0]).absolute(), folder)
    print(f"restored to {shown(folder)}: {', '.join(files)}")
    return 0


def _parse(words: Sequence[str]) -> Program:
    program = Program()
    try:
        program.parseOptions(words)  # type: ignore[no-untyped-call]
    except usage.UsageError as error:
        raise Usage(str(error).replace("\n", " "), "chatd --help") from None
    return program


def _serve(program: Program) -> int:
    """Be the daemon until its end."""
    twistd = _twistd(program)
    pid_file.settle(twistd)
    wanted = settings.read(program.given, os.environ)
    place.take(twistd, wanted[table.LOG_FORMAT])
    try:
        twistd.subCommand, twistd.subOptions = "chatd", program
        twistd.loadedPlugins = {"chatd": _Plugin("chatd", daemon(wanted, twistd["pidfile"]))}
        runApp(twistd)
    except ChatdError as error:
        logger().error("{reason}", reason=in_one_line(error))
        raise
    except SystemExit as ended:
        if isinstance(ended.code, str):
            raise ChatdError(ended.code.strip().replace("\n", " ")) from None
        return ended.code or 0
    return 0


def _twistd(program: Program) -> Any:
    """The options of twistd that come to the same."""
    # twistd would write one into the current folder.
    words = [] if program["background"] else ["--nodaemon", "--pidfile="]
    for each in _PASSED_ON:
        if program[each] is not None:
            words += [f"--{each}", program[each]]
    twistd: Any = ServerOptions()
    try:
        twistd.parseOptions([*words, "--no_save", "--logger", place.OBSERVER])
    except usage.UsageError as error:
        raise Usage(str(error), "chatd --help") from None
    return twistd

"""The command line `chatctl`: asks a running daemon, for its operator (docs/operating.md)."""

import argparse
import fnmatch
import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from chatd.command import command
from chatd.control.asking import NoAnswer, NobodyThere, NotOurs, ask
from chatd.errors import ChatdError, Usage, cannot_write
from chatd.files import shown
from chatd.safe_line import safe_line

SECONDS = 10
LEAST_SECONDS, MOST_SECONDS = 0.2, 3600
"""Between two looks of `status --watch`."""
_WHAT = {"release": "NAME", "ban": "WHAT", "unban": "WHAT", "allow": "KEY", "deny": "KEY"}
_WHAT |= {"set": "SETTING", "unset": "SETTING"}

_OPTIONS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("--data-dir", {}, "the daemon's data folder"),
    ("--config", {}, "the daemon's file of settings, which may name that"),
    ("--json", {"action": "store_true"}, "one JSON value a line, for programs"),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Usage(message.replace("\n", " "), "chatctl --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run `chatctl` and return its exit status: 0, 1 (it failed) or 2 (wrong usage).

    A signal that ended it gives 128 and its number, as in a shell.
    """
    return command("chatctl", _run, sys.argv[1:] if argv is None else argv)


def parser() -> argparse.ArgumentParser:
    """The command line of `chatctl`."""
    made = _Parser(prog="chatctl", description="Ask a running chatd daemon.", allow_abbrev=False)
    for flag, given, text in _OPTIONS:
        made.add_argument(flag, help=text, **given)
    commands = made.add_subparsers(dest="do", required=True, metavar="COMMAND")
    status = commands.add_parser("status", help="how many are here, and for how long")
    status.add_argument(
        "--watch",
        nargs="?",
        type=_interval,
        const=2.0,
        metavar="SECONDS",
        help="show all figures, again and again [every 2 seconds]",
    )
    names = commands.add_parser("names", help="who holds which name")
    names.add_argument("what", nargs="?", default="", metavar="PATTERN", help="such as 'a*'")
    for word, text in (
        ("release", "take a name from its key"),
        ("ban", "keep a name, a key (SHA256:...), an address or a network away"),
        ("unban", "let it in again"),
        ("allow", "let a key (SHA256:...) into a private server"),
        ("deny", "take it off that list"),
        ("set", "change a setting until the next start"),
        ("unset", "take that back"),
    ):
        command = commands.add_parser(word, help=text)
        command.add_argument("what", metavar=_WHAT[word])
        if word == "set":
            command.add_argument("value", metavar="VALUE")
    commands.add_parser("bans", help="what is banned")
    backup = commands.add_parser("backup", help="copy the data folder, also while the daemon runs")
    backup.add_argument("what", metavar="DIR", help="a folder that is made")
    commands.add_parser("allowed", help="whom a private server lets in")
    commands.add_parser("reload", help="read the file of settings anew, as on SIGHUP")
    commands.add_parser("settings", help="what is in force, and where it comes from")
    for command in commands.choices.values():
        for flag, given, _ in _OPTIONS:
            # Said behind a command it counts; not said there, it takes nothing back.
            hidden = given | {"help": argparse.SUPPRESS, "default": argparse.SUPPRESS}
            command.add_argument(flag, **hidden)
    return made


def _interval(text: str) -> float:
    seconds = float(text)
    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"must be from {LEAST_SECONDS} to {MOST_SECONDS} seconds")
    return seconds


def _run(argv: Sequence[str]) -> int:
    try:
        _ask_for(parser().parse_args(argv))
    except OSError as error:
        # Whatever else fails is in words already; this was print.
        raise cannot_write(error) from error
    return 0


def _ask_for(options: argparse.Namespace) -> None:
    path = _folder(options) / "admin.sock"
    if options.do == "names":
        for entry in _names(path, options.what):
            print(json.dumps(entry) if options.json else _name(entry))
        return
    if options.do == "status" and options.watch is not None:
        from chatd.watching.live import watch

        watch(lambda: _ask(path, {"do": "figures"}), options.watch, as_json=options.json)
        return
    if options.do == "backup":
        _back_up(path.parent, Path(options.what), as_json=options.json)
        return
    what = getattr(options, "what", "")
    answer = _ask(path, {"do": options.do, "what": what, "value": getattr(options, "value", "")})
    if options.json:
        print(json.dumps(answer))
        return
    for line in _lines(answer):
        print(line)


def _back_up(folder: Path, copy: Path, *, as_json: bool) -> None:
    """Not by the daemon, which may not be allowed to write where its operator may."""
    from chatd.rendezvous.backup import back_up

    files = back_up(folder, copy.absolute())
    if as_json:
        print(json.dumps({"copied": files}))
        return
    print(f"copied to {shown(copy)}: {', '.join(files)}")


def _folder(options: argparse.Namespace) -> Path:
    """The data folder of the daemon, as that finds it itself."""
    from chatd.settings.settings import survey

    given = {"data-dir": options.data_dir, "config": options.config}
    # What is wrong with other settings is the daemon's affair.
    found, _ = survey({name: value for name, value in given.items() if value}, os.environ)
    return found.data_dir


def _names(path: Path, pattern: str) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        names = _ask(path, {"do": "names", "after": after})["names"]
        yield from (entry for entry in names if fnmatch.fnmatch(entry["name"], pattern or "*"))
        if not names:
            return
        after = names[-1]["name"]


def _ask(path: Path, question: dict[str, str]) -> dict[str, Any]:
    try:
        found = ask(path, question, SECONDS)
    except NobodyThere:
        where = safe_line(str(path.parent))
        raise ChatdError(
            f"no daemon runs with the data folder {where}", "start it, or give its --data-dir"
        ) from None
    except NotOurs:
        raise ChatdError("the daemon belongs to another account", "run chatctl as that") from None
    except NoAnswer as error:
        raise ChatdError(f"the daemon did not answer: {error}") from None
    if "error" in found:
        raise ChatdError(safe_line(str(found["error"])), safe_line(str(found.get("hint", ""))))
    return found


def _name(entry: dict[str, Any]) -> str:
    # What is kept is the end of the day, which is the first moment of the next one.
    seen = datetime.fromtimestamp(entry["seen"] - 1, UTC).strftime("%Y-%m-%d")
    return f"{entry['name']:<32}  {'here now' if entry['here'] else seen:<16}  {entry['key']}"


def _lines(answer: dict[str, Any]) -> list[str]:
    if "lines" in answer:
        return list(answer["lines"])
    return [f"{word}: {value}" for word, value in answer.items()]

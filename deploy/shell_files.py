"""Writes the pages of the manual and what shells complete, from the tables of the programs.

    pip install 'chatd[dev]' && python deploy/shell_files.py

They go into share/, from which the wheel installs them.
"""

import argparse
from pathlib import Path

import shtab
from argparse_manpage.manpage import Manpage

from chatd import chatctl, daemon, options
from chatd.preferences import variables
from chatd.settings.options import described
from chatd.settings.table import CONFIG, GROUPS, TABLE
from chatd.ui.commands import COMMANDS
from chatd.ui.help import KEYS

SHARE = Path(__file__).parents[1] / "share"
PURPOSE = {
    "chat": "private conversations in a terminal",
    "chatctl": "asks a running chatd daemon",
    "chatd": "a daemon that introduces people who want to talk in private",
}
SHELLS = {
    "bash": "bash-completion/completions/{}",
    "zsh": "zsh/site-functions/_{}",
    "fish": "fish/vendor_completions.d/{}.fish",
}
_PATHS = {"DIR": shtab.DIRECTORY, "FOLDER": shtab.DIRECTORY, "FILE": shtab.FILE, "PATH": shtab.FILE}


def chatd() -> argparse.ArgumentParser:
    """The command line of `chatd`, whose parser is that of Twisted."""
    parser = argparse.ArgumentParser(prog="chatd", description=f"{PURPOSE['chatd']}.")
    for title, settings in GROUPS.items():
        among = parser.add_argument_group(title)
        for setting in settings:
            _add(among, *described(setting))
    _add(among, *described(CONFIG))
    among = parser.add_argument_group("The process")
    for spelt, text in daemon.PROCESS:
        if spelt != "--help":
            _add(among, spelt, text)
    commands = parser.add_subparsers(metavar="WORD")
    for words, text in daemon.WORDS:
        word, *arguments = words.split()
        command = commands.add_parser(word, help=text)
        for each in arguments:
            command.add_argument(each)
    return parser


def _add(group: argparse._ArgumentGroup, spelt: str, text: str) -> None:
    name = spelt.strip().rstrip("=").replace("[no-]", "")
    names = [name, f"--no-{name[2:]}"] if "[no-]" in spelt else [name]
    if spelt.endswith("="):
        metavar = {"--data-dir": "DIR", "--config": "FILE", "--logfile": "FILE"}.get(name, "VALUE")
        group.add_argument(*names, metavar=metavar, help=text.replace("%", "%%"))
    else:
        group.add_argument(*names, action="store_true", help=text)


def page(parser: argparse.ArgumentParser) -> str:
    """The page of the manual, which is the same whoever writes it."""
    parser.usage = f"{parser.prog} [options]"
    manual = Manpage(parser, {**_ABOUT, "description": PURPOSE[parser.prog]}, _FORM)
    for title, rows in _SECTIONS.get(parser.prog, {}).items():
        manual.add_section(title, ">", "\n".join(map(_entry, rows)))
    return "".join(f"{line.rstrip()}\n" for line in str(manual).splitlines())


_ABOUT = {"date": " ", "project_name": "chatd", "manual_title": "chatd"}
_FORM = "single-commands-section"
_STATUS = [
    ("0", "all went well"),
    ("1", "something failed, or was not done"),
    ("2", "the command line or a setting cannot be used"),
]
_SECTIONS = {
    "chat": {
        "typed while it runs": [
            (command.usage, f"{command.summary}{f'; {command.more}' if command.more else ''}")
            for command in COMMANDS
        ],
        "keys": [(keys, does) for keys, does in KEYS],
        "environment": [
            (variable, f"as {option}") for variable, option in variables(options.chat()).items()
        ],
        "files": [
            ("~/.config/chatd/config.toml", "options that hold at every start, by their long name"),
            ("~/.local/share/chatd", "your identities, contacts and the keys of servers"),
        ],
        "exit status": _STATUS,
    },
    "chatctl": {"exit status": _STATUS},
    "chatd": {
        "environment": [(each.variable, f"as --{each.option}") for each in (*TABLE, CONFIG)],
        "exit status": _STATUS,
    },
}


def _entry(row: tuple[str, str]) -> str:
    term, text = (each.replace("\\", r"\e").replace("-", r"\-") for each in row)
    return f".TP\n\\fB{term}\\fR\n\\&{text}"


def prepare(parser: argparse.ArgumentParser) -> None:
    """Say which arguments are files and folders; and break no line, which others do."""
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=10_000)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                prepare(each)
        elif (kind := _PATHS.get(str(action.metavar))) is not None:
            action.complete = kind  # type: ignore[attr-defined]


def files() -> dict[Path, str]:
    """All of them, by their paths below share/."""
    found = {}
    for parser in (options.whole(), chatctl.parser(), chatd()):
        prepare(parser)
        for shell, path in SHELLS.items():
            found[Path(path.format(parser.prog))] = shtab.complete(parser, shell)
        once = options.whole(repeating=False) if parser.prog == "chat" else parser
        prepare(once)
        found[Path("man/man1") / f"{parser.prog}.1"] = page(once)
    return found


def main() -> None:
    """The command line."""
    for path, content in files().items():
        target = SHARE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content if content.endswith("\n") else f"{content}\n")


if __name__ == "__main__":
    main()

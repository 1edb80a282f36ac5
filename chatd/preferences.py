"""What a person chose for `chat`: by their file, by variables, by an alias, by the command line.

The later of these counts, option by option. The file is TOML, with the long names of the options as
keys (`notify = "off"`, `tls = true`) and a section for each server that has a name of its own:

    [servers.work]
    host = "chat.example.org"
    tls = true

`chat @work` takes that section. A variable is `CHAT_` and the option, as in `CHAT_NO_RELAY=yes`.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from chatd.errors import Usage
from chatd.files import read_settings, shown
from chatd.option_values import DEFAULT_HOST, DEFAULT_PORT
from chatd.options import Parser
from chatd.safe_line import safe_line

ALIAS = "@"
_NOT_KEPT = ("card", "json", "no-agent")
"""Options of one start, which nobody wants at every one."""
_DEFAULTS = {"host": DEFAULT_HOST, "port": DEFAULT_PORT}
"""Of options that the parser leaves open, as an invite card may say them."""
_YES, _NO = ("1", "yes", "true", "on"), ("0", "no", "false", "off")
COMMAND_LINE = "the command line"
LAST = "where you were last"
_UNSET: Any = object()
_SERVERS = "servers"


class Preference(Struct, frozen=True):
    """The value of an option, and who gave it."""

    value: object
    place: str


Preferences = dict[str, Preference]
"""By the name that the parser has for what an option sets."""


def default_path(environ: Mapping[str, str]) -> Path | None:
    """Where the file is, if there is one; None for a person without a home."""
    if environ.get("CHAT_CONFIG"):
        return Path(environ["CHAT_CONFIG"])
    import platformdirs

    try:
        folder = platformdirs.user_config_path("chatd", appauthor=False)
    except RuntimeError:
        return None
    return folder / "config.toml" if folder.is_absolute() else None


def gather(
    parser: Parser, argv: Sequence[str], environ: Mapping[str, str], line: Parser | None = None
) -> Preferences:
    """What holds for each option that was given by anybody; raises `Usage`, `StorageError`.

    `line` reads the command line, where that has more than there is to prefer.
    """
    words = list(argv)
    alias = words.pop(0)[len(ALIAS) :] if words and words[0].startswith(ALIAS) else None
    given = _parsed(line or parser, words, COMMAND_LINE)
    path = default_path(environ)
    content = _content(path, required="CHAT_CONFIG" in environ)
    where = shown(path) if path is not None else ""
    servers = content.pop(_SERVERS, {})
    found = _of_terminal(environ) | _keyed(parser, content, where)
    found |= _variables(parser, environ)
    if alias is not None:
        found |= _keyed(parser, _server(servers, alias, where), f"{where}, servers.{alias}")
    return found | given


def with_last(found: Preferences) -> Preferences:
    """The same with the server where the person was last, if nobody says one; raises
    `StorageError`.

    Who goes through Tor or a proxy is nobody who was there before.
    """
    if any(name in found for name in ("host", "port", "tor", "proxy", "card")):
        return found
    from chatd.store.folder import default_folder
    from chatd.store.last_server import recall

    last = recall(default_folder())
    if last is None:
        return found
    way = {"host": last.host, "port": last.port, "tls": last.tls, "ca": last.ca}
    return {name: Preference(value, LAST) for name, value in way.items()} | found


def chosen(parser: Parser, found: Preferences) -> argparse.Namespace:
    """All options of the parser, where nobody gave one with its default."""
    values: dict[str, object] = {}
    for action in _options(parser).values():
        values.setdefault(action.dest, action.default)
    return argparse.Namespace(**values | {name: each.value for name, each in found.items()})


def report(parser: Parser, found: Preferences) -> list[str]:
    """Every option that can be kept, what it is, and who says so; each under its first name."""
    names: dict[argparse.Action, str] = {}
    for key, action in _options(parser).items():
        names.setdefault(action, key)
    lines = []
    for action, key in names.items():
        default = _DEFAULTS.get(key, action.default)
        given = found.get(action.dest, Preference(default, "the default"))
        value = given.value
        if action.nargs == 0 and action.const is not True:  # one of several flags for one thing
            value = value == action.const
        if key not in _NOT_KEPT:
            lines.append(f"{key} = {safe_line(_written(value), 200)}  ({given.place})")
    return lines


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and "@" in value:
        return "(with a password, which is not shown)"
    if isinstance(value, dict):
        return repr(",".join(f"{what}={how}" for what, how in value.items()))
    return "not given" if value is None else repr(value)


def _of_terminal(environ: Mapping[str, str]) -> Preferences:
    """What a terminal that cannot move its cursor leaves open."""
    dumb = environ.get("TERM") == "dumb"
    return {"plain": Preference(True, "TERM=dumb")} if dumb else {}


# -- the file


def _content(path: Path | None, *, required: bool) -> dict[str, Any]:
    if path is None or not (required or os.path.lexists(path)):
        return {}
    import tomllib

    try:
        return tomllib.loads(read_settings(path).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        why = safe_line(str(error), 120)
        hint = 'write: host = "chat.example.org"'
        raise Usage(f"{shown(path)} is not TOML: {why}", hint) from None


def _server(servers: Any, alias: str, where: str) -> dict[str, Any]:
    if not isinstance(servers, dict) or not isinstance(servers.get(alias), dict):
        names = sorted(servers) if isinstance(servers, dict) else []
        known = ", ".join(f"{ALIAS}{safe_line(name, 40)}" for name in names[:8])
        hint = f"there is {known}" if known else f"write a section [{_SERVERS}.NAME] in {where}"
        raise Usage(f"there is no server called {safe_line(alias, 40)!a}", hint)
    found: dict[str, Any] = servers[alias]
    return found


def _keyed(parser: Parser, table: Mapping[str, Any], where: str) -> Preferences:
    found: Preferences = {}
    for key, value in table.items():
        action = _action(parser, key, where)
        if action.nargs == 0:
            found |= _switched(action, value, f"{where}: {key}", where)
        elif value is True and action.nargs == "?":
            found |= _parsed(parser, [f"--{key}"], where)
        elif isinstance(value, str | int) and not isinstance(value, bool):
            found |= _parsed(parser, [f"--{key}={value}"], where)
        else:
            raise Usage(f"{where}: {key} is not a text or a number", f'write: {key} = "…"')
    return found


def _switched(action: argparse.Action, value: object, what: str, place: str) -> Preferences:
    if not isinstance(value, bool):
        raise Usage(f"{what} is on or off", f"write: {what.rpartition(' ')[2]} = true")
    if not value and action.const is not True:
        return {}  # one of several flags for one thing, which says nothing while it is off
    return {action.dest: Preference(action.const if value else False, place)}


def _action(parser: Parser, key: str, where: str) -> argparse.Action:
    action = _options(parser).get(key)
    if action is None or key in _NOT_KEPT:
        from difflib import get_close_matches  # larger than all of ours

        near = get_close_matches(key.lower().replace("_", "-"), _options(parser), 1)
        hint = f"did you mean {near[0]}?" if near else "chat --help lists the options"
        raise Usage(f"{where}: there is no setting {safe_line(key, 40)!a}", hint)
    return action


# -- variables and the command line


def variables(parser: Parser) -> dict[str, str]:
    """The variable of each option that has one, and the option."""
    kept = [key for key in _options(parser) if key not in _NOT_KEPT]
    return {"CHAT_" + key.upper().replace("-", "_"): f"--{key}" for key in kept}


def _variables(parser: Parser, environ: Mapping[str, str]) -> Preferences:
    found: Preferences = {}
    for name, option in variables(parser).items():
        text = environ.get(name, "")
        if not text:
            continue
        key = option.removeprefix("--")
        action = _options(parser)[key]
        if action.nargs != 0:
            found |= _parsed(parser, [f"--{key}={text}"], name)
        elif text.lower() in (*_YES, *_NO):
            found |= _switched(action, text.lower() in _YES, name, name)
        else:
            raise Usage(f"{name} is yes or no, and not {safe_line(text, 40)!a}", f"{name}=yes")
    return found


def _parsed(parser: Parser, words: list[str], place: str) -> Preferences:
    """What these words of a command line say, and nothing else; raises `Usage`."""
    unset = argparse.Namespace(**{each.dest: _UNSET for each in _options(parser).values()})
    try:
        values = vars(parser.parse_args(words, unset))
    except Usage as error:
        where = "" if place == COMMAND_LINE else f"{place}: "
        raise Usage(f"{where}{error}", error.hint) from None
    return {name: Preference(value, place) for name, value in values.items() if value is not _UNSET}


def _options(parser: Parser) -> dict[str, argparse.Action]:
    """Every option by its long name, as it is written with hyphens."""
    return {
        name.removeprefix("--"): action
        for action in parser._actions
        for name in action.option_strings
        if name.startswith("--") and "_" not in name and action.default is not argparse.SUPPRESS
    }

"""What an operator is told of the settings: `chatd check` and `chatd config`."""

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chatd.errors import ChatdError
from chatd.safe_line import safe_line
from chatd.settings.setting import Problem, Setting
from chatd.settings.settings import Settings, read, survey
from chatd.settings.table import BY_OPTION, CONFIG, TABLE


def check(
    options: Mapping[str, str],
    environ: Mapping[str, str],
    further: Callable[[Settings], list[Problem]] = lambda settings: [],
) -> Iterator[str]:
    """What is wrong, a line for each; raises `ChatdError` behind the last, if anything is.

    `further` looks at settings of which each can be used by itself.
    """
    found, problems = survey(options, environ)
    problems = [*_unknown(environ), *(problems or further(found))]
    yield from map(str, problems)
    if problems:
        things = "one setting" if len(problems) == 1 else f"{len(problems)} settings"
        raise ChatdError(f"{things} cannot be used")
    said = sum(bool(found.place(setting)) for setting in TABLE)
    yield f"nothing is wrong; {said} of {len(TABLE)} settings are given"


def _unknown(environ: Mapping[str, str]) -> list[Problem]:
    """The variables that look like ours and are none, which a daemon passes over."""
    known = {setting.variable for setting in (*TABLE, CONFIG)}
    strange = sorted(name for name in environ if name.startswith("CHATD_") and name not in known)
    found = []
    for name in strange:
        option = name.removeprefix("CHATD_").lower()
        said = f"there is no setting {safe_line(option, 40)!r}{suggestion(option)}"
        found.append(Problem(safe_line(name, 60), said))
    return found


def in_force(options: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    """All settings as a file has them, each with the place where it was said; raises
    `StartupError`."""
    return listed(read(options, environ))


def listed(found: Settings) -> list[str]:
    """The same of settings that were read."""
    folder = f"# the data folder is {json.dumps(str(found.data_dir))}"
    return [folder, *(_line(found, setting) for setting in TABLE)]


def _line(found: Settings, setting: Setting[Any]) -> str:
    place = found.place(setting)
    if not place:
        return f"# {setting.option}: {found.text(setting) or 'none'}  (default)"
    prefix = "# for this start: " if setting.once else ""
    return f"{prefix}{setting.option} = {toml(setting, found.text(setting))}  # {place}"


def toml(setting: Setting[Any], text: str) -> str:
    """A value that was read, as it is written in a file."""
    if setting.is_switch:
        return "true" if setting.kind.read(text) else "false"
    if int in setting.kind.toml:
        return str(setting.kind.read(text))
    if setting.kind.joint:
        parts = (part.strip() for part in text.split(setting.kind.joint))
        return f"[{', '.join(_quoted(part) for part in parts if part)}]"
    return _quoted(text)


def _quoted(text: str) -> str:
    # JSON is TOML, but for characters beyond the first plane, and for those that do something to a
    # terminal.
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)


def suggestion(key: str) -> str:
    """What was probably meant by a key that is none, as the end of a sentence."""
    near = difflib.get_close_matches(key.lower().replace("_", "-"), BY_OPTION, 1, 0.6)
    return f": did you mean {near[0]}?" if near else ""

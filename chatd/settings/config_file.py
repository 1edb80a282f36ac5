"""The file of settings: TOML without sections, read statement by statement, so that whatever is
wrong is said with its line. Pure."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from chatd.safe_line import safe_line
from chatd.settings.report import suggestion
from chatd.settings.setting import Given, Problem, Setting
from chatd.settings.table import BY_OPTION

_EMPTY = re.compile(r"\s*(#.*)?")
_PART = re.compile(
    r"""
    "{3}(?:[^\\]|\\.){0,9999}?"{3,5} | '{3}.{0,9999}?'{3,5}  # texts, in which nothing counts
    | "(?:[^"\\\n]|\\[^\n])*"? | '[^'\n]*'? | \#[^\n]*
    | [\[\]] | (?P<next>\n[ \t]*[\w-]+[ \t]*=) | \n  # a list, and the next key, which is in none
    """,
    re.DOTALL | re.VERBOSE,
)


def read(where: str, data: bytes) -> tuple[dict[str, Given], list[Problem]]:
    """What a file says, by option, and what is wrong with it; `where` is the file in words."""
    given: dict[str, Given] = {}
    problems: list[Problem] = []
    try:
        text = "\n".join(data.decode().splitlines())
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        return {}, [Problem(f"{where} line {number}", "this is not text in UTF-8")]
    for number, statement in _statements(text):
        place = f"{where} line {number}"
        try:
            option, value = _meaning(statement)
            if option in given:
                raise ValueError(f"{option} was said before, at {given[option].place}")
            given[option] = Given(value, place, number)
        except ValueError as error:
            problems.append(Problem(place, str(error), number))
    return given, problems


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each `key = value`, as far as it reaches, with the number of its first line."""
    at, number = 0, 1
    while at < len(text):
        end = len(text) if (found := text.find("\n", at)) < 0 else found
        if not _EMPTY.fullmatch(text, at, end):
            end = end if text[at:end].lstrip().startswith("[") else _end(text, at)
            yield number, text[at:end]
        number += text.count("\n", at, end) + 1
        at = end + 1


def _end(text: str, at: int) -> int:
    """Behind the statement that begins here: at the end of its line, of the list or text that is
    open there, or before the next key, if that never ends."""
    depth = 0
    for part in _PART.finditer(text, at):
        depth += (part[0] == "[") - (part[0] == "]")
        if part["next"] or (part[0] == "\n" and depth <= 0):
            return part.start()
    return len(text)


def _meaning(statement: str) -> tuple[str, str]:
    """The option, and the text of its value; raises `ValueError` with what is wrong."""
    if statement.lstrip().startswith("["):
        raise ValueError("there are no sections: write each setting by itself, such as port = 1712")
    try:
        ((key, value),) = tomllib.loads(statement).items()
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # Where it is is said by us: the statement begins at line 1 for the reader.
        why = safe_line(str(error).partition(" (at ")[0].lower(), 80)
        raise ValueError(f"this is not TOML ({why}): write port = 1712 or host = '::1'") from None
    setting = BY_OPTION.get(key)
    if setting is None:
        raise ValueError(f"there is no setting {safe_line(key, 40)!r}{suggestion(key)}")
    if setting.once:
        raise ValueError(f"{key} is for one start: give --{key}")
    return key, _text(setting, value)


def _text(setting: Setting[Any], value: object) -> str:
    """The value as it is written in an option; raises `ValueError`."""
    kind = setting.kind
    if kind.joint and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return kind.joint.join(value)
    if type(value) not in kind.toml:
        quoted = " in quotes" if str in kind.toml else " without quotes"
        written = "true or false" if setting.is_switch else kind.allowed
        raise ValueError(f"{setting.option} must be {written},{quoted}")
    return str(value)

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

_CLOSERS = (('"""', '"""'), ("'''", "'''"), ("[", "]"))
"""What lets a statement go on over several lines, and what ends it."""
_EMPTY = re.compile(r"\s*(#.*)?")


def read(where: str, data: bytes) -> tuple[dict[str, Given], list[Problem]]:
    """What a file says, by option, and what is wrong with it; `where` is the file in words."""
    given: dict[str, Given] = {}
    problems: list[Problem] = []
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        return {}, [Problem(f"{where} line {number}", "this is not text in UTF-8")]
    for number, statement in _statements(lines):
        place = f"{where} line {number}"
        try:
            option, text = _meaning(statement)
            if option in given:
                raise ValueError(f"{option} was said before, at {given[option].place}")
            given[option] = Given(text, place, number)
        except ValueError as error:
            problems.append(Problem(place, str(error), number))
    return given, problems


def _statements(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Each `key = value`, as far as it reaches, with the number of its first line."""
    at = 0
    while at < len(lines):
        end = at + 1
        if not _EMPTY.fullmatch(lines[at]):
            end = _end(lines, at)
            yield at + 1, "\n".join(lines[at:end])
        at = end


def _end(lines: list[str], at: int) -> int:
    """Behind the last line of the statement that begins here; the next one, if it never ends."""
    first = lines[at]
    closers = [closer for opener, closer in _CLOSERS if opener in first]
    if closers and not first.lstrip().startswith("[") and not _is_whole(first):
        for last in range(at + 1, len(lines)):
            is_end = any(closer in lines[last] for closer in closers)
            if is_end and _is_whole("\n".join(lines[at : last + 1])):
                return last + 1
    return at + 1


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except (ValueError, RecursionError):
        return False
    return True


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

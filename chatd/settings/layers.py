"""Puts together what the file, the variables and the options say: the later one counts."""

from collections.abc import Callable, Mapping
from pathlib import Path

from chatd.files import read_settings, shown
from chatd.settings.setting import Given, Problem
from chatd.settings.table import CONFIG, LISTEN, TABLE

Reading = Callable[[Path], bytes]


def gather(
    options: Mapping[str, str], environ: Mapping[str, str], reading: Reading | None = None
) -> tuple[dict[str, Given], list[Problem]]:
    """What is given for each option, by whoever has the last word, and what is wrong with the file.

    An empty variable says nothing. Raises `StorageError` if there is a file and it cannot be read.
    """
    given: dict[str, Given] = {}
    problems: list[Problem] = []
    named = options.get(CONFIG.option) or environ.get(CONFIG.variable)
    if named:
        # Reading TOML is of no use to a daemon without a file.
        from chatd.settings import config_file

        path = Path(named).absolute()
        given, problems = config_file.read(shown(path), (reading or read_settings)(path))
    given |= _variables(environ)
    for setting in TABLE:
        if setting.option in options:
            given[setting.option] = Given(options[setting.option], f"--{setting.option}")
    return given, problems


def _variables(environ: Mapping[str, str]) -> dict[str, Given]:
    found: dict[str, Given] = {}
    for setting in TABLE:
        text = environ.get(setting.variable, "")
        if setting is LISTEN:
            text = "\n".join(text.split())
        if text:
            found[setting.option] = Given(text, setting.variable)
    return found

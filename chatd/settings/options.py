"""The settings as options of a command line, for `chatd` and for `twistd chatd` alike."""

import os
import textwrap
from typing import Any, ClassVar

from twisted.python import usage

from chatd import __version__
from chatd.settings.setting import Setting
from chatd.settings.settings import shown_default
from chatd.settings.table import CONFIG, GROUPS, TABLE

_COLUMN, _WIDTH = 26, 100


def _parameters() -> list[list[str | None]]:
    named = [each for each in (CONFIG, *TABLE) if not (each.is_switch or each.is_repeated)]
    return [
        [spelling, None, None, each.help]
        for each in named
        for spelling in (each.option, *each.synonyms)
    ]


def _switches() -> list[list[str | None]]:
    return [
        [prefix + each.option, None, each.help]
        for each in TABLE
        if each.is_switch
        for prefix in ("", "no-")
    ]


class Options(usage.Options):
    """What was given on the command line: `given` has texts, by the option of each setting."""

    synopsis = "[options]"
    optParameters: ClassVar = _parameters()
    optFlags: ClassVar = _switches()

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._listen: list[str] = []

    def opt_listen(self, endpoint: str) -> None:
        """A Twisted endpoint."""
        self._listen.append(endpoint)

    def opt_version(self) -> None:
        """Show the version of chatd and exit."""
        print(f"chatd {__version__}")
        raise SystemExit(0)

    def getSynopsis(self) -> str:
        """Is part of the usage."""
        return ""

    def getUsage(self, width: int | None = None) -> str:
        """All settings in groups, with what holds if nothing is said."""
        return f"Usage: twistd [options of twistd] chatd {self.synopsis}\n{listed()}\n"

    @property
    def given(self) -> dict[str, str]:
        """What was said, by option."""
        found = {"listen": "\n".join(self._listen)} if self._listen else {}
        for setting in (CONFIG, *TABLE):
            for spelling in (*setting.synonyms, setting.option):
                if not setting.is_switch and self.get(spelling) is not None:
                    found[setting.option] = self[spelling]
            if setting.is_switch and (self[setting.option] or self[f"no-{setting.option}"]):
                found[setting.option] = "off" if self[f"no-{setting.option}"] else "on"
        return found


def listed() -> str:
    """The help of all settings."""
    lines: list[str] = []
    for title, settings in GROUPS.items():
        lines += ["", f"{title}:", *(row(*described(each)) for each in settings)]
    lines.append(row(*described(CONFIG)))
    return os.linesep.join(lines)


def described(setting: Setting[Any]) -> tuple[str, str]:
    """A setting as an option, and what it does, with what holds if nothing is said."""
    spelt = f"  --[no-]{setting.option}" if setting.is_switch else f"  --{setting.option}="
    default = setting.usual or (shown_default(setting) if setting is not CONFIG else "none")
    return spelt, f"{setting.help} [default: {default or 'none'}]"


def row(spelt: str, text: str) -> str:
    """An entry of the help: in one row if it fits, its text in a column in any case."""
    rows = textwrap.wrap(text, _WIDTH - _COLUMN, break_long_words=False, break_on_hyphens=False)
    gap = "" if len(spelt) < _COLUMN else f"\n{'':<{_COLUMN}}"
    return f"{spelt:<{_COLUMN}}{gap}" + f"\n{'':<{_COLUMN}}".join(rows)

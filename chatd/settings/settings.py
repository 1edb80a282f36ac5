"""The settings of one daemon, read and checked."""

import socket
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.endpoints import quoteStringArgument

from chatd.errors import StartupError
from chatd.safe_line import safe_line
from chatd.settings import table
from chatd.settings.layers import Reading, gather
from chatd.settings.setting import SAID, Given, Problem, Setting

T = TypeVar("T")
EMPTY: Mapping[str, str] = {}


class Settings:
    """`settings[table.PORT]` is what holds for the port."""

    def __init__(
        self,
        values: Mapping[str, Any],
        given: Mapping[str, Given],
        options: Mapping[str, str] = EMPTY,
        environ: Mapping[str, str] = EMPTY,
    ) -> None:
        self.values = values
        self.given = given
        self.options, self.environ = options, environ
        """Where they come from, to be read anew."""

    def __getitem__(self, setting: Setting[T]) -> T:
        value: T = self.values.get(setting.option, setting.default)
        return value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and all(
            self[each] == other[each] for each in table.TABLE
        )

    __hash__ = None  # type: ignore[assignment]

    def place(self, setting: Setting[Any]) -> str:
        """Where a setting was said, '' if nowhere."""
        given = self.given.get(setting.option)
        return given.place if given else ""

    def text(self, setting: Setting[Any]) -> str:
        """What was said, or what holds if nothing was."""
        given = self.given.get(setting.option)
        if given:
            return given.text
        return setting.usual or shown_default(setting)

    def shown(self, setting: Setting[Any]) -> str:
        """What holds, in one line that is safe to print; what is long is cut."""
        text = safe_line(self.text(setting) or "none", 60)
        return f'"{text}"' if " " in text and self.place(setting) else text

    def with_these_of(self, other: "Settings", kept: Collection[Setting[Any]]) -> "Settings":
        """The same, but for these, which are as in the other."""
        options = {each.option for each in kept}

        def mixed(ours: Mapping[str, T], theirs: Mapping[str, T]) -> dict[str, T]:
            rest = {each: value for each, value in ours.items() if each not in options}
            return rest | {each: value for each, value in theirs.items() if each in options}

        return Settings(
            mixed(self.values, other.values),
            mixed(self.given, other.given),
            other.options,
            other.environ,
        )

    @property
    def data_dir(self) -> Path:
        """The folder with the key and the names."""
        return self[table.DATA_DIR] or default_folder(self.environ)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """What to listen on, as Twisted writes it."""
        if self[table.LISTEN]:
            return self[table.LISTEN]
        interface = quoteStringArgument(self[table.HOST] or everywhere())
        return (f"tcp:{self[table.PORT]}:interface={interface}",)

    @property
    def relays_here(self) -> bool:
        """Whether this process relays."""
        return self[table.RELAY] in ("small", "open")

    @property
    def relay_elsewhere(self) -> tuple[str, int, bool] | None:
        """Where another process relays for this one, and whether inside TLS."""
        where = self[table.RELAY]
        return None if isinstance(where, str) else where

    @property
    def only_relays(self) -> bool:
        """Whether this process is a relay and nothing else."""
        return self[table.ROLE] == "relay"


def shown_default(setting: Setting[Any]) -> str:
    """What holds if nobody says anything, as it is written."""
    if setting.is_switch:
        return "on" if setting.default else "off"
    default = setting.default
    return ",".join(default) if isinstance(default, tuple) else str(default)


def survey(
    options: Mapping[str, str], environ: Mapping[str, str], reading: Reading | None = None
) -> tuple[Settings, list[Problem]]:
    """The settings, and all that is wrong with them; raises `StorageError` for an unreadable file.

    They are of use only if nothing is wrong.
    """
    given, problems = gather(options, environ, reading)
    found, problems = judge(given, problems)
    return Settings(found.values, given, dict(options), dict(environ)), problems


def judge(given: Mapping[str, Given], problems: list[Problem]) -> tuple[Settings, list[Problem]]:
    """What these texts come to, and what is wrong with them, beside the `problems` before."""
    values: dict[str, Any] = {}
    for setting in table.TABLE:
        if setting.option in given:
            said = given[setting.option]
            try:
                values[setting.option] = setting.kind.read(said.text)
            except ValueError:
                problems.append(Problem(said.place, refusal(setting, said), said.line))
    found = Settings(values, given)
    problems.sort(key=lambda problem: problem.line)
    return found, [*problems, *_contradictions(found)]


def read(
    options: Mapping[str, str], environ: Mapping[str, str], reading: Reading | None = None
) -> Settings:
    """The settings; raises `StartupError` for what cannot be used, and `StorageError`."""
    found, problems = survey(options, environ, reading)
    if problems:
        more = f", and {len(problems) - 1} more" if problems[1:] else ""
        raise StartupError(f"{problems[0]}{more}", "chatd check says all" if more else "")
    return found


def refusal(setting: Setting[Any], said: Given) -> str:
    """What a value must be, and what it is instead."""
    called = setting.option if said.line or said.place == SAID else said.place
    return f"{called} must be {setting.kind.allowed}, not {safe_line(said.text, 60)!r}"


def _contradictions(settings: Settings) -> list[Problem]:
    """What cannot hold together."""
    found = []
    if settings[table.LISTEN] and (settings.place(table.HOST) or settings.place(table.PORT)):
        say = "--listen has the host and the port in it: leave --host and --port out"
        found.append(Problem(settings.place(table.LISTEN), say))
    if settings.only_relays and not settings.relays_here:
        say = "a process that only relays is a small or an open relay"
        found.append(Problem(settings.place(table.ROLE), say))
    return found


def everywhere() -> str:
    """`::`, which takes IPv4 as well, or `0.0.0.0` where there is no IPv6."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return "0.0.0.0"
    return "::"


def default_folder(environ: Mapping[str, str]) -> Path:
    """The data folder of a daemon that was given none."""
    # systemd lists the folders of a unit with colons; the first is ours.
    state = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if state:
        return Path(state).absolute()
    # Most daemons are told where their folder is, and need not wait for this.
    from platformdirs import user_data_path

    return user_data_path("chatd") / "server"

"""What an operator can set: `twistd chatd --port 1712` and `CHATD_PORT=1712 twistd -y chat.tac`
mean the same, from one table."""

import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from platformdirs import user_data_path
from twisted.internet.endpoints import quoteStringArgument

from chatd import limits
from chatd.errors import StartupError
from chatd.noise.suites import SUITES
from chatd.sources import Network
from chatd.text import safe_line
from chatd.wire.fields import is_relay_host


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting with a value; `synonyms` are other spellings of its option."""

    option: str
    help: str
    synonyms: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable that chat.tac reads it from."""
        return "CHATD_" + self.option.upper().replace("-", "_")


LISTEN = Setting("listen", "a Twisted endpoint to listen on, such as tcp:1712; can be repeated")
DEBUG = Setting("debug", "log more, still without anybody's address")
WITHOUT_NAMES = Setting(
    "without-names", "start though the names are gone, so that anybody can take any name"
)
NEW_KEY = Setting("new-key", "start though the server's key is gone, with a new one")
FLAGS = (DEBUG, WITHOUT_NAMES, NEW_KEY)
"""Those that are on or off."""
SETTINGS = (
    Setting("host", "the address of this machine to listen on, instead of all"),
    Setting("port", f"the port to listen on [default: {limits.SERVER_PORT}]"),
    Setting(
        "max-clients",
        f"how many people may be logged in at once [default: {limits.MAX_CLIENTS}]",
        ("max-clients-allowed", "max_clients_allowed"),
    ),
    Setting("data-dir", "the folder with the server's key and the names"),
    Setting(
        "relay",
        "who passes on the bytes of people who find no direct path: this server, as a small or an "
        "open relay; off for nobody; or the HOST:PORT of a relay with the same relay-seed file "
        "[default: small]",
    ),
    Setting(
        "relay-pairs",
        f"pairs relayed at once [default: {limits.RELAY_PAIRS}; open: {limits.RELAY_OPEN_PAIRS}]",
    ),
    Setting(
        "relay-rate",
        "bytes a second relayed in all "
        f"[default: {limits.RELAY_RATE}; open: {limits.RELAY_OPEN_RATE}]",
    ),
    Setting("names", f"names on this server in all [default: {limits.NAMES}]"),
    Setting("names-per-key", f"names that one key may hold [default: {limits.NAMES_PER_KEY}]"),
    Setting(
        "names-per-source",
        f"new names for one source in a day [default: {limits.NAMES_PER_SOURCE}]",
        ("names-per-address",),
    ),
    Setting(
        "names-kept-days",
        f"how long names stay unused [default: {limits.NAME_KEPT_SECONDS // 86400}]",
    ),
    Setting(
        "proxies",
        "the addresses or networks of load balancers, with commas, whose PROXY headers are "
        "believed on haproxy: endpoints [default: none]",
    ),
    Setting(
        "shared",
        "addresses or networks behind which there are many people, each with its weight and with "
        "commas: 127.0.0.1=50,10.0.0.0/8=20 [default: none]",
    ),
    Setting("role", "server, or relay for a process that only relays [default: server]"),
    Setting("suites", f"the cipher suites to allow, in order [default: {','.join(SUITES)}]"),
)
"""Those that take one value; `LISTEN` takes several."""

_SWITCH = {"1": True, "yes": True, "true": True, "on": True}
_SWITCH |= {"0": False, "no": False, "false": False, "off": False}


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Where the relay is, or None for nowhere; and if it is `here`, whether it is an open one, and
    the pairs and the bytes a second that it may pass on, None for what its kind may.

    `alone`: this process is a relay and nothing else.
    """

    here: bool
    at: tuple[str, int] | None
    alone: bool
    is_open: bool
    pairs: int | None
    rate: int | None


@dataclass(frozen=True, slots=True)
class NameSettings:
    """Names in all, for a key, new ones for a source in a day, and days until unused ones run
    out."""

    total: int
    per_key: int
    per_source: int
    kept_days: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one daemon, read and checked."""

    endpoints: tuple[str, ...]
    proxies: tuple[Network, ...]
    shared: tuple[tuple[Network, int], ...]
    max_clients: int
    data_dir: Path
    suites: tuple[str, ...]
    relay: RelaySettings
    names: NameSettings
    debug: bool
    without_names: bool
    new_key: bool


def read(
    listen: Sequence[str],
    values: Mapping[str, str],
    flags: Collection[str],
    environ: Mapping[str, str],
) -> Settings:
    """Check what was given, by the option of each setting, and fill in the rest.

    Raises `StartupError` for what cannot be used.
    """
    most = values.get("max-clients")
    folder = values.get("data-dir")
    return Settings(
        endpoints=_endpoints(listen, values.get("host"), values.get("port")),
        proxies=_networks("proxies", values.get("proxies", "")),
        shared=_shared(values.get("shared", "")),
        max_clients=_number("max-clients", most, limits.MOST_CLIENTS)
        if most is not None
        else limits.MAX_CLIENTS,
        data_dir=Path(folder).absolute() if folder else default_folder(environ),
        suites=_suites(values["suites"]) if "suites" in values else tuple(SUITES),
        relay=_relay(values),
        names=_names(values),
        debug=DEBUG.option in flags,
        without_names=WITHOUT_NAMES.option in flags,
        new_key=NEW_KEY.option in flags,
    )


def read_environment(environ: Mapping[str, str]) -> Settings:
    """The settings in `CHATD_...` variables; an empty one is none. Raises as `read`."""
    given = {setting.option: environ.get(setting.variable, "") for setting in SETTINGS}
    return read(
        environ.get(LISTEN.variable, "").split(),
        {option: value for option, value in given.items() if value},
        [flag.option for flag in FLAGS if _switch(flag, environ)],
        environ,
    )


def _endpoints(listen: Sequence[str], host: str | None, port: str | None) -> tuple[str, ...]:
    if listen and (host or port):
        raise StartupError("--listen has the host and the port in it: leave --host and --port out")
    if listen:
        return tuple(listen)
    number = limits.SERVER_PORT if port is None else _number("port", port, 65535, least=0)
    interface = quoteStringArgument(host or _everywhere())
    return (f"tcp:{number}:interface={interface}",)


def _shared(text: str) -> tuple[tuple[Network, int], ...]:
    """Networks with their weights."""
    found: list[tuple[Network, int]] = []
    for part in filter(None, text.split(",")):
        where, _, weight = part.partition("=")
        (network,) = _networks("shared", where) or (None,)
        if network is None:
            raise StartupError(f"shared must be NETWORK=WEIGHT, not {safe_line(part, 60)!r}")
        found.append((network, _number("the weight of shared", weight, limits.MOST_WEIGHT)))
    return tuple(found)


def _networks(option: str, text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())
    except ValueError:
        raise StartupError(
            f"{option} must be addresses or networks such as 192.0.2.1,2001:db8::/64, "
            f"not {safe_line(text, 60)!r}"
        ) from None


def _everywhere() -> str:
    """`::`, which takes IPv4 as well, or `0.0.0.0` where there is no IPv6."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return "0.0.0.0"
    return "::"


def _number(option: str, text: str, most: int, least: int = 1) -> int:
    # int() also takes signs, spaces, underscores and the digits of other scripts.
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
        raise StartupError(
            f"{option} must be a number from {least} to {most}, not {safe_line(text, 40)!r}"
        )
    return int(text)


def _names(values: Mapping[str, str]) -> NameSettings:
    def number(option: str, default: int) -> int:
        text = values.get(option)
        return default if text is None else _number(option, text, limits.MOST_NAMES)

    return NameSettings(
        number("names", limits.NAMES),
        number("names-per-key", limits.NAMES_PER_KEY),
        number("names-per-source", limits.NAMES_PER_SOURCE),
        number("names-kept-days", limits.NAME_KEPT_SECONDS // 86400),
    )


def _relay(values: Mapping[str, str]) -> RelaySettings:
    where, role = values.get("relay", "small"), values.get("role", "server")
    here = where in ("small", "open")
    if role not in ("server", "relay"):
        raise StartupError(f"role must be server or relay, not {safe_line(role, 40)!r}")
    if role == "relay" and not here:
        raise StartupError("a process that only relays is a small or an open relay")
    pairs, rate = values.get("relay-pairs"), values.get("relay-rate")
    return RelaySettings(
        here=here,
        at=None if here or where == "off" else _relay_at(where),
        alone=role == "relay",
        is_open=where == "open",
        pairs=_number("relay-pairs", pairs, limits.MOST_RELAY_PAIRS) if pairs else None,
        rate=_number("relay-rate", rate, limits.MOST_RELAY_RATE, least=1024) if rate else None,
    )


def _relay_at(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not is_relay_host(bare) or (":" in bare and bare == host):
        raise StartupError(
            f"relay must be small, open, off or HOST:PORT, not {safe_line(text, 60)!r}"
        )
    return bare, _number("the port of the relay", port, 65535)


def _suites(text: str) -> tuple[str, ...]:
    labels = tuple(text.split(","))
    if len(set(labels)) < len(labels) or not set(labels) <= set(SUITES):
        known = " and ".join(SUITES)
        raise StartupError(
            f"suites must be some of {known}, with commas, not {safe_line(text, 40)!r}"
        )
    return labels


def _switch(flag: Setting, environ: Mapping[str, str]) -> bool:
    text = environ.get(flag.variable) or "0"
    try:
        return _SWITCH[text.lower()]
    except KeyError:
        raise StartupError(f"{flag.variable} must be 1 or 0, not {safe_line(text, 40)!r}") from None


def default_folder(environ: Mapping[str, str]) -> Path:
    """The data folder of a daemon that was given none."""
    # systemd lists the folders of a unit with colons; the first is ours.
    state = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(state).absolute() if state else user_data_path("chatd") / "server"

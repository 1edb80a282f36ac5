"""All that an operator can set: `chatd --port 1712`, `CHATD_PORT=1712` and `port = 1712` in the
file mean the same.

A new setting is one more entry here, with its line in deploy/chatd.toml and in
docs/operating.md; `Settings[...]` gives its value.
"""

from itertools import chain
from pathlib import Path
from typing import Any

from chatd import limits
from chatd.noise.suites import SUITES
from chatd.settings import kinds
from chatd.settings.setting import Setting

LISTEN: Setting[tuple[str, ...]] = Setting(
    "listen",
    kinds.ENDPOINTS,
    (),
    "a Twisted endpoint to listen on, such as tcp:1712; can be repeated",
    usual="tcp on --host and --port",
)
HOST = Setting(
    "host", kinds.HOST, "", "the address of this machine to listen on", usual="all addresses"
)
PORT = Setting("port", kinds.number(0, 65535), limits.SERVER_PORT, "the port to listen on")
PROXIES = Setting(
    "proxies",
    kinds.NETWORKS,
    (),
    "the addresses or networks of load balancers, with commas, whose PROXY headers are believed on "
    "haproxy: endpoints",
)
SUITE_LIST = Setting(
    "suites", kinds.SUITE_LIST, tuple(SUITES), "the cipher suites to allow, in order", live=True
)
MAX_CLIENTS = Setting(
    "max-clients",
    kinds.number(1, limits.MOST_CLIENTS),
    limits.MAX_CLIENTS,
    "how many people may be logged in at once",
    ("max-clients-allowed", "max_clients_allowed"),
    live=True,
)
SHARED: Setting[kinds.Weighted] = Setting(
    "shared",
    kinds.WEIGHTED,
    (),
    "addresses or networks behind which there are many people, each with its weight and with "
    "commas: 127.0.0.1=50,10.0.0.0/8=20",
    live=True,
)
PRIVATE = Setting(
    "private",
    kinds.SWITCH,
    False,
    "let in only keys that are on the list of `chatctl allow`, or among --allowed",
    live=True,
)
ALLOWED: Setting[tuple[str, ...]] = Setting(
    "allowed",
    kinds.KEYS,
    (),
    "keys (SHA256:...) that a private server lets in, beside its list",
    live=True,
)
BANNED: Setting[tuple[str, ...]] = Setting(
    "banned",
    kinds.BANS,
    (),
    "names, keys (SHA256:...), addresses and networks to keep away, beside those of `chatctl ban`",
    live=True,
)
MOTD = Setting(
    "motd",
    kinds.text(limits.NOTICE),
    "",
    "what people are to read after their login",
    live=True,
    usual="nothing",
)
NAMES = Setting(
    "names",
    kinds.number(1, limits.MOST_NAMES),
    limits.NAMES,
    "names on this server in all",
    live=True,
)
NAMES_PER_KEY = Setting(
    "names-per-key",
    kinds.number(1, limits.MOST_NAMES),
    limits.NAMES_PER_KEY,
    "names that one key may hold",
    live=True,
)
NAMES_PER_SOURCE = Setting(
    "names-per-source",
    kinds.number(1, limits.MOST_NAMES),
    limits.NAMES_PER_SOURCE,
    "new names for one source in a day",
    ("names-per-address",),
    live=True,
)
NAMES_KEPT_DAYS = Setting(
    "names-kept-days",
    kinds.number(1, limits.MOST_NAMES),
    limits.NAME_KEPT_SECONDS // 86400,
    "how long names stay unused",
    live=True,
)
RELAY: Setting[str | tuple[str, int, bool]] = Setting(
    "relay",
    kinds.RELAY,
    "small",
    "who passes on the bytes of people who find no direct path: this server, as a small or an open "
    "relay; off for nobody; or the [tls:]HOST:PORT of a relay with the same relay-seed file",
)
ROLE = Setting(
    "role",
    kinds.choice("server", "relay"),
    "server",
    "server, or relay for a process that only relays",
)
RELAY_PAIRS: Setting[int | None] = Setting(
    "relay-pairs",
    kinds.number(1, limits.MOST_RELAY_PAIRS),
    None,
    "pairs relayed at once",
    usual=f"{limits.RELAY_PAIRS}; open: {limits.RELAY_OPEN_PAIRS}",
    live=True,
)
RELAY_RATE: Setting[int | None] = Setting(
    "relay-rate",
    kinds.number(1024, limits.MOST_RELAY_RATE),
    None,
    "bytes a second relayed in all",
    usual=f"{limits.RELAY_RATE}; open: {limits.RELAY_OPEN_RATE}",
    live=True,
)
RELAY_PAIR_RATE: Setting[int | None] = Setting(
    "relay-pair-rate",
    kinds.number(1024, limits.MOST_RELAY_RATE),
    None,
    "bytes a second relayed for one pair",
    usual=f"{limits.RELAY_PAIR_RATE}; open: {limits.RELAY_OPEN_PAIR_RATE}",
    live=True,
)
DATA_DIR: Setting[Path | None] = Setting(
    "data-dir",
    kinds.PATH,
    None,
    "the folder with the server's key and the names",
    usual="$STATE_DIRECTORY, or chatd/server in your home",
)
DEBUG = Setting(
    "debug", kinds.SWITCH, False, "log more, still without anybody's address", live=True
)
LOG_FORMAT = Setting(
    "log-format",
    kinds.choice("text", "json"),
    "text",
    "how a line of the log is written: text, or json for programs",
)
LOG_ADDRESSES = Setting(
    "log-addresses",
    kinds.SWITCH,
    False,
    "log addresses as they are, in place of names that change each day",
    live=True,
)
METRICS = Setting(
    "metrics",
    kinds.WATCHED,
    "",
    "a Twisted endpoint, or the port of one on loopback, for /metrics, /healthz and /readyz",
)
WITHOUT_NAMES = Setting(
    "without-names",
    kinds.SWITCH,
    False,
    "start though the names are gone, so that anybody can take any name",
    once=True,
)
NEW_KEY = Setting(
    "new-key",
    kinds.SWITCH,
    False,
    "start though the server's key is gone, with a new one",
    once=True,
)
GROUPS: dict[str, tuple[Setting[Any], ...]] = {
    "Where it listens": (LISTEN, HOST, PORT, PROXIES, SUITE_LIST),
    "Who may come": (MAX_CLIENTS, SHARED, PRIVATE, ALLOWED, BANNED, MOTD),
    "Names": (NAMES, NAMES_PER_KEY, NAMES_PER_SOURCE, NAMES_KEPT_DAYS),
    "The relay": (RELAY, ROLE, RELAY_PAIRS, RELAY_RATE, RELAY_PAIR_RATE),
    "Files and logs": (DATA_DIR, DEBUG, LOG_FORMAT, LOG_ADDRESSES, METRICS, WITHOUT_NAMES, NEW_KEY),
}
"""All of them under the headings of the help, in their order."""
TABLE = tuple(chain(*GROUPS.values()))
BY_OPTION = {setting.option: setting for setting in TABLE}
CONFIG = Setting("config", kinds.PATH, Path(), "a file with any of these settings, in TOML")
"""Not one of them: it says where they are."""

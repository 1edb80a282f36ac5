"""The kinds of values that settings have, each read from text by one function."""

from ipaddress import ip_network
from pathlib import Path

from chatd import limits
from chatd.noise.suites import SUITES
from chatd.rendezvous.bans import is_fingerprint, standard
from chatd.settings.setting import Kind
from chatd.sources import Network
from chatd.wire.fields import is_relay_host

LONGEST_NUMBER = 20
Weighted = tuple[tuple[Network, int], ...]
_TLS = "tls:"
_SWITCH = {"1": True, "yes": True, "true": True, "on": True}
_SWITCH |= {"0": False, "no": False, "false": False, "off": False}


def number(least: int, most: int) -> Kind[int]:
    """A whole number between two others, inclusive."""

    def read(text: str) -> int:
        return read_number(text, least, most)

    return Kind(f"a number from {least} to {most}", read, (int,))


def read_number(text: str, least: int, most: int) -> int:
    """A number in plain digits; raises `ValueError`."""
    # int() also takes signs, spaces, underscores and the digits of other scripts.
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise ValueError
    if not least <= int(text) <= most:
        raise ValueError
    return int(text)


def choice(*words: str) -> Kind[str]:
    """One of a few words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return Kind(" or ".join((", ".join(words[:-1]), words[-1])), read)


def text(most: int) -> Kind[str]:
    """Any text of so many characters."""

    def read(text: str) -> str:
        text.encode("utf-8")  # not of bytes that a command line could not read
        if len(text.strip("\n")) > most:
            raise ValueError
        return text.strip("\n")

    return Kind(f"text of at most {most} characters", read)


def _switch(text: str) -> bool:
    try:
        return _SWITCH[text.lower()]
    except KeyError:
        raise ValueError from None


def _path(text: str) -> Path:
    return Path(text).absolute()


def _relay(text: str) -> str | tuple[str, int, bool]:
    if text in ("small", "open", "off"):
        return text
    host, _, port = text.removeprefix(_TLS).rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not is_relay_host(bare) or (":" in bare and bare == host):
        raise ValueError
    return bare, read_number(port, 1, 65535), text.startswith(_TLS)


def _parts(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > limits.CONFIGURED:
        raise ValueError
    return parts


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part) for part in _parts(text))


def _weighted(text: str) -> Weighted:
    found: list[tuple[Network, int]] = []
    for part in _parts(text):
        where, _, weight = part.partition("=")
        found.append((ip_network(where), read_number(weight, 1, limits.MOST_WEIGHT)))
    return tuple(found)


def _suites(text: str) -> tuple[str, ...]:
    labels = tuple(text.split(","))
    if len(set(labels)) < len(labels) or not set(labels) <= set(SUITES):
        raise ValueError
    return labels


def _endpoints(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("\n") if part)


def _watched(text: str) -> str:
    if not text:
        return ""
    endpoint = f"tcp:{read_number(text, 0, 65535)}" if text.isdigit() else text
    kind = endpoint.removeprefix("tls:").partition(":")[0]
    if kind == "tcp" and ":interface=" not in endpoint:
        endpoint += ":interface=127.0.0.1"
    return endpoint


def _bans(text: str) -> tuple[str, ...]:
    return tuple(map(standard, _parts(text)))


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(_parts(text))
    if not all(map(is_fingerprint, keys)):
        raise ValueError
    return keys


def _any(text: str) -> str:
    return text


SWITCH = Kind("on or off", _switch, (bool,))
PATH = Kind("a path", _path)
ENDPOINTS = Kind("Twisted endpoints, such as tcp:1712", _endpoints, (str,), "\n")
WATCHED = Kind("a Twisted endpoint or a port", _watched)
HOST = Kind("an address of this machine", _any)
NETWORKS = Kind("addresses or networks such as 192.0.2.1,2001:db8::/64", _networks, (str,), ",")
WEIGHTED = Kind(
    "addresses or networks with weights such as 127.0.0.1=50,10.0.0.0/8=20", _weighted, (str,), ","
)
SUITE_LIST = Kind(f"some of {' and '.join(SUITES)}, with commas", _suites, (str,), ",")
_SO_MANY = f"at most {limits.CONFIGURED}"
BANS = Kind(f"{_SO_MANY} names, keys (SHA256:...), addresses or networks", _bans, (str,), ",")
KEYS = Kind(f"{_SO_MANY} keys as fingerprints (SHA256:...)", _keys, (str,), ",")
RELAY = Kind("small, open, off or [tls:]HOST:PORT", _relay)

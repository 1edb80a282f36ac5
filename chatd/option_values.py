"""The values of options: how each is read from a word of a command line, or a line of a file."""

import argparse

from chatd import limits
from chatd.errors import Usage
from chatd.safe_line import safe_line

DEFAULT_HOST = "localhost"
DEFAULT_PORT = 1712
SHOWN = ("info", "good", "warning", "error", "quiet", "them", "us", "prompt", "status")
"""What has a colour of its own in a terminal."""
ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse")
_BASE = ("red", "green", "yellow", "blue", "magenta", "cyan")
COLOURS = ("black", "white", "gray", "brightblack", *_BASE, *(f"bright{each}" for each in _BASE))
_HOST = set("abcdefghijklmnopqrstuvwxyz0123456789.-_")


def colours(text: str) -> dict[str, str]:
    """The colours of `WHAT=COLOUR,…`, by what has them; raises `argparse.ArgumentTypeError`."""
    found = {}
    for part in text.split(","):
        what, is_one, how = (each.strip() for each in part.partition("="))
        if not is_one or what not in SHOWN:
            raise argparse.ArgumentTypeError(f"a colour is one of {', '.join(SHOWN)}, as in us=red")
        if wrong := [word for word in how.split() if not _is_colour(word)]:
            known = ", ".join((*COLOURS, *ATTRIBUTES))
            raise argparse.ArgumentTypeError(
                f"{wrong[0]!a} is no colour; there are #rrggbb, {known}"
            )
        found[what] = how
    return found


def _is_colour(word: str) -> bool:
    is_code = len(word) == 7 and word[0] == "#" and set(word[1:].lower()) <= set("0123456789abcdef")
    return is_code or word in COLOURS or word in ATTRIBUTES


def host_name(text: str) -> str:
    """A host name, or an IP address without brackets; raises `argparse.ArgumentTypeError`."""
    host = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if ":" in host:
        return _ipv6(host)
    if not 1 <= len(host) <= 253 or not host.isascii() or not set(host.lower()) <= _HOST:
        raise argparse.ArgumentTypeError("a host is a name such as chat.example.org or an address")
    return host


def _ipv6(host: str) -> str:
    """In its one spelling, with the zone that it may have."""
    import ipaddress

    try:
        return str(ipaddress.IPv6Address(host))
    except ValueError:
        raise argparse.ArgumentTypeError("a host has no colon; the port goes to --port") from None


def port_number(text: str) -> int:
    """A port; raises `argparse.ArgumentTypeError`."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def timeout(text: str) -> float:
    """A time that a person waits at most; raises `argparse.ArgumentTypeError`, `ValueError`."""
    found = float(text)
    if not 0 < found <= limits.TIMEOUT_SECONDS:
        raise argparse.ArgumentTypeError("a time is some seconds, at most those of a year")
    return found


def name(text: str) -> str:
    """The name of somebody, in lower case; raises `argparse.ArgumentTypeError`."""
    from chatd.wire.fields import is_name

    if not is_name(text.lower()):
        raise argparse.ArgumentTypeError(f"{safe_line(text, 40)!r} is not a name")
    return text.lower()


def forwarded(text: str) -> tuple[str, int]:
    """An IP address, '' for none, and a port; raises `argparse.ArgumentTypeError`."""
    host, colon, port = text.rpartition(":")
    if colon:
        import ipaddress

        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        try:
            host = str(ipaddress.ip_address(bare))
        except ValueError:
            raise argparse.ArgumentTypeError("an IP address stands before the port") from None
        if "%" in host:
            raise argparse.ArgumentTypeError("an address with a zone means nothing to others")
    return host, port_number(port)


def server_name(host: str, port: int) -> str:
    """The server as its entry is kept: host:port."""
    return f"[{host}]:{port}" if ":" in host else f"{host.lower()}:{port}"


def server_entry(text: str) -> str:
    """The server of `HOST[:PORT]` as its entry is kept; raises `Usage`."""
    host, colon, port = text.rpartition(":")
    has_port = bool(colon) and (":" not in host or host.startswith("["))
    try:
        if has_port:
            return server_name(host_name(host), port_number(port))
        return server_name(host_name(text), DEFAULT_PORT)
    except argparse.ArgumentTypeError as error:
        raise Usage(str(error)) from None

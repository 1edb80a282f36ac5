"""Where a proxy is and how it is spoken to, as the command line says it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from chatd import limits
from chatd.errors import Usage

SOCKS, HTTP = "socks5://", "http://"
FORMS = f"{SOCKS}HOST:PORT or {HTTP}[NAME[:PASSWORD]@]HOST:PORT"


@dataclass(frozen=True)
class Proxy:
    """Where the proxy is, and what it speaks: SOCKS5, or HTTP.

    `name` is who we are there, '' for anybody; `password` is None until somebody is asked for it.
    """

    host: str
    port: int
    speaks_http: bool = False
    name: str = ""
    password: str | None = field(default=None, repr=False)


def read(text: str, host: Callable[[str], str], port: Callable[[str], int]) -> Proxy:
    """The proxy in one of `FORMS`; `host` and `port` check their parts. Raises `Usage`."""
    scheme, slashes, rest = text.partition("://")
    user, at, where = rest.removesuffix("/").rpartition("@")
    place, colon, number = where.rpartition(":")
    if scheme + slashes == "https://":
        raise Usage("a proxy is not reached through TLS", "leave out the s: http://HOST:PORT")
    if scheme + slashes not in (SOCKS, HTTP) or not colon:
        raise Usage(f"a proxy is written {FORMS}", "for Tor: socks5://127.0.0.1:9050")
    if not at:
        return Proxy(host(place), port(number), scheme + slashes == HTTP)
    if scheme + slashes == SOCKS:
        raise Usage("a SOCKS5 proxy is told no name", "leave out what stands before the @")
    name, colon, password = user.partition(":")
    known = checked(unquote(password)) if colon else None
    return Proxy(host(place), port(number), True, _checked_name(unquote(name)), known)


def _checked_name(name: str) -> str:
    if not name or ":" in name:
        raise Usage("a proxy is told a name without a colon", f"--proxy {HTTP}NAME@HOST:PORT")
    return checked(name)


def checked(word: str) -> str:
    """A name or a password as it can be told to a proxy; raises `Usage`."""
    try:
        length = len(word.encode())
    except UnicodeEncodeError:
        length = -1
    if not word.isprintable() or not 0 <= length <= limits.PROXY_PASSWORD:
        most = f"up to {limits.PROXY_PASSWORD} bytes of text"
        raise Usage(f"a proxy is told a name and a password of {most}", "%40 stands for @")
    return word

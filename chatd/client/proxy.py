"""A SOCKS5 proxy (RFC 1928) in front of everything that the client dials.

Names are looked up by the proxy. txtorcon, which knows the protocol, is imported only here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IStreamClientEndpoint

from chatd.errors import StartupError, Usage

SCHEME = "socks5://"
PROXY_SECONDS = 60

Dial = Callable[[str, int], IStreamClientEndpoint]


@dataclass(frozen=True)
class Proxy:
    """Where the proxy is."""

    host: str
    port: int


def read(text: str, host: Callable[[str], str], port: Callable[[str], int]) -> Proxy:
    """The proxy in `socks5://HOST:PORT`; `host` and `port` check their parts. Raises `Usage`."""
    where, colon, number = text.removeprefix(SCHEME).rstrip("/").rpartition(":")
    if not text.startswith(SCHEME) or not colon or "@" in where:
        raise Usage("a proxy is written socks5://HOST:PORT", "for Tor: socks5://127.0.0.1:9050")
    return Proxy(host(where), port(number))


def dialling(reactor: Any, proxy: Proxy) -> Dial:
    """How to reach a host through the proxy; raises `StartupError` if txtorcon is missing."""
    try:
        from txtorcon.socks import TorSocksEndpoint
    except ImportError:
        raise StartupError(
            "a proxy needs the package txtorcon", "install it: pip install 'chatd[proxy]'"
        ) from None

    def dial(host: str, port: int) -> IStreamClientEndpoint:
        to_proxy = HostnameEndpoint(reactor, proxy.host, proxy.port, PROXY_SECONDS)
        endpoint: IStreamClientEndpoint = TorSocksEndpoint(to_proxy, host, port)
        return endpoint

    return dial

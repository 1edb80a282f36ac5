"""A SOCKS5 proxy (RFC 1928) in front of everything that the client dials.

Names are looked up by the proxy. txtorcon, which knows the protocol, is imported only when there is
one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

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
    require_txtorcon("a proxy", "proxy")
    to_proxy = HostnameEndpoint(reactor, proxy.host, proxy.port, PROXY_SECONDS)
    return lambda host, port: Through(to_proxy, host, port)


def require_txtorcon(what: str, extra: str) -> None:
    """Raise `StartupError` if it is missing."""
    try:
        import txtorcon  # noqa: F401
    except ImportError:
        raise StartupError(
            f"{what} needs the package txtorcon", f"install it: pip install 'chatd[{extra}]'"
        ) from None


@implementer(IStreamClientEndpoint)
class Through:
    """A host behind a SOCKS proxy; who gives up connecting hangs up at the proxy as well."""

    def __init__(self, proxy: IStreamClientEndpoint, host: str, port: int) -> None:
        self._proxy = proxy
        self._host = host
        self._port = port

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect to the host; fails if the proxy, or what is behind it, cannot be reached."""
        from txtorcon.socks import TorSocksEndpoint

        proxy = _Kept(self._proxy)
        inner = TorSocksEndpoint(proxy, self._host, self._port).connect(protocolFactory)

        def give_up(_: Deferred[IProtocol]) -> None:
            inner.cancel()
            proxy.hang_up()

        connecting: Deferred[IProtocol] = Deferred(give_up)

        def connected(protocol: IProtocol) -> None:
            if not connecting.called:
                connecting.callback(protocol)

        def failed(failure: Failure) -> None:
            if not connecting.called:
                connecting.errback(failure)

        inner.addCallbacks(connected, failed)
        return connecting


@implementer(IStreamClientEndpoint)
class _Kept:
    """An endpoint that remembers its connection."""

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        self._endpoint = endpoint
        self._protocol: Any = None

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        connecting = self._endpoint.connect(protocolFactory)
        connecting.addCallback(self._keep)
        return connecting

    def hang_up(self) -> None:
        """End the connection, if there is one."""
        if self._protocol is not None:
            self._protocol.transport.abortConnection()

    def _keep(self, protocol: IProtocol) -> IProtocol:
        self._protocol = protocol
        return protocol

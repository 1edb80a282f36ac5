"""Connections through a load balancer of the operator's: who comes is whom its header names, and it
is believed only where the operator has named it."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IListeningPort, IStreamServerEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import directlyProvides, implementer, providedBy

from chatd import limits
from chatd.addresses import Candidate, parse
from chatd.rendezvous.proxy_header import BadHeader, read

Networks = Sequence[IPv4Network | IPv6Network]
Refused = Callable[[str, str], None]
"""Told why a connection was closed, and from which address it came."""


class Origin:
    """A transport whose other end is somebody else than the one who has connected."""

    def __init__(self, transport: Any, source: Candidate) -> None:
        directlyProvides(self, providedBy(transport))
        self._transport = transport
        self._address = address_of(source)

    def getPeer(self) -> Any:
        """Who it is."""
        return self._address

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def address_of(source: Candidate) -> IPv4Address | IPv6Address:
    """An address as transports have it."""
    kind = IPv6Address if ":" in source[0] else IPv4Address
    return kind("TCP", *source)


class ProxiedLink(Protocol):
    """Waits for the header, and only then makes the protocol of whoever comes."""

    def __init__(self, factory: "ProxiedFactory") -> None:
        self._factory = factory
        self._data = b""
        self._inside: Any = None
        self._timer: Any = None

    def logPrefix(self) -> str:
        """As that of a link: without an address."""
        return "chatd link"

    def connectionMade(self) -> None:
        """The header has as long as a handshake."""
        self._factory.waiting += 1
        self._timer = self._factory.clock.callLater(limits.HANDSHAKE_SECONDS, self._give_up)

    def dataReceived(self, data: bytes) -> None:
        """The header, then everything else."""
        if self._inside is not None:
            self._inside.dataReceived(data)
            return
        self._data += data
        try:
            header = read(self._data)
        except BadHeader:
            self._give_up()
            return
        if header is not None:
            self._go_on(header.source, header.rest)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The end of whichever."""
        self._stop_waiting()
        if self._inside is not None:
            self._inside.connectionLost(reason)

    def _go_on(self, source: Candidate | None, rest: bytes) -> None:
        self._stop_waiting()
        self._data = b""
        transport: Any = self.transport
        if source is not None:
            transport = Origin(transport, source)
        self._inside = self._factory.inside.buildProtocol(transport.getPeer())
        if self._inside is None:
            transport.abortConnection()
            return
        self._inside.makeConnection(transport)
        if rest:
            self._inside.dataReceived(rest)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._factory.waiting -= 1
            if self._timer.active():
                self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        transport: Any = self.transport
        self._factory.refused("no-header", transport.getPeer().host)
        transport.abortConnection()


class ProxiedFactory(Factory):
    """Lets in whoever comes through one of the operator's load balancers, and nobody else."""

    noisy = False

    def __init__(self, inside: Factory, proxies: Networks, clock: Any, refused: Refused) -> None:
        self.refused = refused
        self.inside = inside
        self.clock = clock
        self.waiting = 0
        self._proxies = proxies

    def buildProtocol(self, addr: Any) -> Protocol | None:
        """None closes the connection, without a word."""
        if not self._is_proxy(addr.host):
            self.refused("no-proxy", addr.host)
            return None
        if self.waiting >= limits.PROXY_HEADERS:
            self.refused("full", addr.host)
            return None
        return ProxiedLink(self)

    def _is_proxy(self, host: str) -> bool:
        address = parse(host.partition("%")[0])
        return any(address in network for network in self._proxies)


@implementer(IStreamServerEndpoint)
class ProxiedEndpoint:
    """Another endpoint, behind load balancers."""

    def __init__(
        self, endpoint: IStreamServerEndpoint, proxies: Networks, clock: Any, refused: Refused
    ) -> None:
        self._refused = refused
        self._endpoint = endpoint
        self._proxies = proxies
        self._clock = clock

    def listen(self, protocolFactory: Any) -> Deferred[IListeningPort]:
        """As the other one."""
        factory = ProxiedFactory(protocolFactory, self._proxies, self._clock, self._refused)
        listening: Deferred[IListeningPort] = self._endpoint.listen(factory)
        return listening

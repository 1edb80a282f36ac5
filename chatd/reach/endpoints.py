"""How the server is reached: plainly, or through TLS with its host name verified."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd.addresses import kind_if_any, parse
from chatd.keepalive import KeptAlive
from chatd.peer.local_port import shared
from chatd.reach.filtered_resolver import limited
from chatd.reach.lookup import Lookup
from chatd.reach.nat64 import Nat64
from chatd.reach.other_family import FamilyEndpoint

CONNECT_SECONDS = 10

Dial = Callable[[str, int], IStreamClientEndpoint]
"""How a host and a port are dialled through a proxy."""

ServerEndpoint = Callable[[int], IStreamClientEndpoint]
"""Gives the endpoint of the server for the local port from which it is dialled (0: any)."""


@implementer(IStreamClientEndpoint)
class Named:
    """An endpoint that says why it does not find its host."""

    def __init__(self, reactor: Any, endpoint: IStreamClientEndpoint, host: str) -> None:
        self._lookup = reactor.nameResolver
        self._endpoint = endpoint
        self._host = host

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; fails also with `UnknownHost` and `NotLookedUp`."""
        return self._endpoint.connect(protocolFactory).addErrback(self._failed)

    def _failed(self, failure: Failure) -> Failure:
        if failure.check(DNSLookupError) and isinstance(self._lookup, Lookup):
            return Failure(self._lookup.why_nothing(self._host))
        return failure


InTls = Callable[[Any, IStreamClientEndpoint, str], IStreamClientEndpoint]
"""Puts TLS on an endpoint, by a reactor and the host for which the certificate must be."""


def in_tls(ca: str | None) -> InTls:
    """TLS that trusts the authorities in the PEM file `ca`, or the system's.

    Raises `StartupError` if that file cannot be used.
    """
    trust = None
    if ca:
        from chatd.reach.tls import authorities

        trust = authorities(ca)

    def around(reactor: Any, endpoint: IStreamClientEndpoint, host: str) -> IStreamClientEndpoint:
        # Imported here, as pyOpenSSL takes a noticeable part of the start-up.
        from chatd.reach.tls import VerifiedEndpoint

        return VerifiedEndpoint(reactor, endpoint, host, trust)

    return around


def family_endpoint(
    reactor: Any, host: str, port: int, tls: InTls | None, nat64: Nat64
) -> FamilyEndpoint | None:
    """How to reach a server in one family of addresses; None if it has no name, but an address."""
    if kind_if_any(host.partition("%")[0]) is not None:
        return None

    def only(family: int) -> ServerEndpoint:
        reach = limited(reactor, lambda address: parse(nat64.plain(address)).version == family)
        return server_endpoint(reach, host, port, tls)

    endpoints = {4: only(4), 6: only(6)}
    return lambda family, local_port: endpoints[family](local_port)


def server_endpoint(
    reactor: Any, host: str, port: int, tls: InTls | None = None, dial: Dial | None = None
) -> ServerEndpoint:
    """How to reach a server, plainly or through TLS; `dial` goes through a proxy."""

    def plain(local_port: int) -> IStreamClientEndpoint:
        if dial is not None:
            return dial(host, port)
        # Or nobody could reach a client any more whose link has died without a word.
        endpoint = HostnameEndpoint(reactor, host, port, CONNECT_SECONDS, shared(local_port))
        return KeptAlive(Named(reactor, endpoint, host))

    if tls is None:
        return plain
    return lambda local_port: tls(reactor, plain(local_port), host)

"""An endpoint whose name is looked up, and that dials only those of its addresses that it may."""

from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from zope.interface import directlyProvides, implementer

Allows = Callable[[str], bool]
"""Whether an address may be dialled."""


def looked_up(
    reactor: Any, host: str, port: int, timeout: float, allows: Allows
) -> IStreamClientEndpoint:
    """The endpoint of a name; connecting fails if it leads to no address that is allowed."""
    return HostnameEndpoint(limited(reactor, allows), host, port, timeout)


def limited(reactor: Any, allows: Allows) -> Any:
    """The same reactor, which finds no other addresses of names."""
    return _Reactor(reactor, allows)


class _Reactor:
    """A reactor that finds only what is allowed. There is no second look-up behind this one: what
    was found is what is dialled."""

    def __init__(self, reactor: Any, allows: Allows) -> None:
        self._reactor = reactor
        self.nameResolver = _Resolver(reactor.nameResolver, allows)
        directlyProvides(self, IReactorPluggableNameResolver)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)


@implementer(IHostnameResolver)
class _Resolver:
    def __init__(self, resolver: IHostnameResolver, allows: Allows) -> None:
        self._resolver = resolver
        self._allows = allows

    def resolveHostName(
        self, resolutionReceiver: IResolutionReceiver, *asked: Any, **how: Any
    ) -> IHostResolution:
        receiver = _Receiver(resolutionReceiver, self._allows)
        return self._resolver.resolveHostName(receiver, *asked, **how)


@implementer(IResolutionReceiver)
class _Receiver:
    def __init__(self, receiver: IResolutionReceiver, allows: Allows) -> None:
        self._allows = allows
        self.resolutionBegan = receiver.resolutionBegan
        self.resolutionComplete = receiver.resolutionComplete
        self._resolved = receiver.addressResolved

    def addressResolved(self, address: IAddress) -> None:
        if isinstance(address, IPv4Address | IPv6Address) and self._allows(address.host):
            self._resolved(address)

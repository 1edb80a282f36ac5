"""Lets the kernel find links to a server whose other end is gone (protocol, "Limits")."""

import socket
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from zope.interface import implementer

from chatd import limits


def keep_alive(tcp: socket.socket) -> None:
    """Ask for signs of life in silence; what a listening socket accepts inherits it.

    Keepalive sleeps while data is unacknowledged: the user timeout covers that case.
    """
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (socket.TCP_KEEPIDLE, limits.KEEPALIVE_IDLE),
        (socket.TCP_KEEPINTVL, limits.KEEPALIVE_INTERVAL),
        (socket.TCP_KEEPCNT, limits.KEEPALIVE_PROBES),
        (socket.TCP_USER_TIMEOUT, limits.USER_TIMEOUT * 1000),
    ):
        tcp.setsockopt(socket.IPPROTO_TCP, option, value)


@implementer(IStreamClientEndpoint)
class KeptAlive:
    """An endpoint whose TCP connections are kept alive."""

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        self._endpoint = endpoint

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect as the endpoint does."""
        return self._endpoint.connect(protocolFactory).addCallback(_kept)


def _kept(protocol: Any) -> Any:
    keep_alive(protocol.transport.getHandle())
    return protocol

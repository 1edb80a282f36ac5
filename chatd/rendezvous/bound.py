"""Sockets that are bound before anybody listens on them, and go from one process to the next."""

import errno
import os
import socket
from typing import Any

from twisted.internet.abstract import FileDescriptor, isIPv6Address
from twisted.internet.protocol import Factory
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import directlyProvides, providedBy

from chatd import limits
from chatd.errors import StartupError
from chatd.rendezvous.certificate import Certificate
from chatd.safe_line import safe_line

_CAUSES = {
    errno.EADDRINUSE: "another program is using it",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.EACCES: "permission denied",
}


class Bound:
    """A reactor for one endpoint, which listens on the socket that it has; the first time that it
    is to listen it binds that, if there is none yet, and nothing more.

    The socket survives the process if another one has it as well: it is closed and never shut down.
    """

    def __init__(self, reactor: Any, handed: socket.socket | None = None) -> None:
        directlyProvides(self, providedBy(reactor))
        self._reactor = reactor
        self._socket = handed
        self.handed = handed
        """What it has from another process, if it has."""
        self._certificate: Certificate | None = None
        self._port: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    @property
    def socket(self) -> socket.socket | None:
        """What is listened on; None if nothing is, or it is not ours to pass on."""
        found: socket.socket | None = getattr(self._port, "socket", None)
        return found

    def secure(self, certificate: Certificate) -> None:
        """Have this certificate for TLS, in place of the one with which it is to listen."""
        self._certificate = certificate

    def pause(self) -> None:
        """Leave whoever connects to the kernel, or to another process that has the socket."""
        if isinstance(self._port, FileDescriptor):
            self._port.stopReading()

    def resume(self) -> None:
        """Accept them again."""
        if isinstance(self._port, FileDescriptor):
            self._port.startReading()

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Bind, or listen; raises `StartupError`."""
        if self._socket is None:
            self._socket = _bound(interface, port)
            return None
        self._socket.setblocking(False)
        return self._listening(self._socket.detach(), self._socket.family, factory)

    def listenSSL(
        self,
        port: int,
        factory: Factory,
        contextFactory: Any,
        backlog: int = 50,
        interface: str = "",
    ) -> Any:
        """As `listenTCP`."""
        options = self._certificate or contextFactory
        inside = TLSMemoryBIOFactory(options, False, factory, self._reactor)
        return self.listenTCP(port, inside, backlog, interface)

    def adoptStreamPort(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        """Listen on a socket from elsewhere."""
        self._port = self._reactor.adoptStreamPort(fileDescriptor, addressFamily, factory)
        return self._port

    def _listening(self, descriptor: int, family: int, factory: Any) -> Any:
        try:
            return self.adoptStreamPort(descriptor, family, factory)
        finally:
            os.close(descriptor)


def _bound(interface: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if isIPv6Address(interface) else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(_address(interface, port, family))
        # Two of our own that have only bound the port would not notice each other.
        taken.listen(limits.LISTEN_QUEUE)
    except OSError as error:
        taken.close()
        reason = _CAUSES.get(error.errno or 0) or (error.strerror or "unknown").lower()
        where = safe_line(f"{interface or '0.0.0.0'} port {port}", 200)
        raise StartupError(f"cannot listen on {where}: {reason}") from None
    return taken


def _address(interface: str, port: int, family: int) -> Any:
    found = socket.getaddrinfo(
        interface or None, port, family, socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return found[0][4]

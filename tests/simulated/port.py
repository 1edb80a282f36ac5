"""A listening port of a simulated host."""

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IReactorTime
from twisted.internet.protocol import ServerFactory
from twisted.internet.task import deferLater
from zope.interface import implementer

from simulated.addresses import Binding, Flow, TwistedAddress, to_twisted
from simulated.connection import Connection
from simulated.kernel import Kernel
from simulated.transport import Transport


@implementer(IListeningPort)
class Port:
    """What `listenTCP` returns: connections that arrive wait in it while it is not reading."""

    def __init__(
        self, reactor: IReactorTime, kernel: Kernel, factory: ServerFactory, wanted: Binding
    ) -> None:
        self.binding = wanted
        self._reactor = reactor
        self._kernel = kernel
        self._factory = factory
        self._wanted = wanted
        self._listening = False
        self._reading = False
        self._waiting: list[tuple[Connection, Flow]] = []

    def startListening(self) -> None:
        """Bind and listen; raises `CannotListenError`."""
        try:
            self.binding = self._kernel.bind(self._wanted)
        except OSError as error:
            raise CannotListenError(self._wanted.host, self._wanted.port, error) from None
        self._kernel.listeners.append(self)
        self._listening = True
        self._factory.doStart()
        self.startReading()

    def stopListening(self) -> Deferred[None] | None:
        """Accept nothing more, and give the port back in the next turn."""
        self.stopReading()
        if not self._listening:
            return None
        return deferLater(self._reactor, 0, self._close)

    def getHost(self) -> TwistedAddress:
        """Where it listens."""
        return to_twisted((self.binding.host, self.binding.port))

    def startReading(self) -> None:
        """Accept what arrives and what waits."""
        self._reading = True
        for connection, flow in self._waiting:
            connection.loop.soon(self.accept, connection, flow)
        self._waiting.clear()

    def stopReading(self) -> None:
        """Let what arrives wait."""
        self._reading = False

    def accept(self, connection: Connection, flow: Flow) -> None:
        """A handshake is complete; `flow` is how this side sees it."""
        if not self._listening:
            connection.turn_away(flow)
        elif self._reading:
            host = self.binding.host
            transport = Transport(self._reactor, connection, flow, binding_host=host)
            transport.open(self._factory.buildProtocol)
        else:
            self._waiting.append((connection, flow))

    def _close(self) -> None:
        self._listening = False
        self._kernel.listeners.remove(self)
        self._kernel.unbind(self.binding)
        for connection, flow in self._waiting:
            connection.turn_away(flow)
        self._waiting.clear()
        self._factory.doStop()

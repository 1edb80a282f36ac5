"""Connecting from a simulated host: the handshake, and what can become of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from twisted.internet.base import BaseConnector
from twisted.internet.error import (
    ConnectBindError,
    ConnectError,
    ConnectionRefusedError,
    DNSLookupError,
    getConnectError,
)
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import ClientFactory
from twisted.python.failure import Failure

from simulated.addresses import (
    ANY,
    ANY_IPV4,
    Address,
    Binding,
    Flow,
    canonical,
    is_ipv6,
    to_twisted,
)
from simulated.connection import Connection
from simulated.kernel import Kernel, Listener
from simulated.routes import Verdict
from simulated.transport import Transport
from simulated.world import World


class Connector(BaseConnector):
    """What `connectTCP` returns; its states and its timeout are Twisted's own code."""

    def __init__(
        self,
        reactor: Any,
        dial: "Callable[[Connector], Attempt]",
        destination: Address,
        factory: ClientFactory[Any],
        timeout: float,
    ) -> None:
        super().__init__(factory, timeout, reactor)
        self._dial = dial
        self._destination = destination

    def _makeTransport(self) -> Any:
        return self._dial(self)

    def getDestination(self) -> IAddress:
        """Where to."""
        return to_twisted(self._destination)


class Attempt:
    """What a connector has in the place of a transport while there is none."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        self.over = False

    def failIfNotConnected(self, reason: Exception) -> None:
        """End the attempt for this reason, unless it is over."""
        if not self.over:
            self.over = True
            self.give_up(reason)
            self.connector.connectionFailed(Failure(reason))

    def give_up(self, reason: Exception) -> None:
        """Free what the attempt holds."""


class Dial(Attempt):
    """An attempt that has a flow, and a first packet on its way."""

    def __init__(
        self, connector: Connector, world: World, kernel: Kernel, wanted: Binding, remote: Address
    ) -> None:
        super().__init__(connector)
        self._world = world
        self._kernel = kernel
        self._flow = _flow(kernel, wanted, remote, self)
        self._met = False
        world.note(*self._flow, "dials")
        target = world.routes.find(kernel, remote[0])
        if target is not None:
            world.loop.at(world.arrival(kernel, target), self._arrive, target)

    def give_up(self, reason: Exception) -> None:
        """Free the flow; an answer that still comes is turned away."""
        self._world.note(*self._flow, f"not connected: {type(reason).__name__}")
        self._kernel.release(self._flow, self)

    def _arrive(self, target: Kernel) -> None:
        """The first packet is at the other host: by now it may have crossed one from there."""
        verdict = self._world.routes.verdict(self._flow, self._kernel, target)
        if self.over or self._met or verdict is Verdict.BLOCK:
            return
        other = target.flows.get(self._flow.mirrored)
        listener = target.listener_at(self._flow.remote)
        if isinstance(other, Dial) and not other._met:
            self._meet(other, target)
        elif other is None and listener is not None and verdict is Verdict.PASS:
            self._answer(listener, target)
        else:
            self._refuse(target)

    def _meet(self, other: "Dial", target: Kernel) -> None:
        """A simultaneous open (RFC 9293, section 3.5): both connect, perhaps one to itself."""
        connection = Connection(self._world, self._flow, self._kernel, target)
        for dial, far in {self: target, other: self._kernel}.items():
            dial._met = True
            arrival = self._world.arrival(far, dial._kernel)
            self._world.loop.at(arrival, dial._connected, connection, far, None)

    def _answer(self, listener: Listener, target: Kernel) -> None:
        connection = Connection(self._world, self._flow, self._kernel, target)
        connection.hold(self._flow.mirrored)
        arrival = self._world.arrival(target, self._kernel)
        self._world.loop.at(arrival, self._connected, connection, target, listener)

    def _refuse(self, target: Kernel) -> None:
        arrival = self._world.arrival(target, self._kernel)
        self._world.loop.at(arrival, self.failIfNotConnected, ConnectionRefusedError())

    def _connected(self, connection: Connection, target: Kernel, listener: Listener | None) -> None:
        """The other side's answer is here; a listener accepts when ours is there."""
        if self.over:
            connection.turn_away(self._flow.mirrored if listener else self._flow)
            return
        self.over = True
        reactor = self.connector.reactor
        transport = Transport(reactor, connection, self._flow, connector=self.connector)
        self.connector.transport = transport  # type: ignore[assignment]
        if listener is not None:
            arrival = self._world.arrival(self._kernel, target)
            self._world.loop.at(arrival, listener.accept, connection, self._flow.mirrored)
        transport.open(self.connector.buildProtocol)


def dial(
    world: World, kernel: Kernel, destination: Address, wanted: Binding, connector: Connector
) -> Attempt:
    """Start to connect; what prevents that is told in a turn of its own."""
    try:
        return Dial(connector, world, kernel, wanted, _resolve(destination))
    except (ConnectError, DNSLookupError) as error:
        attempt = Attempt(connector)
        world.loop.soon(attempt.failIfNotConnected, error)
        return attempt


def _resolve(destination: Address) -> Address:
    host, port = destination
    try:
        return canonical(host), port
    except ValueError:
        raise DNSLookupError(f"{host} is not an address, and there are no names here") from None


def _flow(kernel: Kernel, wanted: Binding, remote: Address, holder: Dial) -> Flow:
    if wanted.host == ANY_IPV4 and is_ipv6(remote[0]):
        wanted = replace(wanted, host=ANY)
    try:
        binding = kernel.bind(wanted)
    except OSError as error:
        raise ConnectBindError(*error.args) from None
    try:
        return kernel.dial(binding, remote, holder)
    except OSError as error:
        kernel.unbind(binding)
        raise getConnectError(error) from None

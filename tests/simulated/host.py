"""A simulated host: the reactor for whatever runs on it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import (
    IHostnameResolver,
    IReactorPluggableNameResolver,
    IReactorTCP,
    IReactorTime,
)
from twisted.internet.protocol import ClientFactory, ServerFactory
from zope.interface import implementer

from chatd.peer.local_port import PortUnavailable
from simulated.addresses import binding_of_dialer, binding_of_listener
from simulated.dial import Connector, dial
from simulated.kernel import Kernel
from simulated.names import Resolver
from simulated.port import Port
from simulated.transport import Transport
from simulated.world import World


@implementer(IReactorTime, IReactorTCP, IReactorPluggableNameResolver)
class Host:
    """A reactor with addresses of its own, on the time of its network."""

    def __init__(self, world: World, kernel: Kernel) -> None:
        self.kernel = kernel
        self._world = world
        self.nameResolver: IHostnameResolver = Resolver(world)

    @property
    def address(self) -> str:
        """Its first address."""
        return self.kernel.addresses[0]

    @property
    def connections(self) -> list[Transport]:
        """Its ends of connections that are open."""
        return [held for held in self.kernel.flows.values() if isinstance(held, Transport)]

    @property
    def ports(self) -> list[Port]:
        """Where it listens."""
        return [listener for listener in self.kernel.listeners if isinstance(listener, Port)]

    def free_port(self, wanted: int = 0) -> int:
        """As `chatd.peer.local_port.free_port` on a real machine; raises `PortUnavailable`."""
        try:
            return self.kernel.free_port(wanted)
        except OSError:
            raise PortUnavailable(f"port {wanted} is in use or not allowed") from None

    # -- IReactorTime

    def seconds(self) -> float:
        """The time of the network, in seconds."""
        return self._world.loop.seconds()

    def callLater(
        self, delay: float, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> DelayedCall:
        """Call something in `delay` seconds of the network's time."""
        return self._world.loop.call_later(self, delay, callable, args, kwargs)

    def getDelayedCalls(self) -> Sequence[DelayedCall]:
        """The timers of this host; those of other hosts, and of the network, are not among them."""
        return self._world.loop.calls_of(self)

    # -- IReactorPluggableNameResolver

    def installNameResolver(self, resolver: IHostnameResolver) -> IHostnameResolver:
        """Look names up in another way; returns the way before."""
        before, self.nameResolver = self.nameResolver, resolver
        return before

    # -- IReactorTCP

    def listenTCP(
        self, port: Any, factory: ServerFactory, backlog: int = 50, interface: str = ""
    ) -> Port:
        """Listen at a port number or a `Binding`; raises `CannotListenError`."""
        wanted = binding_of_listener(port, interface)
        listening = Port(self, self.kernel, factory, wanted)
        listening.startListening()
        return listening

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: ClientFactory[Any],
        timeout: float = 30.0,
        bindAddress: Any = None,
    ) -> Connector:
        """Connect to an address; what comes of it is told to the factory."""
        wanted = binding_of_dialer(bindAddress)
        start = partial(dial, self._world, self.kernel, (host, port), wanted)
        connector = Connector(self, start, (host, port), factory, timeout)
        connector.connect()
        return connector

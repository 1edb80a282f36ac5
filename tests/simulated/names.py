"""Looking names up in the simulated network, where everybody is told the same."""

from collections.abc import Sequence
from typing import Any

from twisted.internet.interfaces import (
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from zope.interface import implementer

from simulated.addresses import canonical, to_twisted
from simulated.world import World


@implementer(IHostResolution)
class Resolution:
    """A look-up that goes on until the next turn of the loop."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_cancelled = False

    def cancel(self) -> None:
        """Have it find nothing."""
        self.is_cancelled = True


@implementer(IHostnameResolver)
class Resolver:
    """Knows the names of the network; an address is its own name."""

    def __init__(self, world: World) -> None:
        self._world = world

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        *_: Any,
        **__: Any,
    ) -> IHostResolution:
        """Tell the receiver all addresses of a name, or none, in the next turn of the loop."""
        resolution = Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        self._world.loop.soon(self._answer, resolution, resolutionReceiver, portNumber)
        return resolution

    def _answer(self, resolution: Resolution, receiver: IResolutionReceiver, port: int) -> None:
        found = () if resolution.is_cancelled else self._addresses(resolution.name)
        for address in found:
            receiver.addressResolved(to_twisted((address, port)))
        receiver.resolutionComplete()

    def _addresses(self, name: str) -> Sequence[str]:
        try:
            return [canonical(name)]
        except ValueError:
            return self._world.names.get(name, ())

"""A connection: two pipes between two kernels, the ends that are open, and the ways to cut it."""

from twisted.internet.main import CONNECTION_LOST

from simulated.addresses import Flow
from simulated.cuts import Cut
from simulated.kernel import Kernel
from simulated.loop import EventLoop
from simulated.pipe import End, Pipe
from simulated.world import World


class Connection:
    """What a handshake makes, from its first answer on.

    Each side is named by the flow that it sees. A connection that leads to itself has one side.
    """

    def __init__(self, world: World, flow: Flow, source: Kernel, target: Kernel) -> None:
        self.number = world.next_number()
        """1 for the first connection of the network, 2 for the second and so on."""
        self._world = world
        self._kernels = {flow: source, flow.mirrored: target}
        self._pipes = {
            side: Pipe(world, kernel, self._kernels[side.mirrored])
            for side, kernel in self._kernels.items()
        }
        for side, pipe in self._pipes.items():
            pipe.back = self._pipes[side.mirrored]
        self._ends: dict[Flow, End] = {}

    @property
    def loop(self) -> EventLoop:
        """The loop on which its ends take their turns."""
        return self._world.loop

    def hold(self, side: Flow) -> None:
        """Take the flow of a side that answers, before it has an end."""
        self._kernels[side].flows[side] = self

    def attach(self, side: Flow, end: End) -> tuple[Pipe, Pipe]:
        """Open an end; returns the pipes to write to and to read from."""
        outbound, inbound = self._pipes[side], self._pipes[side.mirrored]
        outbound.writer = inbound.reader = end
        self._ends[side] = end
        self._kernels[side].flows[side] = end
        self._world.opened(self)
        return outbound, inbound

    def detach(self, side: Flow, how: str) -> None:
        """Free the socket of an end that has closed."""
        self._world.note(side.local, side.remote, f"closed: {how}")
        self._kernels[side].release(side, self._ends.pop(side))
        if not self._ends:
            self._world.closed(self)

    def turn_away(self, side: Flow) -> None:
        """Reset a connection that nobody has opened at this side."""
        self._kernels[side].release(side, self)
        self._pipes[side].end(CONNECTION_LOST)

    def note(self, side: Flow, what: str) -> None:
        """Add to the trace what arrives at this side."""
        self._world.note(side.remote, side.local, what)

    def delivered(self) -> None:
        """Count that a side was opened or has been given bytes."""
        self._world.delivered(self)

    def cut(self, how: Cut) -> None:
        """End it against the will of both sides; a part of what is in flight still arrives."""
        side = next(iter(self._pipes))
        self._world.note(side.local, side.remote, f"cut: {how.value}")
        for pipe in self._pipes.values():
            pipe.reset() if how is Cut.RESET else pipe.silence()
        if how is Cut.SILENT and self._world.keepalive is not None:
            self.loop.call_later(self, self._world.keepalive, self._give_up)

    def _give_up(self) -> None:
        for end in list(self._ends.values()):
            end.lost()

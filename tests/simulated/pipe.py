"""One direction of a connection: the writer's kernel, the wire and the reader's kernel."""

from collections import deque
from collections.abc import Iterator
from typing import Protocol

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.main import CONNECTION_LOST

from simulated.kernel import Kernel
from simulated.world import World

CAPACITY = 64 * 1024
"""Bytes that are sent and not read; what is more waits in the writer's transport."""

Ending = ConnectionDone | ConnectionLost


class End(Protocol):
    """What a pipe must know of the transports that it joins."""

    @property
    def reading(self) -> bool:
        """Whether it wants bytes now."""
        ...

    def received(self, what: bytes | Ending) -> None:
        """Take bytes, or the end of the stream."""
        ...

    def writable(self) -> None:
        """There is room, or a reset to run into."""
        ...

    def lost(self) -> None:
        """The kernel has given the connection up."""
        ...


class Pipe:
    """Bytes in order, in segments that each reach the reader's kernel at a time of their own.

    `back` is the other direction, or this one where a connection leads to itself.
    """

    def __init__(self, world: World, source: Kernel, target: Kernel) -> None:
        self.back = self
        self.reader: End | None = None
        self.writer: End | None = None
        self.broken = False
        """Whether the reader's kernel has seen a reset."""
        self._world = world
        self._hosts = (source, target)
        self._segments: deque[tuple[float, bytes]] = deque()
        self._ending: tuple[float, Ending] | None = None
        self._unread = 0
        self._watching = False
        self._abandoned = False
        self._silent = False
        # What is written behind a loss must not arrive: there are no gaps in a stream.
        self._torn = False

    @property
    def room(self) -> int:
        """How many bytes `send` takes now."""
        return CAPACITY - self._unread

    def send(self, data: bytes | memoryview) -> int:
        """Put what there is room for on the way; returns how much that was."""
        taken = bytes(data[: self.room])
        self._unread += len(taken)
        if taken and not self._silent and not self._torn:
            self._segments.append((self._arrival(), taken))
            self.watch()
        return len(taken)

    def end(self, ending: Ending) -> None:
        """Let the reader find `ending` after all that it was sent."""
        if self._silent:
            return
        arrival = self._arrival()
        if self._ending is None:
            self._ending = (arrival, ending)
        if ending is CONNECTION_LOST:
            self._world.loop.at(arrival, self._break)
        self.watch()

    def reset(self) -> None:
        """Lose a part of what is in flight, and let the reader find that."""
        self._lose_tail()
        self.end(CONNECTION_LOST)
        self._torn = True

    def silence(self) -> None:
        """Lose a part of what is in flight, and let nothing more on the way."""
        self._lose_tail()
        self._silent = True

    def abandon(self) -> None:
        """The reader is gone for good: bytes that arrive are answered with a reset."""
        self._abandoned = True
        self.watch()

    def watch(self) -> None:
        """See to it that the reader hears of what arrives next."""
        due = self._segments[0][0] if self._segments else self._ending and self._ending[0]
        if due is not None and not self._watching:
            self._watching = True
            self._world.loop.at(due, self._arrive)

    def _arrival(self) -> float:
        return self._world.arrival(*self._hosts)

    def _has_arrived(self, time: float) -> bool:
        return time <= self._world.loop.seconds()

    def _arrive(self) -> None:
        self._watching = False
        if self._abandoned:
            self._bounce()
        elif self.reader is not None and self.reader.reading:
            what = self._take()
            if what:
                self.reader.received(what)
            self.watch()

    def _take(self) -> bytes | Ending | None:
        """What one read finds: a piece of the bytes that have arrived, or the end behind them."""
        arrived = b"".join(self._pop_arrived())
        if arrived:
            return self._piece(arrived)
        if not self._segments and self._ending and self._has_arrived(self._ending[0]):
            return self._ending[1]
        return None

    def _piece(self, arrived: bytes) -> bytes:
        size = self._world.piece(len(arrived))
        if size < len(arrived):
            self._segments.appendleft((self._arrival(), arrived[size:]))
        self._free(size)
        return arrived[:size]

    def _pop_arrived(self) -> Iterator[bytes]:
        while self._segments and self._has_arrived(self._segments[0][0]):
            yield self._segments.popleft()[1]

    def _bounce(self) -> None:
        """Answer bytes with a reset. No room is made: the writer is to run into that."""
        if self._segments:
            self._segments.clear()
            self.back.end(CONNECTION_LOST)

    def _lose_tail(self) -> None:
        """Lose a part of what has not arrived: the end of it, and the end of the stream."""
        flying = sum(len(data) for due, data in self._segments if not self._has_arrived(due))
        lost = flying - self._world.survivors(flying)
        while lost:
            due, data = self._segments.pop()
            kept = data[: max(len(data) - lost, 0)]
            if kept:
                self._segments.append((due, kept))
            lost -= len(data) - len(kept)
        if self._ending and not self._has_arrived(self._ending[0]):
            self._ending = None

    def _free(self, size: int) -> None:
        self._unread -= size
        if self.writer is not None:
            self.writer.writable()

    def _break(self) -> None:
        self.broken = True
        if self.reader is not None:
            self.reader.writable()

"""What all parts of a simulated network share: time, chance, the trace and the live connections."""

from collections import deque
from collections.abc import Sequence
from random import Random
from typing import NamedTuple, Protocol

from simulated.addresses import Address, shown
from simulated.cuts import Cut, CutPlan
from simulated.kernel import Kernel
from simulated.loop import EventLoop
from simulated.routes import Routes

TRACED = 1000
"""Events that the trace holds."""

Range = tuple[float, float]


class Event(NamedTuple):
    """One line of the trace."""

    time: float
    source: Address
    target: Address
    what: str

    def __str__(self) -> str:
        return f"{self.time:10.4f}  {shown(self.source)} -> {shown(self.target)}  {self.what}"


class Live(Protocol):
    """What the world must know of a connection."""

    number: int

    def cut(self, how: Cut) -> None:
        """End it against the will of both sides."""
        ...


class World:
    """The conditions of one run. All randomness is drawn from `random`, which the seed makes."""

    def __init__(
        self,
        seed: int,
        *,
        latency: Range = (0.005, 0.05),
        split: bool = True,
        cut_probability: float = 0.0,
        cuts: Sequence[Cut] = tuple(Cut),
        keepalive: float | None = None,
    ) -> None:
        self.random = Random(seed)
        self.loop = EventLoop()
        self.routes = Routes()
        self.trace: deque[Event] = deque(maxlen=TRACED)
        self.names: dict[str, Sequence[str]] = {}
        """The addresses of each name that can be looked up."""
        self.deliveries = 0
        """How many times an end of a connection was opened or was given bytes."""
        self.keepalive = keepalive
        self._latency = latency
        self.latencies: dict[tuple[Kernel, Kernel], Range] = {}
        """Where it is another one than `latency`, from host to host."""
        self._split = split
        self.cuts = CutPlan(self.random, cut_probability, cuts)
        self.live: dict[int, Live] = {}
        self._opened = 0

    def arrival(self, source: Kernel, target: Kernel) -> float:
        """When something that `source` sends now reaches `target`."""
        low, high = self.latencies.get((source, target), self._latency)
        return self.loop.seconds() + low + (high - low) * self.random.random()

    def piece(self, size: int) -> int:
        """How much of `size` arrived bytes one read finds."""
        if not self._split or size == 1 or self.random.random() < 0.5:
            return size
        return self.random.choice((1, size - 1, self.random.randrange(1, size)))

    def survivors(self, size: int) -> int:
        """How much of `size` bytes in flight still arrives when a connection is cut."""
        return self.random.choice((0, size, self.random.randint(0, size)))

    def note(self, source: Address, target: Address, what: str) -> None:
        """Add an event to the trace."""
        self.trace.append(Event(self.loop.seconds(), source, target, what))

    def next_number(self) -> int:
        """A number for a new connection."""
        self._opened += 1
        return self._opened

    def opened(self, connection: Live) -> None:
        """An end of `connection` is open."""
        self.live[connection.number] = connection

    def closed(self, connection: Live) -> None:
        """No end of `connection` is open."""
        self.live.pop(connection.number, None)

    def delivered(self, connection: Live) -> None:
        """Count a delivery on `connection`, and make the cuts that are due after it.

        They wait until what was written in answer is on its way, so that a part may arrive.
        """
        self.deliveries += 1
        for how, number in self.cuts.due(self.deliveries):
            victim = connection if number is None else self.live.get(number)
            if victim is not None:
                self.loop.soon(victim.cut, how)

"""A relay on the simulated network, and whoever shows it a ticket."""

from collections.abc import Callable
from typing import Any

from simulated import Host, Network
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from chatd import limits
from chatd.relay.budget import Quota
from chatd.relay.pairing import Bounds
from chatd.relay.relay import Allowance, Relay
from chatd.relay.service import RelayFactory
from chatd.wire import lines
from chatd.wire.seeds import SEED, Seeds
from chatd.wire.ticket import OwnTicket, issue

SEEDS = Seeds(0, bytes(SEED))
ADDRESSES = "203.0.113.77", "2a00:99::1"
PORT = 1712
STEP = 0.1
"""In seconds, how long everything that is on its way takes at most."""


class Visitor(Protocol):
    """Shows a ticket when it is greeted; one that `holds` reads nothing of what comes then."""

    def __init__(self, ticket: OwnTicket, holds: bool) -> None:
        self._ticket = ticket
        self._holds = holds
        self.heard = b""
        self.is_lost = False

    def dataReceived(self, data: bytes) -> None:
        greeted = b"\r\n" in self.heard
        self.heard += data
        if not greeted and b"\r\n" in self.heard:
            greeting = self.heard.partition(b"\r\n")[0]
            self.say(lines.relay(self._ticket.shown(greeting)) + b"\r\n")
            if self._holds:  # then it does not notice either that the other side has closed
                connection: Any = self.transport
                connection.pauseProducing()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.is_lost = True

    def say(self, data: bytes) -> None:
        """Send something to the other side."""
        connection: Any = self.transport
        connection.write(data)

    @property
    def answers(self) -> list[bytes]:
        """The lines behind the greeting."""
        return self.heard.split(b"\r\n")[1:-1]


class Place:
    """A relay, and machines that can reach it."""

    def __init__(
        self,
        bounds: Bounds | None = None,
        rate: int = limits.RELAY_RATE,
        quota: Quota | None = None,
        pair_rate: int = limits.RELAY_PAIR_RATE,
        clock: Callable[[Host], Any] = lambda machine: machine,
    ) -> None:
        self.network = Network(seed=1, split=False, latency=(0.0001, 0.0002))
        self.machine = self.network.host(*ADDRESSES)
        timers = clock(self.machine)
        self.relay = Relay(
            SEEDS,
            Allowance(bounds or Bounds(), rate, pair_rate, quota or Quota()),
            timers,
            self.machine.seconds,
        )
        factory = RelayFactory(self.relay, timers, self.network.random.randbytes)
        self.machine.listenTCP(PORT, factory, interface="::")
        self._hosts: dict[str, Host] = {}

    def visit(self, address: str, pair: str, side: int = 0, *, holds: bool = False) -> Visitor:
        """Someone at this address shows the ticket of one side of a pair."""
        host = self._hosts.get(address) or self.network.host(address)
        self._hosts[address] = host
        now, person = self.machine.seconds(), f"{pair} {side}".encode()
        visitor = Visitor(issue(SEEDS, now, pair.encode(), person, side, 60), holds)
        factory = Factory.forProtocol(lambda: visitor)
        factory.noisy = False
        kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
        kind(host, ADDRESSES[":" in address], PORT).connect(factory)
        return visitor

    def settle(self) -> None:
        """Let everything that is on its way arrive."""
        self.network.advance(STEP)

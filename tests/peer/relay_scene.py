"""Two people on the simulated network, and a relay."""

from typing import Any

from peer_pairs import PORT, Pair
from twisted.internet.endpoints import TCP4ClientEndpoint

from chatd import limits
from chatd.peer.relay_dialer import RelayPlace
from chatd.relay.relay import Allowance, Relay
from chatd.relay.service import RelayFactory
from chatd.wire.seeds import SEED, Seeds
from chatd.wire.ticket import issue

SEEDS = Seeds(0, bytes(SEED))
RELAY = "203.0.113.77"
NOWHERE = ("10.9.9.9", 1)


class Scene(Pair):
    """Two people, and a relay that has a place for each."""

    def __init__(
        self, seed: int = 1, allowance: Allowance | None = None, **network: object
    ) -> None:
        super().__init__(seed, **network)
        self.relays = machine = self.network.host(RELAY)
        clock: Any = machine
        self.relay = Relay(SEEDS, allowance or Allowance(), clock, machine.seconds)
        machine.listenTCP(PORT, RelayFactory(self.relay, machine, self.random.randbytes))

    def place(self, side: int, pair: bytes = b"p" * 16) -> RelayPlace:
        """The place of one side."""
        machine = (self.host, self.guest)[side].machine
        ticket = issue(SEEDS, self.network.seconds(), pair, bytes([side]), side, 60)
        return RelayPlace(TCP4ClientEndpoint(machine, RELAY, PORT), ticket)

    def run_out(self) -> None:
        """Let everything end that has a deadline."""
        self.network.advance(limits.RELAY_RACE_SECONDS + limits.RELAY_WAIT_SECONDS + 10)

"""A Tor on the simulated network: its control port, and SOCKS ports that lead to one place."""

from os import urandom
from typing import Any

from onions import onion
from simulated import Network
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.basic import LineReceiver

from chatd.reach.tor import Tor

CONTROL, SOCKS, OTHER_SOCKS = 9051, 9050, 9150
_LONG = {
    "PROTOCOLINFO": ["250-PROTOCOLINFO 1", "250-AUTH METHODS=NULL", '250-VERSION Tor="0.4.8.1"'],
    "GETINFO signal/names": ["250-signal/names=RELOAD"],
    "GETINFO version": ["250-version=0.4.8.1"],
    "GETINFO events/names": ["250-events/names=HS_DESC"],
    "GETINFO net/listeners/socks": [
        f'250-net/listeners/socks="127.0.0.1:{SOCKS}" "127.0.0.1:{OTHER_SOCKS}"'
    ],
}


class SimulatedTor:
    """A machine with a client of Tor, whose control port answers as Tor does.

    `mute` and `refused` are beginnings of commands that get no answer, and a bad one; `said` are
    the commands that came; the SOCKS ports say nothing.
    """

    def __init__(self) -> None:
        self.network = Network(seed=1)
        self.machine = self.network.host("10.0.0.1")
        self.mute: tuple[str, ...] = ()
        self.refused: tuple[str, ...] = ()
        self.said: list[str] = []
        self.controls: list[_Control] = []
        self.dialled: list[int] = []
        self.start()
        self.tor = Tor(self.machine, [TCP4ClientEndpoint(self.machine, "127.0.0.1", CONTROL)])

    def start(self) -> None:
        """Let Tor run."""
        factory = Factory.forProtocol(lambda: _Control(self))
        self._port = self.machine.listenTCP(CONTROL, factory, interface="127.0.0.1")

    def listen(self, port: int) -> None:
        """Speak SOCKS at this port, or rather take connections."""

        def build() -> Protocol:
            self.dialled.append(port)
            return Protocol()

        self.machine.listenTCP(port, Factory.forProtocol(build), interface="127.0.0.1")

    def stop(self) -> None:
        """End it, and all that it did."""
        self._port.stopListening()
        for control in list(self.controls):
            control.connection.abortConnection()
        self.network.settle()

    @property
    def leads_to(self) -> list[int]:
        """The ports behind all services that were made."""
        made = [line for line in self.said if line.startswith("ADD_ONION")]
        return [int(line.rpartition(":")[2]) for line in made]

    def count(self, word: str) -> int:
        """How many commands came that begin so."""
        return sum(line.startswith(word) for line in self.said)


class _Control(LineReceiver):
    def __init__(self, tor: SimulatedTor) -> None:
        self._tor = tor

    @property
    def connection(self) -> Any:
        return self.transport

    def connectionMade(self) -> None:
        self._tor.controls.append(self)

    def connectionLost(self, reason: object = None) -> None:
        self._tor.controls.remove(self)

    def lineReceived(self, line: bytes) -> None:
        command = line.decode()
        self._tor.said.append(command)
        if not command.startswith(self._tor.mute or ("\0",)):
            self.sendLine("\r\n".join(self._answer(command)).encode())

    def _answer(self, command: str) -> list[str]:
        if command.startswith(self._tor.refused or ("\0",)):
            return ["512 \x1b[2J not today"]
        if command.startswith("ADD_ONION"):
            service = onion(urandom(32)).removesuffix(".onion")
            event = f"650 HS_DESC UPLOADED {service} UNKNOWN $ABCD~relay"
            return [f"250-ServiceID={service}", "250 OK", event]
        known = [lines for word, lines in _LONG.items() if command.startswith(word)]
        return [*(known[0] if known else []), "250 OK"]

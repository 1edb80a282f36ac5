"""A server and a client in a simulated network, and what they connect with."""

from typing import Any

from simulated import Host, Network
from two_worlds import Keeping, Recorder

SERVER, CLIENT = "10.0.0.1", "10.0.0.2"
PORT = 1712


def pair(network: Network) -> tuple[Host, Host]:
    """A server and a client that have both families."""
    return network.host(SERVER, "fd00::1"), network.host(CLIENT, "fd00::2")


def connected(network: Network, server: Host, client: Host) -> tuple[Recorder, Recorder]:
    """A protocol of each, connected."""
    accepting = Keeping()
    server.listenTCP(PORT, accepting)
    dialing = attempt(client, SERVER)
    network.run(lambda: accepting.made and dialing.made, seconds=10)
    return accepting.made[0], dialing.made[0]


def attempt(client: Host, address: str, **options: Any) -> Keeping:
    """A factory that is connecting."""
    dialing = Keeping()
    client.connectTCP(address, PORT, dialing, **options)
    return dialing

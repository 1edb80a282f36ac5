"""A simulated network for tests: hosts that are reactors, on one clock and one seed.

    network = Network(seed=7)
    server, client = network.host("10.0.0.1"), network.host("10.0.0.2")
    server.listenTCP(1712, factory)
    TCP4ClientEndpoint(client, server.address, 1712).connect(other_factory)
    network.run(lambda: finished, seconds=60)

A run is repeatable: time moves from event to event, and the seed decides the rest. What the
hosts send arrives in order, after a delay, in arbitrary pieces, and connections can be cut at
every delivery. Protocols, factories, endpoints and services are used as they are.

Kept from the real thing: who is told what and when as a connection opens, closes, is aborted or
is reset; buffers, producers and back-pressure; port reuse, simultaneous open, and `::` listening
on both families; names, for endpoints that look them up. Left out: what IHalfCloseableProtocol
adds, backlogs, TLS and other transports. Unlike a real server's, a connection is closed if its
`connectionMade` raises.
"""

from simulated.connection import Connection
from simulated.cuts import Cut
from simulated.host import Host
from simulated.network import Network
from simulated.primitives import fake_primitives
from simulated.transport import Transport

__all__ = ["Connection", "Cut", "Host", "Network", "Transport", "fake_primitives"]

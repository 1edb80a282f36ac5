"""How many connections are taken at a time from the queue of a real listening socket."""

import contextlib
import socket
from typing import Any

from twisted.internet.protocol import Factory
from twisted.internet.tcp import Port
from twisted.internet.testing import MemoryReactorClock

from chatd import limits
from chatd.rendezvous.listening import _ready


class Counting(Factory):
    """Counts who was taken."""

    taken = 0

    def buildProtocol(self, addr: Any) -> None:
        """Nobody stays."""
        self.taken += 1


def test_a_few_are_taken_at_a_time_however_many_wait() -> None:
    """Each turn takes as many as it may, also the fifth in a row, and also after one in which there
    were fewer."""
    factory = Counting()
    port = Port(0, factory, interface="127.0.0.1", reactor=MemoryReactorClock())
    port.startListening()
    _ready(port)
    host = port.getHost()
    taken = []
    with contextlib.ExitStack() as waiting:
        for arriving in [5 * limits.ACCEPTS, 0, 0, 0, 0, 3, 2 * limits.ACCEPTS, 0]:
            for _ in range(arriving):
                waiting.enter_context(socket.create_connection((host.host, host.port)))
            before = factory.taken
            port.doRead()
            taken.append(factory.taken - before)
    port.socket.close()
    assert taken == [limits.ACCEPTS] * 5 + [3] + [limits.ACCEPTS] * 2

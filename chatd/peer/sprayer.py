"""Carries out a spray of ports, once, while the conversation is relayed."""

import os
import resource
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from chatd import limits
from chatd.addresses import Candidate
from chatd.peer.connecting import made_by
from chatd.peer.local_port import shared
from chatd.peer.spray import Spray, batches, rounds

SPARE_FILES = 64
"""Descriptors that the process keeps for whatever else it opens meanwhile."""


class Sprayer:
    """`build` makes the protocol for a connection to an address, `local_port` is that of the
    listener."""

    def __init__(
        self,
        reactor: Any,
        spray: Spray,
        local_port: int,
        build: Callable[[Candidate], Protocol],
        random: Random,
        room: Callable[[int], bool],
    ) -> None:
        self._reactor = reactor
        self._spray = spray
        # Each socket of the hard side is to be given a port of its own.
        self._from = shared(local_port) if spray.side == "easy" else None
        self._build = build
        self._random = random
        self._room = room
        self._later: list[IDelayedCall] = []
        self._connecting: set[Deferred[Any]] = set()
        self._is_begun = False
        self.outcome = ""
        """What is known of it, in words; '' before it has begun."""

    def start(self) -> None:
        """Begin in a moment, the first time; harmless afterwards."""
        if not self._is_begun:
            self._is_begun = True
            self._at(limits.SPRAY_AFTER_SECONDS, self._begin)

    def stop(self) -> None:
        """Dial nothing more, and give up what is not connected."""
        for call in self._later:
            if call.active():
                call.cancel()
        self._give_up()

    # -- inside

    def _begin(self) -> None:
        if not self._room(self._spray.sockets):
            self.outcome = f"left out: this process may not open {self._spray.sockets} more files"
            return
        self.outcome = "no answer"
        for number, shots in enumerate(rounds(self._spray, self._random)):
            begins = number * limits.SPRAY_ROUND_SECONDS
            for seconds, ports in batches(shots):
                self._at(begins + seconds, partial(self._dial, ports))
            self._at(begins + limits.SPRAY_ROUND_SECONDS, self._give_up)

    def _at(self, seconds: float, what: Callable[[], None]) -> None:
        self._later.append(self._reactor.callLater(seconds, what))

    def _dial(self, ports: list[int]) -> None:
        host = self._spray.there[0]
        for port in ports:
            self._connect((host, port), is_first=True)

    def _connect(self, candidate: Candidate, *, is_first: bool = False) -> None:
        seconds = limits.SPRAY_ROUND_SECONDS
        kind = TCP6ClientEndpoint if ":" in candidate[0] else TCP4ClientEndpoint
        endpoint = kind(self._reactor, *candidate, seconds, self._from)
        connecting = endpoint.connect(made_by(partial(self._build, candidate)))
        self._connecting.add(connecting)
        connecting.addBoth(self._over, connecting, candidate, is_first)

    def _over(
        self, outcome: Any, connecting: Deferred[Any], candidate: Candidate, is_first: bool
    ) -> None:
        """It is there, or not: what a router refuses that does not know it yet, it may let in when
        the other side has dialled."""
        self._connecting.discard(connecting)
        if is_first and isinstance(outcome, Failure) and outcome.check(ConnectionRefusedError):
            self._at(limits.SPRAY_LATER_SECONDS, partial(self._connect, candidate))

    def _give_up(self) -> None:
        for connecting in list(self._connecting):
            connecting.cancel()
        self._later = [call for call in self._later if call.active()]


def room_for_files(more: int) -> bool:
    """Whether this process may open so many more files, for which its limit is raised."""
    needed = len(os.listdir("/proc/self/fd")) + more + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return True
    if hard != resource.RLIM_INFINITY and hard < needed:
        return False
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return True

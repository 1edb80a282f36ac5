"""A port of the router that leads to us: asked for by a program of its own (`chatd.reach.igd`)."""

import sys
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from typing import Any

from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from chatd import limits
from chatd.addresses import Candidate, Kind, kind, written
from chatd.errors import StartupError
from chatd.reach.settling import Settling
from chatd.text import safe_line

PROGRAM = (sys.executable, "-P", "-m", "chatd.reach.igd")
"""Whatever lies in the working directory is not part of it."""


class PortMapping:
    """What the router passes on to us, as far as its answer has come.

    `failed` is called with the reason when a mapping that was wanted cannot be had.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._program: _Program | None = None
        self._wanted = 0
        self._outside: dict[int, Candidate] = {}
        """Where each port of ours is reached that is passed on."""
        self._why = self._told = ""
        self._answer = Settling(reactor)
        self.settled = self._answer.settled
        self.failed: Callable[[str], None] = lambda why: None

    def want(self, port: int, kept: Iterable[int] = ()) -> None:
        """Ask for this port to be passed on to us, 0 for none, and of those that are, no others but
        these: somebody may still come there."""
        self._outside.pop(port, None)
        self._outside = {each: self._outside[each] for each in kept if each in self._outside}
        self._wanted = port
        self._why = "the router is being asked" if port else "there is no port to pass on"
        if self._program is None:
            self._program = _Program(self._said, self._ended)
            self._reactor.spawnProcess(self._program, PROGRAM[0], PROGRAM, env=None)
        self._program.ask(self._ports)
        self._answer.over()
        if port:
            self._answer.begin(limits.UPNP_SECONDS)

    def drop(self, port: int) -> None:
        """Nobody comes to this port any more; harmless for one that is not passed on."""
        if port == self._wanted or port not in self._outside:
            return
        del self._outside[port]
        if self._program is not None:
            self._program.ask(self._ports)

    @property
    def _ports(self) -> list[int]:
        """All that the router is to pass on, or 0."""
        return [port for port in dict.fromkeys((self._wanted, *self._outside)) if port] or [0]

    def outside(self, port: int) -> Candidate | None:
        """Where this port of ours is reached from outside; None if the router does not say."""
        return self._outside.get(port)

    @property
    def status(self) -> str:
        """What a person reads of it."""
        outside = self.outside(self._wanted)
        return written(outside) if outside else f"none, {self._why}"

    def close(self) -> None:
        """End it; the program lets the router forget the mapping and ends by itself."""
        self._answer.over()
        if self._program is not None:
            self._program.hang_up()

    # -- the program

    def _said(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        port = next((each for each in (self._wanted, *self._outside) if word == str(each)), 0)
        if not port:
            return
        outside, why = _read(rest)
        if outside is not None:
            self._outside[port] = outside
        elif port == self._wanted:
            self._outside.pop(port, None)
        if port == self._wanted:
            self._heard(why)

    def _heard(self, why: str) -> None:
        self._why = why
        self._answer.over()
        if self._why not in ("", self._told):
            self.failed(self._why)
        self._told = self._why

    def _ended(self) -> None:
        self._program = None
        if self._wanted:
            self._said(f"{self._wanted} - the program that asks the router has ended")


def _read(answer: str) -> tuple[Candidate | None, str]:
    """`ADDRESS OUTER` or `- WHY`: where we are reached, or why nowhere."""
    address, _, rest = answer.partition(" ")
    if address == "-":
        return None, safe_line(rest, limits.UPNP_LINE)
    try:
        outside, outer = kind(address), int(rest)
    except ValueError:
        return None, "the router answers nonsense"
    if outside is not Kind.GLOBAL or not 1 <= outer <= 65535:
        return None, "the router is itself behind another one"
    return (address, outer), ""


def mapping(reactor: Any) -> PortMapping:
    """One that asks nothing yet; raises `StartupError` if the package for it is missing."""
    if find_spec("async_upnp_client") is None:
        raise StartupError(
            "--upnp needs the package async-upnp-client", "install it: pip install 'chatd[upnp]'"
        )
    return PortMapping(reactor)


class _Program(ProcessProtocol):
    """The running program: lines go in, lines come out, and what it complains about is dropped."""

    def __init__(self, said: Callable[[str], None], ended: Callable[[], None]) -> None:
        self._said = said
        self._ended = ended
        self._line = b""

    def ask(self, ports: Sequence[int]) -> None:
        """One more line of input."""
        line = " ".join(map(str, ports))
        self.transport.write(line.encode() + b"\n")  # type: ignore[union-attr]

    def hang_up(self) -> None:
        """There is no more of it."""
        self._said, self._ended = _nothing, _nothing
        self.transport.closeStdin()  # type: ignore[union-attr]

    def outReceived(self, data: bytes) -> None:
        """Take the lines that are whole, and no more of one than a line has."""
        *lines, rest = (self._line + data).split(b"\n")
        self._line = rest[-limits.UPNP_LINE :]
        for line in lines:
            self._said(line[-limits.UPNP_LINE :].decode("ascii", "replace"))

    def processEnded(self, reason: Failure) -> None:
        """It is gone."""
        self._ended()


def _nothing(*_: object) -> None:
    """Nobody is interested any more."""

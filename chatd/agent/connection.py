"""The connections of an agent: one for each terminal and program."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, connectionDone
from twisted.python.failure import Failure

from chatd import limits
from chatd.control import jsonrpc
from chatd.control.jsonrpc import Code, RpcError
from chatd.control.listening import JsonLine
from chatd.ui.rpc.methods import Hello
from chatd.ui.rpc.reader import Own, Reader
from chatd.ui.rpc.readers import Readers


class AgentLine(JsonLine):
    """One of them. While it does not read, its requests are not read either."""

    MAX_LENGTH = limits.RPC_LINE

    def __init__(self, factory: "AgentFactory") -> None:
        self._factory = factory
        self._reader: Reader | None = None

    def connectionMade(self) -> None:
        """Say hello, or that there are too many."""
        transport: Any = self.transport
        if not self._factory.came(self):
            error = RpcError(
                Code.INTERNAL,
                f"{limits.AGENT_READERS} terminals and programs use the agent, and no more may",
            )
            self.say(jsonrpc.failed(None, error))
            transport.loseConnection()
            return
        self._reader = self._factory.reader(transport.write)
        transport.registerProducer(self, True)

    def lineReceived(self, line: bytes) -> None:
        """One request."""
        if self._reader is not None:
            self._reader.received(line)

    def pauseProducing(self) -> None:
        """It has not read what it was told."""
        super().pauseProducing()  # type: ignore[no-untyped-call]
        if self._reader is not None:
            self._reader.pause()

    def resumeProducing(self) -> None:
        """It reads again."""
        if self._reader is not None:
            self._reader.resume()
        super().resumeProducing()  # type: ignore[no-untyped-call]

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is told nothing more."""
        if self._reader is not None:
            self._reader.close()
        self._factory.left(self)

    def end(self) -> None:
        """Hang up, once it has read what it was told."""
        transport: Any = self.transport
        transport.unregisterProducer()
        transport.loseConnection()


class AgentFactory(Factory):
    """All of them, at most `limits.AGENT_READERS`; `own` are methods that only an agent has."""

    noisy = False

    def __init__(self, readers: Readers, hello: Callable[[], Hello], own: Own) -> None:
        self._readers = readers
        self._hello = hello
        self._own = own
        self._lines: list[AgentLine] = []
        self._ended: Deferred[None] | None = None

    def buildProtocol(self, addr: Any) -> AgentLine:
        """One connection."""
        return AgentLine(self)

    def reader(self, write: Callable[[bytes], None]) -> Reader:
        """What reads there."""
        return Reader(self._readers, self._hello(), write, self._own)

    def came(self, line: AgentLine) -> bool:
        """Whether there is room for one more."""
        if self._ended is not None or len(self._lines) >= limits.AGENT_READERS:
            return False
        self._lines.append(line)
        return True

    def left(self, line: AgentLine) -> None:
        """One has gone."""
        if line in self._lines:
            self._lines.remove(line)
        if self._ended is not None and not self._lines and not self._ended.called:
            self._ended.callback(None)

    def end(self) -> Deferred[None]:
        """Hang up on all; fires when they have gone."""
        ended: Deferred[None] = Deferred()
        self._ended = ended
        for line in list(self._lines):
            line.end()
        if not self._lines and not ended.called:
            ended.callback(None)
        return ended

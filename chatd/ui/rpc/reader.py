"""One program or terminal: its requests are carried out, and it is told what happens."""

from collections.abc import Callable
from typing import Any

import msgspec

from chatd.control import jsonrpc
from chatd.control.encoding import encoded
from chatd.control.jsonrpc import Code, Id, Request, RpcError
from chatd.errors import unforeseen
from chatd.ui.rpc import methods
from chatd.ui.rpc.methods import GetSnapshot, Hello, Subscribe
from chatd.ui.rpc.readers import Readers
from chatd.ui.rpc.slow_reader import SlowReader

Own = dict[str, Callable[[Request], Any]]
"""Methods that are not commands of the client: each gives its result, or raises `ChatdError`."""


class Reader:
    """`write` takes lines as bytes; while it is `paused`, they wait, and too many are dropped.

    `own` are methods that only this kind of reader has.
    """

    def __init__(
        self, readers: Readers, hello: Hello, write: Callable[[bytes], None], own: Own | None = None
    ) -> None:
        self._readers = readers
        self._write = write
        self._own: Own = {"subscribe": self._subscribe, "get_snapshot": self._snapshot}
        self._own |= own or {}
        self._waiting = SlowReader()
        self._paused = False
        self.reads = False
        """Whether what it is told of a message counts as read."""
        write(encoded(jsonrpc.asked("hello", msgspec.to_builtins(hello))))

    def close(self) -> None:
        """It is gone."""
        self._readers.remove(self)
        self._write = lambda _: None

    # -- what it says

    def received(self, line: bytes) -> None:
        """One line of it."""
        id: Id = None
        try:
            request = jsonrpc.request(line)
            id = request.id
            result = self._do(request)
        except Exception as error:
            failure = _failure(error)
            # Whoever writes what is no request has to be told, and has not said which one it was.
            if id is not msgspec.UNSET:
                self._answer(jsonrpc.failed(id, failure))
        else:
            if id is not msgspec.UNSET:
                self._answer(jsonrpc.answered(id, result))

    def _do(self, request: Request) -> Any:
        if (own := self._own.get(request.method)) is not None:
            return own(request)
        self._readers.do(methods.command(request), self, request.id)
        return {}

    def _subscribe(self, request: Request) -> Any:
        wanted = request.read(Subscribe)
        self.subscribe(scrollback=wanted.scrollback, reads=wanted.reads)
        return msgspec.to_builtins(self._readers.here())

    def _snapshot(self, request: Request) -> Any:
        request.read(GetSnapshot)
        return msgspec.to_builtins(self._readers.here())

    # -- what it is told

    def subscribe(self, *, scrollback: bool, reads: bool) -> None:
        """Tell it of events from now on."""
        self.reads = reads
        if scrollback:
            for method, line in self._readers.scrollback:
                self.tell(method, line)
        self._readers.add(self)

    def tell(self, method: str, line: bytes) -> bool:
        """Tell it something; returns whether there was room for that."""
        if self._paused:
            return self._waiting.tell(method, line)
        self._write(line)
        return True

    def _answer(self, message: dict[str, Any]) -> None:
        line = encoded(message)
        if self._paused:
            self._waiting.answer(line)
        else:
            self._write(line)

    def pause(self) -> None:
        """It takes no more for now."""
        self._paused = True

    def resume(self) -> None:
        """It takes some again."""
        self._paused = False
        while not self._paused and (line := self._waiting.next()) is not None:
            self._write(line)
        if not self._paused and (gap := self._waiting.gap()) is not None:
            whole = methods.changes(None, self._readers.here())
            self._write(gap)
            self._write(encoded(jsonrpc.asked("snapshot", whole)))


def _failure(error: Exception) -> RpcError:
    if isinstance(error, RpcError):
        return error
    return RpcError(Code.INTERNAL, str(unforeseen(error)))

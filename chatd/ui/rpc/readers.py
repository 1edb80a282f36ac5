"""All programs and terminals that look at one client, and which of them asked for what; and the
last things that happened, for whoever comes later."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from twisted.python.failure import Failure

from chatd import limits
from chatd.control import jsonrpc
from chatd.control.encoding import encoded
from chatd.control.jsonrpc import Code, Id, RpcError
from chatd.engine.client import LocalClient
from chatd.engine.commands import Command, Seen
from chatd.engine.decisions import events
from chatd.engine.decisions.events import Event
from chatd.engine.snapshot import Snapshot
from chatd.errors import ChatdError
from chatd.ui.rpc import methods
from chatd.ui.rpc.methods import Ended

if TYPE_CHECKING:
    from chatd.ui.rpc.reader import Reader


class Scrollback:
    """Lines with the method of each: the last ones, up to so many and so many bytes."""

    def __init__(self) -> None:
        self._kept: deque[tuple[str, bytes]] = deque()
        self._bytes = 0

    def add(self, method: str, line: bytes) -> None:
        """One more; the oldest go."""
        self._kept.append((method, line))
        self._bytes += len(line)
        while len(self._kept) > limits.SCROLLBACK_EVENTS or self._bytes > limits.SCROLLBACK:
            self._bytes -= len(self._kept.popleft()[1])

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return iter(tuple(self._kept))


T = TypeVar("T")


_ORDINARY = events.Heard | events.Said | events.Delivered
"""So frequent that the snapshot, which they change but little, comes after them."""


class Readers:
    """Whatever happens goes to everybody, but for answers, which go to whoever asked.

    What is another in the snapshot comes before the event that tells why, as views of this process
    see it, and both come before the answer to the request. `date` is in seconds since 1970.
    """

    def __init__(self, client: LocalClient, date: Callable[[], float]) -> None:
        self.client = client
        self.scrollback = Scrollback()
        self._date = date
        self._all: list[Reader] = []
        self._asking: tuple[Reader, Id] | None = None
        self._failure: RpcError | None = None
        self._late: deque[Reader] = deque()
        """Who waits for an answer that comes late, in the order in which it was asked for."""
        self._known: Snapshot | None = None
        client.subscribe(self)
        client.done.addBoth(self._ended)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, reader: "Reader") -> None:
        """Tell this one from now on."""
        if reader not in self._all:
            self._all.append(reader)

    def remove(self, reader: "Reader") -> None:
        """Tell this one nothing more."""
        if reader in self._all:
            self._all.remove(reader)

    def do(self, command: Command, reader: "Reader", id: Id) -> None:
        """Carry out a command of this reader; raises `RpcError` if it was not done."""
        if self.client.done.called:
            raise RpcError(Code.ENDED, "the client has ended")
        self._asking, self._failure = (reader, id), None
        try:
            self.client.do(command)
        finally:
            self._asking = None
        if self._failure is not None:
            raise self._failure
        if isinstance(command, methods.ASKS_LATE):
            self._late.append(reader)

    def show(self, event: Event) -> None:
        """Tell of an event."""
        if not isinstance(event, _ORDINARY):
            self.changed()
        told = methods.notification(event)
        told["params"]["at"] = int(self._date())
        if self._asking is not None and isinstance(event, methods.ANSWERS):
            self._failure = self._failure or methods.failure(event)
            self._tell(self._asking[0], told, encoded(told))
            return
        if isinstance(event, methods.LATE) and self._late:
            self._tell(self._late.popleft(), told, encoded(told))
            return
        line = encoded(told)
        self.scrollback.add(told["method"], line)
        told_to = [each for each in list(self._all) if self._tell(each, told, line)]
        if isinstance(event, events.Heard) and any(each.reads for each in told_to):
            self.client.do(Seen(event.number, True, event.conversation))

    def _tell(self, reader: "Reader", told: dict[str, Any], line: bytes) -> bool:
        """Tell one of them, with the id of its request if this comes of it."""
        if self._asking is not None and self._asking[0] is reader:
            id = self._asking[1]
            if isinstance(id, int | str):
                line = encoded({**told, "params": {**told["params"], "corr": id}})
        return reader.tell(told["method"], line)

    def changed(self) -> None:
        """Tell what is another by now in the snapshot."""
        if self._all:
            self.here()

    def here(self) -> Snapshot:
        """Where everything is, which by then all have been told."""
        before, self._known = self._known, self.client.snapshot()
        if params := methods.changes(before, self._known):
            line = encoded(jsonrpc.asked("snapshot", params))
            for each in list(self._all):
                each.tell("snapshot", line)
        return self._known

    def _ended(self, how: T) -> T:
        error = how.value if isinstance(how, Failure) else None
        ended = Ended(how) if isinstance(how, int) else Ended(1, str(error), _hint(error))
        line = encoded(jsonrpc.asked("ended", msgspec.to_builtins(ended)))
        for each in list(self._all):
            each.tell("ended", line)
        return how


def _hint(error: BaseException | None) -> str:
    return error.hint if isinstance(error, ChatdError) else ""

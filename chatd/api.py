"""chat for Python programs, in the agent of this account or in a process of its own.

    async with connect("--username", "bot") as chat:
        await chat.send("bob", "the build is done")
        async for event in chat:
            ...

Commands are the classes of `chatd.engine.commands`, events those of
`chatd.engine.decisions.events`; docs/programs.md says more.
"""

import asyncio
import sys
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from chatd import limits
from chatd.agent.greeting import found
from chatd.control import jsonrpc
from chatd.control.encoding import encoded
from chatd.control.jsonrpc import Code, RpcError
from chatd.engine import commands
from chatd.engine.commands import Command
from chatd.engine.decisions import events
from chatd.engine.decisions.events import Event
from chatd.engine.snapshot import Snapshot
from chatd.errors import ChatdError
from chatd.ui.oneshot.carrying import failure
from chatd.ui.oneshot.errand import Errand, Sending, pieces
from chatd.ui.rpc import methods
from chatd.ui.rpc.methods import Dropped

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

__all__ = [
    "Chat",
    "ChatdError",
    "Dropped",
    "NotDone",
    "RpcError",
    "commands",
    "connect",
    "deferred",
    "events",
]

T = TypeVar("T")
_CHAT = [sys.executable, "-c", "import sys; from chatd.cli import main; sys.exit(main())"]


class NotDone(RpcError):
    """A command that was not carried out, as `event` says; `why` is its word for programs, such as
    "no-conversation" where somebody has left."""

    def __init__(self, text: str, data: Any, event: events.CommandFailed | events.NotSaid) -> None:
        super().__init__(Code.NOT_DONE, text, data)
        self.event = event
        self.why = event.code


@asynccontextmanager
async def connect(*options: str, reads: bool = True) -> AsyncIterator["Chat"]:
    """A client: that of the agent without `options`, else one in a process of its own, which
    these options of `chat` are for.

    With `reads` a message counts as read once this program was told of it. Raises `ChatdError`.
    """
    if options:
        async with _child(options) as chat:
            yield chat
        return
    agent = found()
    if agent is None:
        raise ChatdError("no agent runs", "chat agent, or give the options of chat")
    agent.check()
    connected = agent.connection.detached()
    reader, writer = await asyncio.open_unix_connection(sock=connected, limit=limits.API_LINE)
    chat = Chat(reader, writer)
    try:
        await chat.request(jsonrpc.asked("subscribe", {"reads": reads}))
        yield chat
    finally:
        chat.close()


@asynccontextmanager
async def _child(options: tuple[str, ...]) -> AsyncIterator["Chat"]:
    process = await asyncio.create_subprocess_exec(
        *_CHAT,
        "--json",
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=limits.API_LINE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    chat = Chat(process.stdout, process.stdin)
    try:
        yield chat
    finally:
        # The end of its input: what was said still arrives.
        process.stdin.close()
        await process.wait()
        chat.close()


def deferred(coroutine: Coroutine[Any, Any, T]) -> "Deferred[T]":
    """What a coroutine of this module gives, for a Twisted program on the asyncio reactor."""
    from twisted.internet.defer import Deferred

    return Deferred.fromFuture(asyncio.ensure_future(coroutine))


class Chat:
    """Commands in, events out. Iterating gives the events, once each, from the first one on; where
    the program is too slow, `Dropped` stands for what was left out. It is over when the client has
    ended, and raises `ChatdError` if that was with an error, or without a word."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._requests = 0
        self._answers: dict[int, tuple[asyncio.Future[Any], Callable[[Any], None]]] = {}
        self._events: deque[Event | Dropped] = deque()
        self._dropped: Counter[str] = Counter()
        self._came = asyncio.Event()
        self._errands: list[_Errand] = []
        self._ended: ChatdError | None = None
        self._is_good_end = False
        self._reading = asyncio.ensure_future(self._read())

    # -- what a program does

    async def do(self, command: Command) -> None:
        """Carry out a command; raises `NotDone`, and `ChatdError` if the client has ended."""
        await self.request(methods.request(command, None))

    async def attempt(self, command: Command) -> NotDone | None:
        """The same for what may be too late, as people leave when they like: why it was not done,
        None if it was. Raises `ChatdError` if the client has ended."""
        try:
            await self.do(command)
        except NotDone as error:
            return error
        return None

    async def snapshot(self) -> Snapshot:
        """Where everything is."""
        return msgspec.convert(await self.request(jsonrpc.asked("get_snapshot", {})), Snapshot)

    async def send(self, name: str, text: str) -> None:
        """Say something to someone, as `chat send` does; raises `ChatdError` if it has not
        arrived."""
        await self._carry_out(Sending(name, pieces(text)))

    async def ask(self, name: str, text: str) -> str:
        """The answer to what is said to someone, safe to be shown; raises `ChatdError`."""
        errand = Sending(name, pieces(text), answer=True)
        await self._carry_out(errand)
        return "\n".join(errand.printed)

    def __aiter__(self) -> AsyncIterator[Event | Dropped]:
        return self

    async def __anext__(self) -> Event | Dropped:
        while not self._events:
            if self._dropped:
                left_out, self._dropped = Dropped(dict(self._dropped)), Counter()
                return left_out
            if self._is_good_end:
                raise StopAsyncIteration
            if self._ended is not None:
                raise self._ended
            self._came.clear()
            await self._came.wait()
        return self._events.popleft()

    def close(self) -> None:
        """Leave the client to itself."""
        self._reading.cancel()
        self._writer.close()
        self._is_good_end = self._ended is None
        self._end(ChatdError("the connection was closed"))

    # -- inside

    async def request(
        self, message: dict[str, Any], then: Callable[[Any], None] = lambda result: None
    ) -> Any:
        """The result of a request, which gets its id here; `then` is given it before anything
        that comes behind it. Raises `RpcError`."""
        if self._ended is not None:
            raise self._ended
        self._requests += 1
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[self._requests] = answer, then
        self._writer.write(encoded({**message, "id": self._requests}))
        return await answer

    async def _carry_out(self, errand: Errand) -> None:
        running = _Errand(self, errand)
        self._errands.append(running)
        try:
            await running.run()
        finally:
            self._errands.remove(running)

    async def _read(self) -> None:
        with suppress(OSError, ValueError):
            while line := await self._reader.readline():
                self._heard(msgspec.json.decode(line))
        self._end(RpcError(Code.ENDED, "the client has ended"))

    def _heard(self, message: dict[str, Any]) -> None:
        match message:
            case {"id": int(id)} if id in self._answers:
                self._answered(message, *self._answers.pop(id))
            case {"method": "ended", "params": {"error": str(error), "hint": hint}} if error:
                self._end(ChatdError(error, hint))
            case {"method": "ended"}:
                self._is_good_end = True
            case {"method": "dropped", "params": params}:
                self._dropped.update(params["notifications"])
                self._came.set()
            case {"method": method, "params": params}:
                event = methods.event(method, params)
                if event is not None:
                    self._happened(method, event)

    def _answered(
        self, message: dict[str, Any], answer: "asyncio.Future[Any]", then: Callable[[Any], None]
    ) -> None:
        if answer.done():
            return  # nobody waits for it any more
        if (error := message.get("error")) is None:
            then(message["result"])
            answer.set_result(message["result"])
        else:
            answer.set_exception(_failure(Code(error["code"]), error["message"], error.get("data")))

    def _happened(self, method: str, event: Event) -> None:
        for running in self._errands:
            running.happened(event)
        if self._dropped or len(self._events) >= limits.API_EVENTS:
            self._dropped[method] += 1
        else:
            self._events.append(event)
        self._came.set()

    def _end(self, error: ChatdError) -> None:
        self._ended = self._ended or error
        self._came.set()
        answers, self._answers = self._answers, {}
        for answer, _ in answers.values():
            if not answer.done():
                answer.set_exception(self._ended)
        for running in self._errands:
            running.over.set()


def _failure(code: Code, text: str, data: Any) -> RpcError:
    if code == Code.NOT_DONE and isinstance(data, dict):
        event = methods.event(str(data.get("event")), data)
        if isinstance(event, events.CommandFailed | events.NotSaid):
            return NotDone(text, data, event)
    return RpcError(code, text, data)


class _Errand:
    """One errand under way on a `Chat`."""

    def __init__(self, chat: Chat, errand: Errand) -> None:
        self._chat = chat
        self._errand = errand
        self._commands: deque[Command] = deque()
        self._has_begun = False
        self.over = asyncio.Event()

    async def run(self) -> None:
        """Until it is done; raises `ChatdError`."""
        await self._chat.request(jsonrpc.asked("get_snapshot", {}), self._begin)
        while self._errand.outcome is None or self._commands:
            if self._commands:
                await self._chat.do(self._commands.popleft())
                continue
            self.over.clear()
            await self.over.wait()
            if self._errand.outcome is None and self._chat._ended is not None:
                raise self._chat._ended
        if (error := failure(self._errand.outcome)) is not None:
            raise error

    def _begin(self, here: Any) -> None:
        self._has_begun = True
        self._add(self._errand.begin(msgspec.convert(here, Snapshot)))

    def happened(self, event: Event) -> None:
        """Go on with it."""
        if self._has_begun and self._errand.outcome is None:
            self._add(self._errand.happened(event))

    def _add(self, commands: list[Command]) -> None:
        self._commands.extend(commands)
        self.over.set()

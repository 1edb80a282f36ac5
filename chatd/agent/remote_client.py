"""The client of the agent, seen from a terminal: commands go there, events come from there.

Without Twisted, whose import would be half of the way to the prompt.
"""

import asyncio
import socket
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from chatd import limits
from chatd.agent.greeting import Agent, found
from chatd.agent.place import is_running
from chatd.control import jsonrpc
from chatd.control.asking import NoAnswer
from chatd.control.encoding import encoded
from chatd.control.jsonrpc import Code
from chatd.engine.client import Listener
from chatd.engine.commands import Command, Quit, Say, Seen
from chatd.engine.decisions import events
from chatd.engine.snapshot import Snapshot
from chatd.errors import ChatdError
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.ui.rpc import methods
from chatd.ui.wording import Line, line
from chatd.ui.wording.failures import COMMANDS

Ended = Callable[[ChatdError | None], None]
_START = COMMANDS["agent-gone"][1]
_GONE: dict[str, Any] = {
    "presence": "connecting",
    "connecting_since": None,
    "retry": None,
    "awaited": None,
    "asking_us": [],
    "asked": [],
    "conversations": [],
    "again": None,
    "busy": False,
    "transfers": [],
}
"""What the snapshot says of an agent that is gone, and looked for."""


class RemoteClient(asyncio.Protocol):
    """A client (chatd.engine.client) that lives in the agent.

    `Quit` ends the terminal alone, and the agent goes on; `ended` is called then, and with an error
    where the agent cannot be used any more. An agent that is gone is looked for until it is back;
    what was open in it is over, and what was not delivered is said.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, ended: Ended) -> None:
        self._loop = loop
        self._ended: Ended | None = ended
        self._listeners: list[Listener] = []
        self._transport: asyncio.WriteTransport | None = None
        self._kept = bytearray()
        self._requests = 0
        # What was asked to be said and has no answer; and what is on its way, by its numbers.
        self._asked: dict[int, Say] = {}
        self._under_way: defaultdict[bytes, dict[int, Message]] = defaultdict(dict)
        self._fields: dict[str, Any] = {}
        self._early: list[events.Event] | None = []
        self._snapshot: Snapshot | None = None
        self._since = 0.0
        self._looking: asyncio.Task[None] | None = None
        self._was_ended = False
        """Whether the agent that is gone was ended: then it is not for us to start it."""
        self.tell: Callable[[list[Line]], None] = lambda lines: None
        """Shows lines about the agent itself."""
        self.attached: asyncio.Future[None] = loop.create_future()
        """Done once the snapshot is there."""

    # -- what a client is

    def do(self, command: Command) -> None:
        """Have the agent do it."""
        if isinstance(command, Quit):
            self._end(None)
        elif self._transport is None:
            self._undone(command)
        else:
            self._requests += 1
            if isinstance(command, Say):
                self._asked[self._requests] = command
            self._transport.write(encoded(methods.request(command, self._requests)))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell this listener from now on, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def snapshot(self) -> Snapshot:
        """Where the agent's client was when it last said so; only once `attached`."""
        if self._snapshot is None:
            self._snapshot = msgspec.convert(self._fields, Snapshot)
        passed = self._loop.time() - self._since
        return replace(self._snapshot, now=self._snapshot.now + passed)

    def begin(self) -> None:
        """Show what came before there was a listener."""
        early, self._early = self._early or [], None
        for event in early:
            self._show(event)
        self.tell(line("quiet", "attached to the agent, which goes on when you leave (Ctrl-D)"))

    def close(self) -> None:
        """Leave the agent to itself."""
        self._end(None)

    # -- the connection

    async def attach(self, connected: socket.socket) -> None:
        """Use a connection on which the agent has said hello."""
        await self._loop.create_unix_connection(lambda: self, sock=connected)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for everything that happens, and for what has happened."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport, self._was_ended = transport, False
        self._kept.clear()
        wanted = {"scrollback": True, "reads": False}
        transport.write(encoded(jsonrpc.asked("subscribe", wanted, 0)))

    def data_received(self, data: bytes) -> None:
        """Lines of the agent, and parts of some."""
        self._kept += data
        *lines, rest = self._kept.split(b"\n")
        self._kept = rest
        for each in lines:
            self._heard(msgspec.json.decode(each))

    def connection_lost(self, exc: Exception | None) -> None:
        """The agent is gone, or we are."""
        self._transport = None
        if self._ended is not None:
            self.tell(line("error", "the agent is gone", _START))
            self._all_over()
            self._loop.call_later(limits.AGENT_AGAIN_SECONDS, self._look)

    # -- inside

    def _heard(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        self._asked.pop(message.get("id") or 0, None)
        match message:
            case {"id": 0, "result": here}:
                self._changed(here)
                if not self.attached.done():
                    self.attached.set_result(None)
            case {"error": {"code": code, "message": text}} if code != Code.NOT_DONE:
                self._show(events.CommandFailed("failed", text=text))
            case {"method": "snapshot"}:
                self._changed(params)
            case {"method": "ended"}:
                self._was_ended = True
            case {"method": "dropped"}:
                count = sum(params["notifications"].values())
                self.tell(
                    line("warning", f"this terminal was too slow: {count} events are not shown")
                )
            case {"method": method} if (event := methods.event(method, params)) is not None:
                self._show(_dated(event, params))

    def _changed(self, fields: dict[str, Any]) -> None:
        self._fields |= fields
        self._snapshot, self._since = None, self._loop.time()
        for each in list(self._listeners):
            each.changed()

    def _undone(self, command: Command) -> None:
        match command:
            case Say(text, conversation):
                self._show(events.NotSaid(text, "agent-gone", conversation=conversation or b""))
            case Seen():
                return
            case _:
                self._show(events.CommandFailed("agent-gone"))

    def _all_over(self) -> None:
        """The conversations of an agent end with it."""
        asked, self._asked = self._asked, {}
        for each in asked.values():
            self._undone(each)
        if not self.attached.done():
            return
        for talk in self.snapshot().conversations:
            lost = [*self._under_way[talk.id].values()]
            over = events.ConversationOver(
                talk.name, Ending.CUT_OFF, "", lost, conversation=talk.id
            )
            self._show(over)
        self._changed(_GONE)

    def _note(self, event: events.Event) -> None:
        """What this means for what is on its way."""
        match event:
            case events.Said(number, message):
                self._under_way[event.conversation][number] = message
            case events.Delivered(numbers):
                for number in numbers:
                    self._under_way[event.conversation].pop(number, None)
            case events.ConversationOver():
                self._under_way.pop(event.conversation, None)

    def _show(self, event: events.Event) -> None:
        self._note(event)
        if self._early is not None:
            self._early.append(event)
            return
        for each in list(self._listeners):
            each.show(event)

    def _look(self) -> None:
        if self._ended is not None:
            self._looking = self._loop.create_task(self._find())

    async def _find(self) -> None:
        """An agent in the place of the one that is gone, which may take a while to say hello."""
        try:
            agent = await self._loop.run_in_executor(None, self._find_it)
            if agent is not None:
                agent.check()
        except (NoAnswer, ConnectionError):
            agent = None  # it has ended at once
        except ChatdError as error:
            self._end(error)
            return
        if agent is None:
            self._loop.call_later(limits.AGENT_AGAIN_SECONDS, self._look)
            return
        self.tell(line("good", "the agent is back; what was open in it has ended"))
        await self.attach(agent.connection.detached())

    def _find_it(self) -> Agent | None:
        return found() if not self._was_ended or is_running() else None

    def _end(self, error: ChatdError | None) -> None:
        ended, self._ended = self._ended, None
        if self._transport is not None:
            self._transport.close()
        if ended is not None:
            ended(error)


def _dated(event: events.Event, params: dict[str, Any]) -> events.Event:
    """With the time at which it was heard, if that was a while ago."""
    if not isinstance(event, events.Heard):
        return event
    ago = int(time.time()) - int(params.get("at", 0))
    return replace(event, late=event.late + ago) if ago >= limits.LATE_SECONDS else event

"""What a terminal makes of what its agent says."""

import asyncio
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chatd import limits
from chatd.agent.remote_client import RemoteClient
from chatd.control.encoding import encoded
from chatd.engine import commands
from chatd.engine.decisions import events
from chatd.engine.snapshot import ConversationState, Snapshot
from chatd.errors import ChatdError
from chatd.peer.message import Message
from chatd.ui.rpc import methods


class Terminal:
    """A listener that keeps what it is shown."""

    def __init__(self) -> None:
        self.events: list[events.Event] = []
        self.told: list[str] = []
        self.ended: list[ChatdError | None] = []

    def show(self, event: events.Event) -> None:
        """Keep it."""
        self.events.append(event)

    def changed(self) -> None:
        """Nothing is drawn."""


class Scene:
    """A client whose agent is the test."""

    def __init__(self) -> None:
        self.terminal = Terminal()
        self.client = RemoteClient(asyncio.get_running_loop(), self.terminal.ended.append)
        self.client.tell = lambda lines: self.terminal.told.extend(each.text for each in lines)
        self.client.subscribe(self.terminal)

    async def attach(self) -> None:
        """Bring both together."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self.reader, self.writer = await asyncio.open_unix_connection(sock=theirs)
        await self.client.attach(ours)
        assert b"subscribe" in await self.reader.readline()
        self.client.begin()

    async def say(self, *messages: dict[str, Any], seen: Callable[[], bool]) -> None:
        """The agent says this, in pieces that end anywhere."""
        data = b"".join(encoded(each) for each in messages)
        for at in range(0, len(data), 7):
            self.writer.write(data[at : at + 7])
        while not seen():
            await asyncio.sleep(0)


def played(scenario: Callable[[Scene], Any]) -> None:
    """Play it to its end."""

    async def play() -> None:
        scene = Scene()
        await scene.attach()
        try:
            await scenario(scene)
        finally:
            scene.client.close()
            scene.writer.close()

    asyncio.run(play())


def heard(ago: float, late: int = 0) -> dict[str, Any]:
    """Bob has said something, so many seconds ago."""
    told = methods.notification(events.Heard("bob", Message("hi"), late))
    told["params"]["at"] = int(time.time() - ago)
    return told


@pytest.mark.parametrize(("ago", "is_late"), [(0, False), (limits.LATE_SECONDS + 1, True)])
def test_what_was_heard_a_while_ago_has_its_time(ago: float, is_late: bool) -> None:
    """Whoever attaches later does not take it for new."""

    async def scenario(scene: Scene) -> None:
        await scene.say(heard(ago), seen=lambda: bool(scene.terminal.events))
        (event,) = scene.terminal.events
        assert isinstance(event, events.Heard)
        assert (event.late > 0) is is_late

    played(scenario)


def test_the_snapshot_grows_with_the_clock() -> None:
    """Its fields come one by one, and its present is that of the agent, going on."""

    async def scenario(scene: Scene) -> None:
        whole = methods.changes(None, Snapshot(now=100.0, server="s"))
        answer = {"id": 0, "result": whole}
        await scene.say(answer, seen=scene.client.attached.done)
        first = scene.client.snapshot()
        change = {"method": "snapshot", "params": {"now": 200.0, "name": "alice"}}
        await scene.say(change, seen=lambda: scene.client.snapshot().name == "alice")
        assert first.now >= 100.0
        assert 200.0 <= scene.client.snapshot().now < 300.0
        assert scene.client.snapshot().server == "s"

    played(scenario)


def test_the_end_of_a_terminal_is_not_that_of_the_agent() -> None:
    """To quit says nothing to it but goodbye."""

    async def scenario(scene: Scene) -> None:
        scene.client.do(commands.Search("bob"))
        scene.client.do(commands.Quit())
        assert b"search" in await scene.reader.readline()
        assert await scene.reader.read() == b""
        assert scene.terminal.ended == [None]

    played(scenario)


def test_what_was_open_in_an_agent_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its conversations are over, and what nobody knows to be delivered is said, each text once."""
    monkeypatch.setattr("chatd.agent.remote_client.found", lambda: None)
    talk = ConversationState(b"bob", "bob", "", "new", "open")

    async def scenario(scene: Scene) -> None:
        here = Snapshot(now=1.0, server="s", conversations=(talk,))
        on_its_way: list[events.Event] = [
            events.Said(1, Message("one"), conversation=b"bob"),
            events.Said(2, Message("two"), conversation=b"bob"),
            events.Delivered([1], conversation=b"bob"),
        ]
        scene.client.do(commands.Say("two", b"bob"))
        scene.client.do(commands.Say("three", b"bob"))
        await scene.say(
            {"id": 0, "result": methods.changes(None, here)},
            *map(methods.notification, on_its_way),
            {"id": 1, "result": {}},
            seen=lambda: len(scene.terminal.events) == 3,
        )
        await asyncio.sleep(0)
        scene.writer.close()
        while scene.client.snapshot().conversations:
            await asyncio.sleep(0)
        unsaid, over = scene.terminal.events[3:]
        assert isinstance(unsaid, events.NotSaid)
        assert unsaid.text == "three"
        assert isinstance(over, events.ConversationOver)
        assert over.undelivered == [Message("two")]
        here = scene.client.snapshot()
        assert (here.presence, here.connecting_since, here.retry) == ("connecting", None, None)

    played(scenario)


def test_an_agent_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said once, and whatever is wanted meanwhile is not done, which is said as well."""
    monkeypatch.setattr("chatd.agent.remote_client.found", lambda: None)

    async def scenario(scene: Scene) -> None:
        scene.writer.close()
        while not any("agent is gone" in each for each in scene.terminal.told):
            await asyncio.sleep(0)
        scene.client.do(commands.Search("bob"))
        scene.client.do(commands.Say("lost?", b"bob"))
        scene.client.do(commands.Seen(1))
        search, say = scene.terminal.events
        assert search == events.CommandFailed("agent-gone")
        assert say == events.NotSaid("lost?", "agent-gone", conversation=b"bob")

    played(scenario)


def test_an_agent_that_was_ended_is_not_started_by_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To connect would do that where a service manager listens: so only one that somebody else has
    started is looked for. One that was killed is looked for at once."""
    is_there, looks = [False], []
    monkeypatch.setattr(limits, "AGENT_AGAIN_SECONDS", 0)
    monkeypatch.setattr("chatd.agent.remote_client.is_running", lambda: is_there[0])
    monkeypatch.setattr("chatd.agent.remote_client.found", lambda: looks.append(is_there[0]))

    async def scenario(scene: Scene, *, is_ended: bool) -> None:
        looks.clear()
        is_there[0] = False
        last = encoded({"method": "ended", "params": {"status": 0}}) if is_ended else b""
        scene.writer.write(last)
        scene.writer.close()
        while not any("agent is gone" in each for each in scene.terminal.told):
            await asyncio.sleep(0)
        before = scene.client._looking
        while scene.client._looking is before or not scene.client._looking.done():
            await asyncio.sleep(0)
        is_there[0] = is_ended
        while not looks:
            await asyncio.sleep(0)
        assert looks[0] == is_ended

    for is_ended in (True, False):
        played(partial(scenario, is_ended=is_ended))

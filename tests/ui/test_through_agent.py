"""One-shot commands through an agent, which is the test."""

import json
import signal
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from patience import SECONDS

from chatd import limits
from chatd.control.asking import Connection
from chatd.control.encoding import encoded
from chatd.control.jsonrpc import answered, asked
from chatd.engine.commands import SendFiles
from chatd.engine.decisions import events as e
from chatd.engine.snapshot import ConversationState, Snapshot
from chatd.errors import ChatdError
from chatd.peer.message import Message
from chatd.ui.oneshot.errand import Sending
from chatd.ui.oneshot.through_agent import carry_out
from chatd.ui.rpc import methods

BOB = b"b" * 33
HERE = Snapshot(now=0.0, server="s", name="alice", presence="in", identity="open")


@pytest.fixture(autouse=True)
def unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests go on to end as always at a signal."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)


class Agent(threading.Thread):
    """Takes one connection; `heard` is each request of it."""

    def __init__(self, path: Path, here: Snapshot) -> None:
        super().__init__(daemon=True)
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._here = here
        self.heard: list[dict[str, Any]] = []
        self.start()

    def run(self) -> None:
        """Until it is hung up."""
        connection, _ = self._listening.accept()
        hung_up = suppress(ConnectionResetError)  # before it has read all
        with self._listening, connection, connection.makefile("rb") as lines, hung_up:
            for line in lines:
                self._take(connection, json.loads(line))

    def _take(self, connection: socket.socket, request: dict[str, Any]) -> None:
        self.heard.append(request)
        with suppress(BrokenPipeError):
            connection.sendall(b"".join(self.answer(request)))

    def answer(self, request: dict[str, Any]) -> list[bytes]:
        """What it says to a request."""
        if request["method"] == "subscribe":
            return [encoded(answered(0, msgspec.to_builtins(self._here)))]
        if request["method"] != "say":
            return [encoded(answered(request["id"], {}))]
        number = request["id"]
        text = request["params"]["text"]
        told = [
            e.Said(number, Message(text), conversation=BOB),
            e.Delivered([number], conversation=BOB),
        ]
        much = encoded(asked("snapshot", {"server": "x" * limits.RPC_QUEUE}))
        done = encoded(answered(number, {}))
        return [much, *(encoded(methods.notification(each)) for each in told), done]


def test_an_agent_that_says_much_before_it_reads_on(tmp_path: Path) -> None:
    """Neither waits for the other: a long text is delivered."""
    talk = ConversationState(BOB, "bob", "", "known", "open")
    agent = Agent(tmp_path / "s", msgspec.structs.replace(HERE, conversations=(talk,)))
    texts = [f"{at}{'x' * 16_000}" for at in range(16)]
    carry_out(Connection(tmp_path / "s", 20), Sending("bob", texts), 20)
    agent.join(SECONDS)
    assert [each["params"]["text"] for each in agent.heard[1:]] == texts


def test_what_was_begun_is_withdrawn_when_nobody_waits_any_more(tmp_path: Path) -> None:
    """A key or a signal that ends the command takes its request back."""

    class Interrupting(Sending):
        def happened(self, event: e.Event) -> list[Any]:
            raise KeyboardInterrupt

    class Telling(Agent):
        def answer(self, request: dict[str, Any]) -> list[bytes]:
            more = [encoded(methods.notification(e.Asking("bob", True, 300)))]
            return super().answer(request) + (more if request["method"] == "ask" else [])

    agent = Telling(tmp_path / "s", HERE)
    with pytest.raises(KeyboardInterrupt):
        carry_out(Connection(tmp_path / "s", 20), Interrupting("bob", ["hi"]), 20)
    agent.join(SECONDS)
    assert [each["method"] for each in agent.heard] == ["subscribe", "ask", "cancel"]


def test_a_failure_that_does_not_say_of_what(tmp_path: Path) -> None:
    """It ends the command at once."""

    class Refusing(Agent):
        def answer(self, request: dict[str, Any]) -> list[bytes]:
            if request["method"] == "subscribe":
                return super().answer(request)
            error = {"code": -32700, "message": "that is no JSON"}
            return [encoded({"jsonrpc": "2.0", "error": error, "id": None})]

    Refusing(tmp_path / "s", HERE)
    with pytest.raises(ChatdError, match="that is no JSON"):
        carry_out(Connection(tmp_path / "s", 20), Sending("bob", ["hi"]), 20)


def test_all_that_follows_the_outcome_is_done(tmp_path: Path) -> None:
    """Whoever has asked and has the answer also leaves."""

    class Answering(Agent):
        def answer(self, request: dict[str, Any]) -> list[bytes]:
            talking = e.Talking("bob", True, "gcm", "f", "p", "known", conversation=BOB)
            told: dict[str, list[e.Event]] = {
                "ask": [talking],
                "say": [e.Heard("bob", Message("yes"), number=1, conversation=BOB)],
            }
            more = told.get(request["method"], [])
            return super().answer(request) + [encoded(methods.notification(each)) for each in more]

    agent = Answering(tmp_path / "s", HERE)
    carry_out(Connection(tmp_path / "s", 20), Sending("bob", ["hi"], answer=True), 20)
    agent.join(SECONDS)
    methods_heard = [each["method"] for each in agent.heard]
    assert methods_heard == ["subscribe", "ask", "say", "seen", "leave"]


def test_files_that_are_given_up_are_withdrawn_and_the_conversation_left(tmp_path: Path) -> None:
    """All that giving up means is said, though no answer to it is waited for."""
    offer = SendFiles(("/a",), id=b"i" * 16)

    class Interrupting(Sending):
        def happened(self, event: e.Event) -> list[Any]:
            commands = super().happened(event)
            if isinstance(event, e.FilesGiven):
                raise KeyboardInterrupt
            return commands

    class Offering(Agent):
        def answer(self, request: dict[str, Any]) -> list[bytes]:
            talking = e.Talking("bob", True, "gcm", "f", "p", "known", conversation=BOB)
            given = e.FilesGiven(b"i" * 16, 3, "a", 1, 1, conversation=BOB)
            told: dict[str, e.Event] = {"ask": talking, "send_files": given}
            more = [told[request["method"]]] if request["method"] in told else []
            return super().answer(request) + [encoded(methods.notification(each)) for each in more]

    agent = Offering(tmp_path / "s", HERE)
    with pytest.raises(KeyboardInterrupt):
        carry_out(Connection(tmp_path / "s", 20), Interrupting("bob", [], offer=offer), 20)
    agent.join(SECONDS)
    heard = [each["method"] for each in agent.heard]
    assert heard == ["subscribe", "ask", "send_files", "end_files", "leave"]

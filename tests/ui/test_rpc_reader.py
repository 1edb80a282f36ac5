"""What programs say to a client and are told by it, without sockets."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from twisted.internet.defer import Deferred

from chatd import limits
from chatd.control.jsonrpc import Code
from chatd.engine import commands
from chatd.engine.client import Listener
from chatd.engine.commands import Command
from chatd.engine.decisions import events
from chatd.engine.decisions.events import Event
from chatd.engine.snapshot import Snapshot
from chatd.peer.message import Message
from chatd.ui.rpc.methods import Hello
from chatd.ui.rpc.reader import Reader
from chatd.ui.rpc.readers import Readers

BOB = b"b" * 33
HELLO = Hello(1, "0", "server:1712", "alice", 7)


class Scripted:
    """A client that answers each command with the events that it was told to."""

    def __init__(self) -> None:
        self.done: Deferred[int] = Deferred()
        self.commands: list[Command] = []
        self.answers: dict[type, list[Event]] = {}
        self.here = Snapshot(now=1.0, server="server:1712")
        self._listeners: list[Listener] = []

    def do(self, command: Command) -> None:
        self.commands.append(command)
        for event in self.answers.get(type(command), []):
            self.tell(event)
        for each in self._listeners:
            each.changed()

    def tell(self, event: Event) -> None:
        for each in self._listeners:
            each.show(event)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def snapshot(self) -> Snapshot:
        return self.here


class Program:
    """One that reads, and its lines as values."""

    def __init__(self, readers: Readers, *, subscribed: bool = True, **how: bool) -> None:
        self.lines: list[bytes] = []
        self.reader = Reader(readers, HELLO, self.lines.append)
        if subscribed:
            self.ask("subscribe", **how)
        self.take()

    def ask(self, method: str, id: int | str | None = 1, **params: Any) -> None:
        named = {} if id is None else {"id": id}
        line = {"jsonrpc": "2.0", "method": method, "params": params, **named}
        self.reader.received(json.dumps(line).encode())

    def take(self) -> list[dict[str, Any]]:
        lines, self.lines[:] = [json.loads(line) for line in self.lines], []
        return lines

    def methods(self) -> list[str]:
        return [line.get("method", "") for line in self.take()]


@pytest.fixture
def client() -> Scripted:
    """One that does nothing yet."""
    return Scripted()


@pytest.fixture
def readers(client: Scripted) -> Readers:
    """All who look at it."""
    return Readers(client, lambda: 1_800_000_000.5)


def heard(text: str, number: int = 1) -> events.Heard:
    """Bob says something."""
    return events.Heard("bob", Message(text), number=number, conversation=BOB)


def test_a_command_and_what_came_of_it(client: Scripted, readers: Readers) -> None:
    """The asker's events have the id of its request and come before the answer to it; another
    program is told the same without that."""
    one, other = Program(readers), Program(readers)
    client.answers[commands.Say] = [events.Said(4, Message("é\x1b"), conversation=BOB)]
    one.ask("say", "x", text="é\x1b", conversation=b64encode(BOB).decode())
    assert client.commands == [commands.Say("é\x1b", BOB)]
    said, answer = one.take()
    assert (said["method"], said["params"]["corr"]) == ("said", "x")
    assert said["params"]["message"]["text"] == "é\x1b"
    assert answer == {"jsonrpc": "2.0", "result": {}, "id": "x"}
    (told,) = other.take()
    assert told["params"] == {k: v for k, v in said["params"].items() if k != "corr"}


def test_what_was_not_done_is_an_error(client: Scripted, readers: Readers) -> None:
    """With the event that says why, which nobody else is told; the next request is another one."""
    one, other = Program(readers), Program(readers)
    client.answers[commands.Leave] = [events.CommandFailed("blocked", ("bob",))]
    one.ask("leave", 5)
    told, answer = one.take()
    assert told["params"]["corr"] == 5
    assert answer["error"]["code"] == Code.NOT_DONE
    assert answer["error"]["message"] == "bob is blocked"
    data = answer["error"]["data"]
    assert (data["event"], data["code"], data["names"]) == ("command_failed", "blocked", ["bob"])
    assert other.take() == []
    one.ask("quit", 6)
    assert one.take() == [{"jsonrpc": "2.0", "result": {}, "id": 6}]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"garbage", Code.NOT_JSON),
        (b"[]", Code.NOT_A_REQUEST),
        (b'{"jsonrpc":"2.0","method":"fly","id":null}', Code.NOT_A_REQUEST),
    ],
)
def test_lines_that_are_no_requests(readers: Readers, line: bytes, code: Code) -> None:
    """They get an error without an id, and the next line is read as ever."""
    program = Program(readers)
    program.reader.received(line)
    (answer,) = program.take()
    assert (answer["id"], answer["error"]["code"]) == (None, code)
    program.ask("get_snapshot")
    assert program.take()[0]["result"]["server"] == "server:1712"


def test_requests_that_name_nothing(client: Scripted, readers: Readers) -> None:
    """No such method, a field that does not exist; without an id there is no answer either."""
    program = Program(readers)
    program.ask("fly", 1)
    program.ask("say", 2, txt="a")
    program.ask("say", 3, text="a", conversation="not base64")
    assert [each["error"]["code"] for each in program.take()] == [
        Code.NO_SUCH_METHOD,
        Code.BAD_PARAMS,
        Code.BAD_PARAMS,
    ]
    program.ask("fly", None)
    assert program.take() == []
    assert client.commands == []


@pytest.mark.parametrize(
    "kind", ["", "A", "no kind", "x\n", "\u00e9", "x" * (limits.KIND_LENGTH + 1)]
)
def test_a_kind_that_the_other_side_could_not_read(
    client: Scripted, readers: Readers, kind: str
) -> None:
    """It would end the conversation there, so it is not said."""
    program = Program(readers)
    program.ask("say", 1, text="a", kind=kind)
    assert program.take()[0]["error"]["code"] == Code.BAD_PARAMS
    assert client.commands == []
    program.ask("say", 2, text="a", kind="x" * limits.KIND_LENGTH)
    assert program.take() == [{"jsonrpc": "2.0", "result": {}, "id": 2}]


def test_a_client_that_has_ended(client: Scripted, readers: Readers) -> None:
    """Nothing more is asked of it."""
    program = Program(readers)
    client.done.callback(0)
    program.ask("say", text="a")
    ended, answer = program.take()
    assert ended["params"]["status"] == 0
    assert answer["error"]["code"] == Code.ENDED
    assert client.commands == []


def test_a_fault_of_ours_is_an_answer(
    client: Scripted, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever, and nothing of the error's own words is told."""
    program = Program(readers)

    def fail(_: Command) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(client, "do", fail)
    program.ask("quit")
    (answer,) = program.take()
    assert answer["error"]["code"] == Code.INTERNAL
    assert "secret" not in json.dumps(answer)


def test_what_changed_in_the_snapshot(client: Scripted, readers: Readers) -> None:
    """It is told after the events, by the fields that are others; nothing is where none is."""
    program = Program(readers)
    client.here = replace(client.here, now=2.0)
    client.here = replace(client.here, now=3.0)
    client.do(commands.Quit())
    assert program.take() == []
    client.here = replace(client.here, now=4.0, name="alice")
    client.do(commands.Quit())
    assert program.take()[0]["params"] == {"now": 4.0, "name": "alice"}


@pytest.mark.parametrize("reads", [True, False])
def test_who_reads_a_message(client: Scripted, readers: Readers, reads: bool) -> None:
    """It counts as read once a program was told of it that reads for the person, and not by one
    that only looks on."""
    Program(readers, reads=False)
    Program(readers, reads=reads)
    client.tell(heard("hi", 9))
    assert (commands.Seen(9, True, BOB) in client.commands) is reads


def test_a_program_that_does_not_read(client: Scripted, readers: Readers) -> None:
    """At the limit all is kept, and one over is counted and said; nobody else is held up."""
    slow, other = Program(readers), Program(readers, reads=False)
    slow.reader.pause()
    text, told = "x" * 8000, 0
    while told * len(text) < 2 * limits.RPC_QUEUE:
        client.tell(heard(text, told))
        told += 1
    assert other.methods() == ["heard"] * told
    client.tell(events.Delivered([3], conversation=BOB))
    read = [each for each in client.commands if isinstance(each, commands.Seen)]
    slow.ask("get_snapshot", 8)
    assert slow.take() == []
    slow.reader.resume()
    *kept, answer, gap, snapshot = slow.take()
    assert [each["params"]["number"] for each in kept] == list(range(len(kept)))
    assert limits.RPC_QUEUE - 8300 < len(kept) * len(json.dumps(kept[0])) < limits.RPC_QUEUE + 8300
    assert answer["id"] == 8
    assert gap["method"] == "dropped"
    assert gap["params"] == {"notifications": {"heard": told - len(kept), "delivered": 1}}
    assert snapshot["params"]["server"] == "server:1712"
    assert [each.number for each in read] == list(range(len(kept)))
    client.tell(heard("again"))
    assert slow.methods() == ["heard"]


def test_a_program_that_stops_again_at_once(client: Scripted, readers: Readers) -> None:
    """What it does not take then waits on, in its order."""
    program = Program(readers)
    program.reader.pause()
    for number in range(3):
        client.tell(heard("a", number))
    taken: list[bytes] = []

    def one(line: bytes) -> None:
        taken.append(line)
        program.reader.pause()

    program.reader._write = one
    for _ in range(3):
        program.reader.resume()
    assert [json.loads(line)["params"]["number"] for line in taken] == [0, 1, 2]


def test_whoever_comes_later(client: Scripted, readers: Readers) -> None:
    """The last events are told again if that is wanted, with their times, and none of what was for
    somebody else alone."""
    early = Program(readers)
    client.answers[commands.MakeCard] = [events.CardMade("chatd:secret", "id", 60.0)]
    client.tell(heard("before"))
    early.ask("make_card")
    assert "card_made" in early.methods()
    late = Program(readers, subscribed=False)
    late.ask("subscribe", scrollback=True)
    told, answer = late.take()
    assert (told["method"], told["params"]["at"]) == ("heard", 1_800_000_000)
    assert answer["result"]["server"] == "server:1712"
    assert Program(readers).take() == []


def test_the_scrollback_is_bounded(client: Scripted, readers: Readers) -> None:
    """In number and in bytes; the oldest go."""
    for number in range(limits.SCROLLBACK_EVENTS + 1):
        client.tell(events.Delivered([number], conversation=BOB))
    kept = list(readers.scrollback)
    assert len(kept) == limits.SCROLLBACK_EVENTS
    assert json.loads(kept[0][1])["params"]["numbers"] == [1]
    for number in range(200):
        client.tell(heard("x" * 16_000, number))
    assert sum(len(line) for _, line in readers.scrollback) <= limits.SCROLLBACK


def test_a_program_that_is_gone(client: Scripted, readers: Readers) -> None:
    """It is told nothing, and may hang up twice."""
    program = Program(readers)
    program.reader.close()
    program.reader.close()
    client.tell(heard("a"))
    assert (program.take(), len(readers)) == ([], 0)


def test_who_has_not_subscribed(client: Scripted, readers: Readers) -> None:
    """It is told the answers to its own questions and nothing else."""
    program = Program(readers, subscribed=False)
    client.answers[commands.ListContacts] = [events.Contacts([])]
    client.tell(heard("a"))
    program.ask("list_contacts")
    assert program.methods() == ["contacts", ""]


def test_an_answer_that_comes_late_goes_to_whoever_asked(
    client: Scripted, readers: Readers
) -> None:
    """In turn, whoever has asked, also who is gone by then; and to nobody who comes later."""
    one, other, gone = Program(readers), Program(readers, subscribed=False), Program(readers)
    for program in (one, gone, other):
        program.ask("list_files")
        assert program.methods() == [""]
    gone.reader.close()
    client.answers[commands.ListFiles] = [events.CommandFailed("no-name")]
    one.ask("list_files")
    assert one.take()[-1]["error"]["code"] == Code.NOT_DONE
    for asked in (["files_known"], []):
        client.tell(events.FilesKnown())
        assert one.methods() == asked
    assert other.methods() == []
    client.tell(events.FilesKnown())
    assert (one.methods(), other.methods()) == ([], ["files_known"])
    assert not list(readers.scrollback)


def test_an_event_finds_the_snapshot_that_it_belongs_to(client: Scripted, readers: Readers) -> None:
    """As for a view in the same process: what is another by then comes first; behind messages it
    can wait."""
    program = Program(readers)
    client.here = replace(client.here, name="alice")
    client.tell(events.Named("alice"))
    assert program.methods() == ["snapshot", "named"]
    client.here = replace(client.here, busy=True)
    client.tell(heard("a"))
    assert program.methods() == ["heard", "snapshot"]

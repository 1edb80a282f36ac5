"""Whether a program and the agent belong to one release, and the unit that starts it."""

import configparser
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatd import __version__
from chatd.agent import greeting, place
from chatd.agent.greeting import Agent
from chatd.control import jsonrpc
from chatd.control.asking import Connection, NoAnswer
from chatd.control.encoding import encoded
from chatd.control.jsonrpc import Code, RpcError
from chatd.errors import ChatdError
from chatd.options import WORDS
from chatd.ui.rpc.methods import VERSION, Hello

OLD_AGENT = "the agent is the older one; to start it again: kill 7; chat agent"
DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    """To something that says nothing."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        return Connection(tmp_path / "s", 5)


@pytest.mark.parametrize(
    ("version", "release", "hint"),
    [
        (
            VERSION,
            "0.0.1",
            OLD_AGENT,
        ),
        (
            VERSION + 1,
            __version__,
            OLD_AGENT,
        ),
        (
            VERSION,
            "999.0",
            "this chat is the older one: start chat again",
        ),
        (
            VERSION,
            "\x1b[2J",
            OLD_AGENT,
        ),
    ],
)
def test_another_release(connection: Connection, version: int, release: str, hint: str) -> None:
    """It says which of them to start again."""
    with pytest.raises(ChatdError) as caught:
        Agent(connection, Hello(version, release, "s", "alice", 7)).check()
    assert caught.value.hint.startswith(hint)
    assert "\x1b" not in str(caught.value)


def test_the_same_release(connection: Connection) -> None:
    """Nothing is said."""
    Agent(connection, Hello(VERSION, __version__, "s", "alice", 7)).check()
    connection.close()


@contextmanager
def answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes) -> Iterator[None]:
    """Something in the place of the agent, which says this."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    tmp_path.chmod(0o700)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place.prepared()))
        listening.listen()
        connect = place.connected

        def connected(seconds: float) -> Connection | None:
            made = connect(seconds)
            other, _ = listening.accept()
            with other:
                other.sendall(said)
            return made

        monkeypatch.setattr(place, "connected", connected)
        yield


@pytest.mark.parametrize(
    "said",
    [b"", b"garbage\n", b"[]\n", encoded({"error": {}}), encoded({"params": {"version": 1}})],
)
def test_what_is_no_hello(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    """An error in words, whatever answers there."""
    with answering(tmp_path, monkeypatch, said), pytest.raises(NoAnswer):
        greeting.found()


def test_an_agent_that_has_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so, and what can be done about it."""
    said = encoded(jsonrpc.failed(None, RpcError(Code.INTERNAL, "no more may")))
    with (
        answering(tmp_path, monkeypatch, said),
        pytest.raises(ChatdError, match="no more may") as caught,
    ):
        greeting.found()
    assert caught.value.hint == "end one of them, or use --no-agent"


def test_the_unit_starts_what_there_is() -> None:
    """At the socket where programs look for it, for the account alone."""
    units = {}
    for kind in ("socket", "service"):
        units[kind] = configparser.ConfigParser(interpolation=None)
        units[kind].optionxform = str  # type: ignore[assignment, method-assign]
        units[kind].read(DEPLOY / f"chat-agent.{kind}")
    listening = units["socket"]["Socket"]
    assert listening["ListenStream"] == f"%t/chatd/{place.SOCKET}"
    assert (listening["SocketMode"], listening["DirectoryMode"]) == ("0600", "0700")
    service = units["service"]["Service"]
    # An agent that was asked to end has not failed.
    assert int(service["SuccessExitStatus"]) == 128 + signal.SIGTERM
    program, word = service["ExecStart"].split()
    assert program.endswith("/chat")
    assert word in WORDS


def test_an_agent_that_is_a_unit(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is started again as one: whoever ends it by its number has it back at once."""
    of = "0::/user.slice/user-7.slice/user@7.service/app.slice/chat-agent.service\n"
    monkeypatch.setattr(Path, "read_text", lambda path: of * (path == Path("/proc/7/cgroup")))
    with pytest.raises(ChatdError) as caught:
        Agent(connection, Hello(VERSION, "0.0.1", "s", "alice", 7)).check()
    assert "systemctl --user restart chat-agent, which ends" in caught.value.hint

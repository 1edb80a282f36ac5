"""The agent: a client in the background, to which terminals and programs come and go."""

import json
import os
import signal
import socket
from contextlib import suppress
from unittest.mock import ANY

import pexpect
import pytest
from patience import SECONDS

from chatd.files import lock

WORD = "correct horse battery staple"


class Program:
    """A program on the socket of somebody's agent."""

    def __init__(self, folder, **how):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS)
        # The path may be longer than a name of a socket.
        inside = os.open(folder / "run" / "chatd", os.O_PATH)
        self.socket.connect(f"/proc/self/fd/{inside}/agent.sock")
        os.close(inside)
        self.lines = self.socket.makefile("rb")
        self.hello = self.next()
        if how:
            self.here = self.ask("subscribe", **how)["result"]

    def next(self):
        """The next message."""
        return json.loads(self.lines.readline())

    def say(self, method, id, **params):
        """One request."""
        line = {"jsonrpc": "2.0", "method": method, "params": params, "id": id}
        self.socket.sendall(json.dumps(line).encode() + b"\n")

    def ask(self, method, id="q", **params):
        """The answer to a request; what comes before is passed over."""
        self.say(method, id, **params)
        while (message := self.next()).get("id") != id:
            pass
        return message

    def until(self, method, **fields):
        """The parameters of the next notification of this kind that has these."""
        while True:
            message = self.next()
            params = message.get("params", {})
            if message.get("method") == method and fields.items() <= params.items():
                return params

    def close(self):
        """Hang up."""
        self.lines.close()
        self.socket.close()


@pytest.fixture
def program(tmp_path):
    """Connects programs to an agent, by whose it is."""
    made = []

    def connect(name="alice", **how):
        made.append(Program(tmp_path / name, **how))
        return made[-1]

    yield connect
    for each in made:
        each.close()


def talking(stage, program):
    """Bob, and what a program was told of the conversation with him that it accepted."""
    bob = stage.arrived("bob")
    bob.type("/chat alice")
    program.until("request_arrived", name="bob")
    program.say("accept", 0, name="bob")
    bob.until("talking to alice")
    return bob, program.until("talking")["conversation"]


def test_programs_see_the_same(stage, program):
    """Whatever one does, all see; what one does not read for the person waits for others; whoever
    comes later is told what has happened. The end of one is nothing to the others."""
    stage.agent("alice")
    one, other = program(reads=False), program(reads=False)
    bob, talk = talking(stage, one)
    other.until("talking")
    bob.type("hello")
    assert one.until("heard") == other.until("heard")
    one.say("say", 7, text="hi", conversation=talk)
    assert other.until("said").get("corr") is None
    assert one.until("said")["corr"] == 7
    bob.until("< alice: .*hi")
    one.close()
    other.until("delivered")
    late = program(scrollback=True, reads=False)
    assert [each["unread"] for each in late.here["conversations"]] == [1]
    other.ask("leave", conversation=talk)
    bob.until("alice left the conversation")
    late.until("conversation_over")


def test_the_socket_is_the_accounts_alone(stage, tmp_path):
    """Its folder and the socket itself; one that a killed agent left behind is taken over, one of
    an agent that runs is not."""
    agent = stage.agent("alice")
    folder = tmp_path / "alice" / "run" / "chatd"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "agent.sock").stat().st_mode & 0o777 == 0o600
    second = stage.word("agent", "alice")
    assert second.ended() == 1
    assert second.complaints()[0] == "chat: error: an agent runs already"
    agent.kill()
    with lock(folder / "agent.lock"):  # as another one has that starts at the same moment
        other = stage.word("agent", "alice")
        assert other.ended() == 1
    assert other.complaints()[0] == "chat: error: an agent runs already"
    third = stage.agent("alice")
    third.signal(signal.SIGTERM)
    assert third.ended() == 128 + signal.SIGTERM
    assert not (folder / "agent.sock").exists()


def test_programs_that_misbehave(stage, program):
    """One that writes garbage, one that ends in a line, one whose line has no end, and a hundred
    that say nothing: the others are served as ever."""
    agent = stage.agent("alice")
    good = program(scrollback=True, reads=False)
    garbage, half, endless = program(), program(), program()
    garbage.socket.sendall(b"\xff\n[]\n{}\n")
    assert [garbage.next()["error"]["code"] for _ in range(3)] == [-32700, -32600, -32600]
    half.socket.sendall(b'{"jsonrpc"')
    half.close()
    with suppress(BrokenPipeError, ConnectionResetError):
        while True:
            endless.socket.sendall(b"x" * 65536)
    crowd = [program() for _ in range(40)]
    assert [each.hello.get("method") for each in crowd].count("hello") < 32
    assert "error" in crowd[-1].hello
    for each in crowd:
        each.close()
    assert good.ask("get_snapshot")["result"]["server"] == f"127.0.0.1:{stage.port}"
    agent.signal(signal.SIGTERM)
    assert good.until("ended")["status"] == 0


@pytest.fixture
def activated(stage, tmp_path):
    """Starts alice's agent with a socket that a service manager holds; gives that and the agent."""
    with socket.socket(socket.AF_UNIX) as held:

        def start():
            folder = tmp_path / "alice" / "run" / "chatd"
            folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            (tmp_path / "alice" / "run").chmod(0o700)
            inside = os.open(folder, os.O_PATH)
            held.bind(f"/proc/self/fd/{inside}/agent.sock")
            os.close(inside)
            os.chmod(folder / "agent.sock", 0o600)
            held.listen()
            shell = 'exec 3<&0 0</dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
            return folder, stage.word("agent", "alice", stdin=held.fileno(), shell=shell)

        yield start


def test_a_socket_from_the_service_manager(activated, program):
    """The agent takes it as it is, for whoever has connected by then, and leaves it there: whoever
    connects afterwards waits for the next one."""
    folder, agent = activated()
    one = program(reads=False)
    assert one.hello["params"]["wanted"] == "alice"
    agent.signal(signal.SIGTERM)
    assert agent.ended() == 128 + signal.SIGTERM
    assert (folder / "agent.sock").stat().st_mode & 0o777 == 0o600
    with socket.socket(socket.AF_UNIX) as later:
        inside = os.open(folder, os.O_PATH)
        later.connect(f"/proc/self/fd/{inside}/agent.sock")
        os.close(inside)


@pytest.mark.slow
def test_whom_one_mutes_and_waits_for(stage, program):
    """It is kept in the profile, whoever is told first, and another program of the same client sees
    it."""
    first = stage.arrived("alice")
    first.signal(signal.SIGTERM)
    first.ended()
    for words, answer in (
        (["mute"], "you are not called for anybody"),
        (["notify", "carol"], "it is said when they are around: carol"),
    ):
        done = stage.word(words[0], "alice", *words[1:])
        assert (done.ended(), done.complaints()) == (0, [])
        assert done.lines()[0] == answer
    agent = stage.agent("alice")
    one = program(reads=False)
    assert one.here["muted"]
    _, talk = talking(stage, one)
    assert stage.word("mute", "alice", "bob").ended() == 0
    assert one.until("muted") == {"name": "bob", "muted": True, "at": ANY}
    assert [each["muted"] for each in one.ask("get_snapshot")["result"]["people"]] == [True]
    one.ask("leave", conversation=talk)
    agent.signal(signal.SIGTERM)
    agent.ended()
    stage.agent("alice")
    again = program(reads=False)
    again.say("wait_for", 1)
    assert again.until("waiting")["names"] == ["carol"]
    assert again.here["muted"]
    assert [each["muted"] for each in again.here["people"]] == [True]


def test_lock_and_unlock(stage, activated, program, terminal):
    """A locked agent is another process, which waits for the passphrase, also at a socket of the
    service manager; what is sent meanwhile says so, and a wrong passphrase changes nothing."""
    agent = stage.agent("alice")
    first = program(reads=False)
    first.until("logged_in") if first.here["name"] is None else None
    bare = terminal("lock")
    bare.expect("the key has no passphrase, so that it cannot be locked")
    bare.expect(pexpect.EOF)
    agent.signal(signal.SIGTERM)
    agent.ended()
    setting = terminal("key", "passphrase", "alice")
    for _ in range(2):
        setting.expect("passphrase of alice|once more")
        setting.sendline(WORD)
    setting.expect("passphrase|key")
    setting.wait()
    activated()
    waiting = program(reads=False)
    assert waiting.here["identity"] == "sealed"
    sending = stage.word("send", "alice", "bob", "hello")
    assert sending.ended() == 1
    assert sending.complaints() == [
        "chat: error: the key waits for its passphrase",
        "chat: hint: chat unlock",
    ]
    unlocking = terminal("unlock")
    for word in ("wrong", WORD):
        unlocking.expect("passphrase of alice:")
        unlocking.sendline(word)
    unlocking.expect(pexpect.EOF)
    unlocking.wait()
    assert unlocking.exitstatus == 0
    waiting.until("logged_in")
    locking = terminal("lock")
    locking.expect(pexpect.EOF)
    assert waiting.until("ended")["status"] == 0
    again = program(scrollback=True, reads=False)
    assert again.here["identity"] == "sealed"
    assert again.here["people"] == []

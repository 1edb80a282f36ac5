"""What the client says and does when the server is not there, or is another one."""

import shutil
import signal

import pytest
from chat_process import CHAT


def test_no_server(chat, held_port):
    """Without a server at the start it fails at once, with the reason and a hint."""
    person = chat("--username", "alice", "--port", str(held_port))
    assert person.ended() == 1
    error, hint = person.complaints()
    assert error.startswith(
        f"chat: error: cannot reach the server localhost:{held_port}: refused: nobody listens"
    )
    assert hint.startswith("chat: hint: check --host and --port")


def test_a_host_that_does_not_exist(chat):
    """A name that leads nowhere is the same error with another reason."""
    person = chat("--username", "alice", "--host", "nowhere.invalid")
    assert person.ended() == 1
    assert person.complaints()[0].startswith("chat: error: cannot reach the server nowhere.invalid")


def test_a_killed_server_comes_back(stage):
    """The client reconnects and asks again with the time that is left, and says so once."""
    alice = stage.arrived("alice")
    alice.type("chat bob", "hi")
    alice.until("asking bob")
    stage.daemon.signal(signal.SIGKILL)
    stage.daemon.ended()
    alice.until(r"no server: the connection was lost; trying again in \d s")
    alice.until("bob will be asked again")
    stage.open()
    alice.until(r"back on .* as alice")
    alice.until(r"asking bob, who is not around.* waiting up to (5 min|4 min \d+ s)")
    bob = stage.arrived("bob")
    bob.until("alice asks")
    bob.type("accept")
    assert bob.until("^<") == "< alice: hi"
    alice.end_input()
    assert alice.ended() == 0
    for said in ("no server", "will be asked again"):
        assert sum(said in line for line in alice.lines()) == 1


def test_a_stopping_server_says_so(stage):
    """SIGTERM to the daemon leaves a conversation alone, and is explained to who is waiting."""
    alice, bob = stage.talking("alice", "bob")
    carol = stage.arrived("carol")
    stage.daemon.signal(signal.SIGTERM)
    carol.until("no server: the server is shutting down")
    stage.daemon.ended()
    alice.type("still here?")
    assert bob.until("^<") == "< alice: still here?"
    alice.type("/leave")
    alice.until("no server: refused: nobody listens there; trying again")


def test_another_server_key(stage, tmp_path, chat):
    """A changed key stops the client; after `chat forget-server` the new one is taken."""
    stage.arrived("alice").signal(signal.SIGTERM)
    stage.renew(tmp_path)
    stopped = stage.person("alice")
    assert stopped.ended() == 1
    error, hint = stopped.complaints()
    assert error.startswith(f"chat: error: the key of 127.0.0.1:{stage.port} has changed")
    assert f"chat forget-server 127.0.0.1:{stage.port}" in hint
    forgetting = chat("forget-server", f"127.0.0.1:{stage.port}", home="alice")
    assert forgetting.ended() == 0
    stage.arrived("alice")


def test_forgetting_what_was_never_known(chat):
    """There is nothing to forget, which is an error with a hint."""
    forgetting = chat("forget-server", "chat.example.org")
    assert forgetting.ended() == 1
    assert forgetting.complaints()[0] == "chat: error: no key of that server is kept"


def test_a_taken_name(stage):
    """Someone else's name is refused; what came after it is not done, and the status says so."""
    stage.arrived("alice")
    other = stage.person("alice", home="elsewhere")
    other.type("chat bob", "hi")
    other.end_input()
    other.until("username: alice belongs to someone else")
    other.until("you need a name first")
    other.until("not sent: hi")
    assert other.ended() == 1


def test_another_name_after_a_taken_one(stage):
    """Whoever was refused a name can take another one."""
    stage.arrived("alice")
    other = stage.person("alice", home="elsewhere")
    other.until("alice belongs to someone else")
    other.type("username alison")
    other.until("you are alison|on .* as alison")


def test_a_profile_in_use(stage):
    """A second terminal with the same profile is refused in one line."""
    stage.arrived("alice")
    second = stage.person("alice")
    assert second.ended() == 1
    assert second.complaints()[0] == "chat: error: alice is already open in another terminal"


def test_a_copied_key(stage, tmp_path):
    """The same key from somewhere else replaces the first client, which explains and stops."""
    alice = stage.arrived("alice")
    # The client may be replacing a file this moment; what is half-written is no part of a copy.
    shutil.copytree(tmp_path / "alice", tmp_path / "copy", ignore=shutil.ignore_patterns("*.new"))
    stage.arrived("alice", home="copy")
    alice.until("the same key logged in from somewhere else, so this client stops")
    alice.until("someone has a copy of your key")
    assert alice.ended() == 1
    assert alice.complaints() == []


def test_a_name_from_the_first_line(stage):
    """Without --username the first line gives the name."""
    person = stage.person(None)
    person.type("", "username Alice", "whoami")
    person.until("you are on .* as alice")
    person.until("you are alice on")
    person.end_input()
    assert person.ended() == 0


@pytest.mark.parametrize("given", [b"", b"\n", b"chat bob\n", b"username b@d\n"])
def test_no_name(start, given):
    """Without a name it stops before it asks any server."""
    person = start([*CHAT, "--port", "1"])
    person.give(given)
    person.end_input()
    assert person.ended() == 1
    error, *_ = person.complaints()
    assert error.startswith("chat: error: ")
    assert person.lines() == []

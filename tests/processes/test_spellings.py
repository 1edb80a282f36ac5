"""One server under several addresses: the same people, and never a second identity."""

import pytest

from chatd.store.keyring import Keyring

SAME = r"\* 127\.0\.0\.\d:\d+ is the server that you know as 127\.0\.0\.1:\d+"


def left(person):
    """End a client by the end of its input."""
    person.end_input()
    assert person.ended() == 0


@pytest.fixture
def stage(everywhere):
    """A daemon that listens on all of 127/8."""
    return everywhere


@pytest.mark.slow
def test_another_spelling_is_the_same_person(stage):
    """Alice has her name, and is known to bob, at an address where she has never been."""
    alice, bob = stage.talking("alice", "bob")
    alice.type("/leave", "/exit")
    assert alice.ended() == 0
    bob.until("back on|you are on")
    alice = stage.person("alice", "--host", "127.0.0.2")
    alice.until(SAME)
    assert alice.until("your names there") == "* your names there: alice"
    alice.until(r"\* you are on 127\.0\.0\.2:\d+ as alice")
    stage.introduce(alice, bob, "alice", "bob")
    alice.type("/exit")
    assert alice.ended() == 0
    again = stage.arrived("alice", "--host", "127.0.0.2")
    left(again)
    assert not [line for line in again.lines() if "you know as" in line]


def test_a_new_name_at_another_spelling(stage):
    """Whoever takes a name that they never had is someone new, and is told who they are there."""
    left(stage.arrived("alice"))
    other = stage.person("alicia", "--host", "127.0.0.2", home="alice")
    assert other.until("your names there") == "* your names there: alice"
    other.until(r"\* you are on .* as alicia")


def test_the_same_person_in_two_terminals(stage):
    """The second client finds out who it would be, and says that they are here already."""
    stage.arrived("alice")
    second = stage.person("alice", "--host", "127.0.0.2")
    assert second.ended() == 1
    assert second.complaints()[0] == "chat: error: alice is already open in another terminal"


@pytest.mark.slow
def test_two_first_visits_at_once(stage, chat):
    """Whoever of two clients is first, at whatever address, there is one owner of the name."""
    people = [stage.person("alice", "--host", f"127.0.0.{n}", home="alice") for n in (1, 2)]
    for person in people:
        person.end_input()
    assert 0 in [person.ended() for person in people]
    for number in (1, 2, 3):
        left(stage.arrived("alice", "--host", f"127.0.0.{number}"))
    shown = chat("key", "show", home="alice")
    assert shown.ended() == 0
    assert len([line for line in shown.lines() if "alice on" in line]) == 1


@pytest.mark.slow
def test_forgetting_one_spelling(stage, tmp_path, chat):
    """The new key is taken for all of them, and the people there stay known."""
    left(stage.arrived("alice"))
    left(stage.arrived("alice", "--host", "127.0.0.2"))
    stage.renew(tmp_path)
    for number in (1, 2):
        stopped = stage.person("alice", "--host", f"127.0.0.{number}")
        assert stopped.ended() == 1
        assert "has changed" in stopped.complaints()[0]
    assert chat("forget-server", f"127.0.0.2:{stage.port}", home="alice").ended() == 0
    again = stage.person("alice", "--host", "127.0.0.2")
    again.until("first visit")
    again.until("as alice")
    left(again)
    last = stage.arrived("alice")
    left(last)
    assert any("as remembered" in line for line in last.lines())
    shown = chat("key", "show", home="alice")
    assert shown.ended() == 0
    assert len([line for line in shown.lines() if line.startswith("SHA256:")]) == 1


def test_a_passphrase_at_another_spelling(stage, tmp_path):
    """Whose key is sealed learns which server it is, and is asked at the next start."""
    left(stage.arrived("alice"))
    keyring = Keyring(tmp_path / "alice" / "data" / "chatd", lambda _: None)
    profile = keyring.open(keyring.find("alice"))
    profile.seal("open sesame")
    profile.close()
    told = stage.person("alice", "--host", "127.0.0.2")
    assert told.ended() == 1
    error, hint = told.complaints()
    assert error.endswith(
        f"is the server 127.0.0.1:{stage.port}, and the key of alice there has a passphrase"
    )
    assert hint == "chat: hint: start again, and you are asked for it"
    asked = stage.person("alice", "--host", "127.0.0.2", start_new_session=True)
    assert asked.ended() == 1
    assert "no terminal to ask for a passphrase" in asked.complaints()[0]


def test_who_has_no_name_yet_is_told_those_of_before(stage):
    """Without --username the names at this server come first, the most recent in front."""
    left(stage.arrived("alice", home="home"))
    left(stage.arrived("bob", home="home"))
    person = stage.person(None, home="home")
    assert person.until("your names").endswith(f"your names on 127.0.0.1:{stage.port}: bob, alice")

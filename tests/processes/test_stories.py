"""What people do, with a real daemon and real clients."""

import os
import re
import shutil
import signal
import time

import pytest
from authority import Authority
from chat_process import TWISTD
from patience import SECONDS
from stage import Stage

from chatd.seed_file import RELAY, SeedFile


def test_two_people_talk_and_leave(stage):
    """Lines arrive in both directions with their ticks, and after /leave both are back."""
    alice, bob = stage.talking("alice", "bob")
    alice.type("hello bob", "how are you?")
    assert bob.until("^<") == "< alice: hello bob"
    assert bob.until("^<") == "< alice: how are you?"
    alice.until("^✓ 2 bob$")
    bob.type("fine", "/me waves")
    assert alice.until("^<") == "< bob: fine"
    assert alice.until("^<") == "< * bob waves"
    alice.type("/leave")
    bob.until(r"alice left the conversation")
    for person, name in ((alice, "alice"), (bob, "bob")):
        person.until(rf"\* back on .* as {name}")
    stage.introduce(bob, alice, "bob", "alice")


def test_the_path_is_shown_in_plain_words(stage):
    """The address of the other end has its family before it, and IPv4 is not mapped into IPv6."""
    alice, _ = stage.talking("alice", "bob")
    path = alice.until("^. gcm, ").split(", ")[1]
    assert re.fullmatch(r"IPv4 [0-9.]+:\d+|IPv6 \[(?!::ffff)[0-9a-f:]+\]:\d+", path)


@pytest.mark.slow
def test_three_pairs_at_once(stage):
    """Pairs on one daemon do not disturb each other."""
    pairs = [stage.talking(f"a{number}", f"b{number}") for number in range(3)]
    for number, (asker, _) in enumerate(pairs):
        asker.type(f"message {number}")
    for number, (asker, asked) in enumerate(pairs):
        assert asked.until("^<") == f"< a{number}: message {number}"
        asker.until(rf"^✓ 1 b{number}$")


def test_two_ask_each_other(stage):
    """Both ask at the same moment, and have one conversation."""
    alice, bob = stage.arrived("alice"), stage.arrived("bob")
    alice.type("chat bob", "from alice")
    bob.type("chat alice", "from bob")
    assert alice.until("^<") == "< bob: from bob"
    assert bob.until("^<") == "< alice: from alice"


def test_asked_while_away(stage):
    """A request waits for someone who is not here, and reaches them when they come."""
    alice = stage.arrived("alice")
    alice.type("chat bob")
    waiting = r"waiting up to (5 min|4 min \d+ s)"
    alice.until(f"asking bob, who is not around, and is asked on arrival; {waiting}")
    bob = stage.arrived("bob")
    bob.until(r"alice asks for a conversation \(first contact, (5 min|4 min \d+ s) left\)")
    bob.type("accept alice")
    alice.until("talking to bob")


def test_decline(stage):
    """The asker learns of it, and that nothing more is sent."""
    alice, bob = stage.arrived("alice"), stage.arrived("bob")
    alice.type("chat bob", "hi", "/search bob")
    bob.until("alice asks")
    bob.type("decline")
    alice.until("bob declined")
    assert "not sent: hi (no conversation is open)" in alice.until("not sent")
    alice.until("bob is around")
    alice.end_input()
    assert alice.ended() == 1


def test_cancel_overtakes_and_reports(stage):
    """/cancel does not wait for the outcome, and says which lines it has skipped."""
    alice, bob = stage.arrived("alice"), stage.arrived("bob")
    alice.type("chat bob", "hi", "/search carol")
    bob.until("alice asks")
    alice.type("/cancel")
    assert "not sent: hi (skipped)" in alice.until("not sent")
    assert "not sent: /search carol (skipped)" in alice.until("not sent")
    alice.until("no longer asking bob")
    bob.until("alice no longer asks")
    alice.end_input()
    assert alice.ended() == 1


def test_accept_someone_who_has_just_left(stage):
    """A request is gone with its sender, and accepting it then opens nothing."""
    alice, bob = stage.arrived("alice"), stage.arrived("bob")
    alice.type("chat bob")
    bob.until("alice asks")
    alice.type("/exit")
    assert alice.ended() == 1
    bob.until("alice has left and no longer asks")
    bob.type("accept alice", "hi", "/search alice")
    bob.until("nobody asks you")
    bob.until("not sent: hi")
    bob.until("alice is not around")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_say_goodbye(stage, number):
    """A signal delivers a CLOSE, and shows in the exit status as in a shell."""
    alice, bob = stage.talking("alice", "bob")
    alice.signal(number)
    bob.until("alice quit the program")
    assert alice.ended() == 128 + number
    assert alice.complaints() == []


def test_status(stage):
    """How the conversation is carried; outside of one, where we are."""
    alice, bob = stage.talking("alice", "bob")
    alice.type("hello")
    alice.until("✓ 1")
    alice.type("/status")
    alice.until(r"talking to bob \(new\), for ")
    alice.until(r"path: IPv[46] ")
    alice.until(r"round trip: \d+ ms")
    alice.until("suite: gcm, a new key for every record, first keys")
    alice.until(r"bytes: \d+ sent, \d+ received")
    alice.type("/leave", "/status")
    alice.until("no conversation is open")
    bob.type("/status")
    bob.until("you are bob on 127.0.0.1:|no conversation is open")


@pytest.mark.parametrize(("line", "read"), [("/leave", "left"), ("", "quit the program")])
def test_a_script_that_leaves_at_once(line, read, stage):
    """The other person reads that, and not that something broke."""
    bob = stage.arrived("bob")
    script = stage.arrived("script")
    script.type("chat bob", *([line] if line else []))
    script.end_input()
    bob.until("script asks for a conversation")
    bob.type("/accept")
    bob.until(rf"\* script {read}")
    assert script.ended() == 0


def test_a_killed_client_is_waited_for(stage):
    """Without a CLOSE the other side looks for it, and keeps what is said, until it gives up."""
    alice, bob = stage.talking("alice", "bob")
    alice.signal(signal.SIGKILL)
    bob.until("interrupted: the connection broke; looking for another way to alice")
    bob.type("are you there?", "search alice", "/leave")
    bob.until("you left the conversation with alice")
    bob.until(r"not known to be delivered: are you there\?")
    bob.until("not known to be delivered: search alice")
    bob.until("back on .* as bob")


def until_it_is_there(home, name):
    """Wait for a file that is written in the background."""
    last = time.monotonic() + SECONDS
    while not list(home.rglob(name)):
        assert time.monotonic() < last, f"{name} was not written"
        time.sleep(0.02)


@pytest.mark.parametrize("who", ["host", "guest"])
def test_a_client_that_was_killed_and_comes_back(stage, who, tmp_path):
    """Both read that the conversation ended with the program, and either asks again at once."""
    alice, bob = stage.talking("alice", "bob")
    alice.type("one")
    bob.until("< alice: one")
    killed, name, other, theirs = (
        (alice, "alice", bob, "bob") if who == "host" else (bob, "bob", alice, "alice")
    )
    until_it_is_there(tmp_path / name, "conversations.json")
    killed.signal(signal.SIGKILL)
    other.until("interrupted")
    other.until(f"{name} is to be found through the server")
    again = stage.arrived(name)
    again.until(f"the conversation with {theirs} ended when this program did")
    other.until(f"over: {name}'s program was restarted")
    stage.introduce(other, again, theirs, name)
    for person in (again, other):
        assert person.out.found("(declined|no more requests|a card)") == []


@pytest.mark.slow
def test_a_stopped_client_goes_on(stage):
    """A process that stood still for longer than the other waits: nothing is lost or repeated."""
    alice, bob = stage.talking("alice", "bob")
    alice.type("one")
    bob.until("< alice: one")
    bob.signal(signal.SIGSTOP)
    alice.type("two")
    alice.until("interrupted: bob has not answered for 30 s")
    alice.type("three")
    bob.signal(signal.SIGCONT)
    bob.until("< alice: two")
    bob.until("< alice: three")
    alice.until("the conversation with bob goes on")
    bob.type("here")
    alice.until("< bob: here")
    # For him it was over at once, and no news.
    assert bob.out.found("interrupted|goes on") == []


def test_undelivered_lines_are_listed(stage):
    """At the end of the input the last lines have 5 s to arrive, and then it has failed."""
    alice, bob = stage.talking("alice", "bob")
    bob.signal(signal.SIGSTOP)
    alice.type("anyone?")
    alice.end_input()
    alice.until("leaving; waiting up to 5 s")
    alice.until("not known to be delivered: anyone?")
    assert alice.ended() == 1


def test_the_story_of_a_script(stage):
    """`printf 'chat bob\\nhi' | chat --username ci` delivers, says goodbye and exits 0."""
    bob = stage.arrived("bob")
    ci = stage.person("ci")
    ci.give(b"chat bob\nhi\r\n//x\nlast, without an end")
    ci.end_input()
    bob.until("ci asks")
    bob.type("accept")
    heard = [bob.until("^<") for _ in range(3)]
    assert heard == ["< ci: hi", "< ci: /x", "< ci: last, without an end"]
    bob.until("ci quit the program")
    assert ci.ended() == 0
    assert ci.complaints() == []
    assert all(line[0] in "*><✓" for line in ci.lines())


def test_a_long_file_arrives_whole_and_in_order(stage):
    """More lines than may be unacknowledged at once are sent as fast as they are delivered."""
    bob = stage.arrived("bob")
    ci = stage.person("ci")
    bob_accepts = ["chat bob", *map(str, range(1500))]
    bob.type("search ci")
    ci.type(*bob_accepts)
    ci.end_input()
    bob.until("ci asks")
    bob.type("accept")
    bob.until("ci quit the program")
    assert ci.ended() == 0
    bob.end_input()
    assert bob.ended() == 0
    heard = [line for line in bob.lines() if line.startswith("<")]
    assert heard == [f"< ci: {number}" for number in range(1500)]


def test_hostile_lines_of_input(stage):
    """Over-long lines are refused whole, other bytes are shown safely behind a prefix of ours."""
    alice, bob = stage.talking("alice", "bob")
    alice.give(b"x" * 16384 + b"\n" + b"y" * 100_000 + b"\n")
    alice.give(b"\xff\xfe \x00 \x1b[2J \xe2\x80\xa8 end\n")
    assert bob.until("^<").startswith("< alice: xxxx")
    alice.until(r"not sent: y+… \(a message can be at most 16 KiB long\)")
    assert bob.until("^<") == "< alice: \ufffd\ufffd ␀ ␛[2J  ⏎  end"
    alice.until("^✓ 2 bob$")
    alice.end_input()
    assert alice.ended() == 1


def test_a_person_who_hides_talks_through_the_relay(stage):
    """With --relay-only on one side, both go through the relay, and the other side is told."""
    alice, bob = stage.arrived("alice", "--relay-only"), stage.arrived("bob")
    stage.introduce(alice, bob, "alice", "bob")
    bob.until("gcm, the relay")
    assert not [line for line in bob.out._read if "a direct" in line]
    alice.type("hello")
    assert bob.until("^<") == "< alice: hello"
    alice.type("/exit")
    bob.until("alice")
    assert alice.ended() == 0


def test_one_hides_and_the_other_refuses_the_relay(stage):
    """There is no conversation, and both read why and what to leave out."""
    alice, bob = stage.arrived("alice", "--relay-only"), stage.arrived("bob", "--no-relay")
    alice.type("chat bob")
    bob.until("alice asks")
    bob.type("accept")
    alice.until("you talk through the relay only, and bob refuses it")
    bob.until("alice talks through the relay only, and you refuse it")


@pytest.fixture
def relay(start, tmp_path):
    """Starts a process that only relays, and gives its port; a server there has its seed."""

    def start_relay(*endpoint):
        SeedFile(tmp_path / "relay" / "data", RELAY).load(os.urandom, time.time())
        shutil.copytree(tmp_path / "relay" / "data", tmp_path / "daemon" / "server")
        command = [*TWISTD, "-n", "--pidfile=", "chatd", *endpoint]
        made = start([*command, "--role", "relay", "--data-dir", "data"], home="relay")
        return re.search(r"port (\d+)", made.until(r"listening on .* port \d+"))[1]

    return start_relay


def test_a_relay_of_its_own(start, relay):
    """A server that names another process as its relay: people talk through that."""
    port = relay("--host", "127.0.0.1", "--port", "0")
    stage = Stage(start, "--host", "127.0.0.1", "--relay", f"127.0.0.1:{port}")
    alice, bob = stage.arrived("alice", "--relay-only"), stage.arrived("bob")
    stage.introduce(alice, bob, "alice", "bob")
    alice.type("hello")
    assert bob.until("^<") == "< alice: hello"


@pytest.mark.parametrize(("named", "way"), [("localhost", "the relay"), ("127.0.0.1", None)])
def test_a_relay_of_its_own_inside_tls(start, relay, tmp_path, named, way):
    """Its certificate has to be for the host that the server names."""
    authority = Authority(tmp_path)
    endpoint = authority.endpoint("localhost")
    where = f"tls:{named}:{relay('--listen', endpoint)}"
    stage = Stage(start, "--listen", endpoint, "--relay", where)
    inside = ["--tls", "--ca", str(authority.file), "--host", "localhost"]
    alice, bob = stage.arrived("alice", "--relay-only", *inside), stage.arrived("bob", *inside)
    alice.type("chat bob")
    bob.until("alice asks")
    bob.type("accept")
    if way:
        alice.until(f"{way}, new key")
        alice.type("hello")
        assert bob.until("^<") == "< alice: hello"
    else:
        alice.until(f"the relay: its TLS certificate is not for {named}")


def number_of(person, of):
    """The safety number that is shown to a person."""
    person.type(f"/verify {of}")
    person.until("the safety number of you and")
    return " ".join(person.until(r"(\d{5} ){2}\d{5}").strip("* ") for _ in range(4))


def test_two_people_compare_their_number(stage):
    """Both read the same digits; who has compared them sees it beside the name from then on."""
    alice, bob = stage.talking("alice", "bob")
    number = number_of(alice, "bob")
    assert number == number_of(bob, "alice")
    alice.type(f"/verify bob {number[:-1]}{(int(number[-1]) + 1) % 10}")
    alice.until("NOT THE SAME")
    alice.type("/contacts")
    alice.until(r"bob: known, last talked \d{4}-\d\d-\d\d, first seen")
    alice.type(f"/verify {number}")
    alice.until("bob is verified")
    alice.type("/contacts")
    alice.until(r"bob: verified \d{4}-\d\d-\d\d, last talked \d{4}-\d\d-\d\d, first seen")
    alice.type("/leave")
    for person, name in ((alice, "alice"), (bob, "bob")):
        person.until(rf"\* back on .* as {name}")
    bob.type("/chat alice")
    alice.until(r"bob asks for a conversation \(verified,")


def test_a_blocked_person_gets_no_answer(stage):
    """Their request is not shown and not answered, until they are unblocked."""
    alice, bob = stage.arrived("alice"), stage.arrived("bob")
    bob.type("chat alice")
    alice.until("bob asks")
    alice.type("block bob")
    alice.until("bob is blocked")
    bob.type("/cancel")
    bob.until("no longer asking alice")
    bob.type("/chat alice")
    bob.until("asking alice")
    alice.type("requests")
    alice.until("no requests")
    alice.type("contacts")
    alice.until("bob: known, blocked")
    alice.type("unblock bob")
    alice.until("bob is not blocked any more")


def test_blocking_the_one_whom_one_talks_to(stage):
    """It ends the conversation, as by leaving, and holds from then on."""
    alice, bob = stage.talking("alice", "bob")
    alice.type("/block bob")
    alice.until("bob is blocked")
    alice.until("you left the conversation with bob")
    bob.until("alice left the conversation")
    alice.until("back on")
    bob.until("back on")
    bob.type("/chat alice")
    bob.until("asking alice")
    alice.type("/requests")
    alice.until("no requests")


def test_verify_without_a_contact(stage):
    """Nobody, or a name that is not known, is a clear answer; so is something that is no number.

    What the answers say to type next is a command also where everything else is said to bob.
    """
    alice, _ = stage.talking("alice", "bob")
    alice.type("/verify carol", "/verify bob 12345")
    alice.until("you have no contact carol")
    alice.until("hint: /contacts shows them")
    alice.until("that is not a safety number")
    alice.until("hint: .*: /verify bob shows it")
    alice.type("/verify bob")
    alice.until("hint: /verify bob NUMBER")
    alice.type("/requests contacts")
    alice.until("you hear your contacts alone")
    alice.type("/requests")
    alice.until("you hear your contacts alone: /requests everyone")
    alice.type("/leave")
    alice.until("back on")
    alice.type("verify")
    alice.until("whom")
    alice.until("hint: contacts shows them")

"""Everything through Tor, and each conversation at an onion service of its own."""

import re

import pytest
from chat_process import CHAT
from onions import OURS
from tor_double import TorDouble
from watched import WATCHED, seen

pytest.importorskip("txtorcon")

SERVER = OURS


@pytest.fixture
def tor(stage, tmp_path):
    """A Tor, with the daemon as an onion service that it can find."""
    made = TorDouble({SERVER: stage.port}, str(tmp_path / "socks"))
    yield made
    made.close()


@pytest.fixture
def through(start, tor):
    """Starts a client behind Tor, which is logged in."""

    def through(name, *options, command=CHAT):
        arguments = [f"--tor={tor.control}", "--host", SERVER, "--username", name, *options]
        person = start([*command, *arguments], home=name)
        person.until("an onion service is published for your next conversation")
        person.type("/status")
        person.until(f"you are {name} on")
        return person

    return through


def ask(asker, asked, names):
    """One asks the other, who accepts."""
    asker.type(f"/chat {names[1]}")
    asked.until(f"{names[0]} asks for a conversation")
    asked.type("/accept")


def has_service(person):
    """Wait until others can find the next conversation, which may have been said before."""
    person.type("/status")
    while not person.until("onion service for the next conversation").endswith(": published"):
        person.type("/status")


def test_a_conversation_at_an_onion_service(through, tor):
    """Only Tor is connected to, nothing is looked up, and the listener is on loopback."""
    alice, bob = through("alice", command=WATCHED), through("bob", command=WATCHED)
    ask(alice, bob, ("alice", "bob"))
    for person in (alice, bob):
        person.until("talking to .*: a direct, encrypted connection")
        person.until(r"a Tor onion service, \w+ key")
    alice.type("hello", "/status")
    bob.until("< alice: hello")
    alice.until("path: a Tor onion service")
    alice.type("/exit")
    bob.until("alice quit the program")
    bob.type("/exit")
    for person in (alice, bob):
        assert person.ended() == 0
        told = seen(person)
        assert any(str(tor.socks.port) in line for line in told)
        for line in told:
            allowed = rf"connect \('127\.0\.0\.1', ({tor.port}|{tor.socks.port})\)"
            assert re.search(rf"{allowed}|bind \('127\.0\.0\.1', 0\)", line), line
    assert {host for host, _ in tor.socks.asked if not host.endswith(".onion")} == set()


def test_a_tor_whose_first_socks_port_is_a_unix_socket(through, tor):
    """The one on TCP is taken, which everybody may use."""
    through("alice")
    assert tor.socks.asked
    assert not tor.unix.asked


@pytest.mark.parametrize("also", [[], ["127.0.0.1:{held}"]], ids=["alone", "beside a dead one"])
def test_a_tor_with_nothing_but_a_unix_socket(through, tor, held_port, also):
    """A whole conversation goes through it, to the server and to the onion service."""
    del tor.listeners[1:]
    tor.listeners += [each.format(held=held_port) for each in also]
    alice, bob = through("alice"), through("bob")
    ask(alice, bob, ("alice", "bob"))
    for person in (alice, bob):
        person.until(r"a Tor onion service, \w+ key")
    alice.type("hello", "/status")
    bob.until("< alice: hello")
    alice.until("path: a Tor onion service")
    assert {host for host, _ in tor.unix.asked} > {SERVER}
    assert not tor.socks.asked


def test_the_relay_through_a_unix_socket(through, tor, stage):
    """It is reached and shown as through any other port."""
    del tor.listeners[1:]
    alice, bob = through("alice"), stage.arrived("bob")
    ask(alice, bob, ("alice", "bob"))
    alice.until("the relay, new key")
    alice.type("hello", "/status")
    bob.until("< alice: hello")
    alice.until("path: the relay")


def test_a_service_is_for_one_conversation(through, tor):
    """Its key is known to nobody, it is removed at the end, and the next one is another."""
    alice, bob = through("alice"), through("bob")
    for _ in range(2):
        ask(alice, bob, ("alice", "bob"))
        bob.until(r"a Tor onion service, \w+ key")
        alice.until(r"a Tor onion service, \w+ key")
        alice.type("/leave")
        for person in (alice, bob):
            person.until("an onion service is published")
    added = [line for line in tor.said if line.startswith("ADD_ONION")]
    removed = [line for line in tor.said if line.startswith("DEL_ONION")]
    assert len(added) == 6
    assert len(set(removed)) == 4
    pattern = r"ADD_ONION NEW:ED25519-V3 Flags=DiscardPK Port=1712,127\.0\.0\.1:\d+"
    assert all(re.fullmatch(pattern, line) for line in added)


def test_with_someone_who_is_not_behind_tor(through, stage):
    """The relay, which the one behind Tor reaches through it; no address is told or dialled."""
    alice, bob = through("alice"), stage.arrived("bob")
    ask(alice, bob, ("alice", "bob"))
    alice.until("the relay, new key")
    bob.until("the relay, new key")
    bob.type("/status")
    bob.until(r"\.onion:1712: an onion address, which only chat --tor reaches")
    alice.type("/status")
    alice.until("not an onion address, and with --tor nothing else is dialled")
    alice.type("hello")
    bob.until("< alice: hello")


def test_without_a_relay_there_is_nothing_between_them(through, stage):
    """Both are told why."""
    alice, bob = through("alice", "--no-relay"), stage.arrived("bob")
    ask(alice, bob, ("alice", "bob"))
    alice.until("no connection to bob: no path was found in time")
    bob.until("no connection to alice: no path was found in time")


def test_a_tor_that_was_restarted(through, tor):
    """The next conversation has a service at the new one."""
    alice, bob = through("alice"), through("bob")
    tor.makes_services = False
    tor.hang_up()
    for person in (alice, bob):
        person.until("no onion service for your next conversation")
    ask(alice, bob, ("alice", "bob"))
    alice.until("the relay, new key")
    tor.makes_services = True
    alice.type("/leave")
    for person in (alice, bob):
        person.until("back on")
        has_service(person)
    ask(bob, alice, ("bob", "alice"))
    alice.until(r"a Tor onion service, \w+ key")


def test_a_tor_that_is_restarted_while_people_wait(through, tor):
    """Their services are made again by themselves, so that they find each other without a relay."""
    alice, bob = through("alice", "--no-relay"), through("bob", "--no-relay")
    tor.restart()
    for person in (alice, bob):
        person.until("no onion service .*: the connection to Tor's control port was lost")
        for _ in range(2):
            person.until("an onion service is published|back on")
    ask(alice, bob, ("alice", "bob"))
    for person in (alice, bob):
        person.until(r"a Tor onion service, \w+ key")


def test_a_tor_that_lets_us_in_no_more(through, tor):
    """`status` has the last reason, for as long as it holds."""
    alice = through("alice")
    tor.methods = "HASHEDPASSWORD"
    tor.hang_up()
    alice.until("no onion service for your next conversation")
    alice.type("/status")
    while "control it" not in alice.until("onion service for the next conversation: .*"):
        alice.type("/status")
    tor.methods = "NULL"
    alice.until("an onion service is published")


def test_a_tor_that_is_restarted_in_a_conversation(through, tor):
    """Nothing is lost: the relay is there for as long as the tickets are good."""
    alice, bob = through("alice"), through("bob")
    ask(alice, bob, ("alice", "bob"))
    for person in (alice, bob):
        person.until(r"a Tor onion service, \w+ key")
    tor.restart()
    alice.type("still there?")
    bob.until("< alice: still there?")
    alice.type("/status")
    alice.until("the relay")


def test_the_relay_only(start, tor, stage):
    """Then there is no onion service."""
    arguments = [f"--tor={tor.control}", "--host", SERVER, "--username", "alice", "--relay-only"]
    alice, bob = start([*CHAT, *arguments], home="alice"), stage.arrived("bob")
    alice.until("you are on")
    ask(alice, bob, ("alice", "bob"))
    alice.until("the relay, new key")
    assert not [line for line in tor.said if line.startswith("ADD_ONION")]


def complaint(person):
    """The one error, and its hint."""
    assert person.ended() == 1
    lines = person.complaints()
    assert len(lines) == 2, lines
    error, hint = lines
    assert error.startswith("chat: error: ")
    assert hint.startswith("chat: hint: ")
    return f"{error} / {hint}"


def test_no_tor_there(chat, held_port):
    """One error, which says how to start one."""
    person = chat(f"--tor=127.0.0.1:{held_port}", "--username", "alice")
    assert "no Tor can be used on this machine / " in complaint(person)


def test_a_tor_that_does_not_let_us_in(chat, tor):
    """One error, which says how to be let in."""
    tor.methods = "HASHEDPASSWORD"
    person = chat(f"--tor={tor.control}", "--host", SERVER, "--username", "alice")
    assert "Tor does not let us control it / " in complaint(person)


def test_a_tor_without_a_socks_port(chat, tor):
    """One error, which says what to add."""
    tor.listeners.clear()
    person = chat(f"--tor={tor.control}", "--host", SERVER, "--username", "alice")
    assert "this Tor has no SOCKS port / " in complaint(person)


def test_something_that_is_no_tor(chat, stage):
    """A daemon of ours, for instance."""
    person = chat(f"--tor=127.0.0.1:{stage.port}", "--username", "alice")
    assert " Tor " in complaint(person)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tor=example.org:9051"],
        ["--tor=192.0.2.1:9051"],
        ["--tor=127.0.0.1"],
        ["--tor=127.0.0.1:0"],
        ["--tor=\x1b[2J:1"],
        ["--tor", "--proxy", "socks5://127.0.0.1:9050"],
        ["--tor", "--client-port", "4000"],
    ],
)
def test_wrong_use(chat, arguments):
    """One line, and nobody is asked."""
    person = chat(*arguments, "--username", "alice")
    assert person.ended() == 2
    first, *_ = person.complaints()
    assert first.startswith("chat: error: ")
    assert "\x1b" not in first

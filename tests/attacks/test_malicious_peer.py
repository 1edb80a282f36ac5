"""What someone can do to a real client who was introduced honestly and then does as they please."""

import base64
import os
import socket
from contextlib import suppress

import pytest
from hostile import HOSTILE
from hosting import asks, finished, hosted, knocked
from independent import Client, Identity, Link, Noise, dial, pack, plaintext
from patience import SECONDS

from chatd import limits


@pytest.fixture
def alice(stage):
    """A real client, which asks the attacker."""
    return stage.arrived("alice")


@pytest.fixture
def bob(stage):
    """The attacker, logged in."""
    with Client(stage.port, "bob") as client:
        yield client


@pytest.fixture
def link(alice, bob):
    """An open conversation: alice hosts, the attacker has dialled."""
    alice.type("/chat bob")
    bob.accept(4)
    with bob.guest() as link:
        alice.until("talking to bob")
        yield link


def survives(alice, link, ending="cut off: the connection to bob broke"):
    """The conversation is over with these words, and the client goes on."""
    link.to_the_end()
    link.close()
    alice.until(ending)
    alice.until("back on .* as alice")


def seal(link, whole):
    """A record with any plaintext."""
    link.raw(link.sending.seal(whole))


MISDEEDS = {
    "padding that is not zero": lambda link: seal(link, plaintext(pack(["ping", 1]))[:-1] + b"\1"),
    "padding that is too long": lambda link: seal(link, plaintext(pack(["ping", 1])) + bytes(64)),
    "no padding": lambda link: seal(link, b"\0\0\0\7" + pack(["ping", 1])),
    "a chunk of a file": lambda link: seal(link, plaintext(b"data", 1)),
    "an unknown kind": lambda link: seal(link, plaintext(b"data", 7)),
    "a length inside that lies": lambda link: seal(link, b"\0\0\xff\xff" + bytes(60)),
    "a second handshake": lambda link: link.raw(b"NOISE gcm AAAA\r\n"),
    "text number two": lambda link: link.send("text", 2, None, "text", "hi"),
    "text number nought": lambda link: link.send("text", 0, None, "text", "hi"),
    "a text that is too long": lambda link: link.send(
        "text", 1, None, "text", "x" * (limits.MESSAGE_TEXT + 1)
    ),
    "a text of four-byte letters": lambda link: link.send(
        "text", 1, None, "text", "\U0001d54f" * 5000
    ),
    "a text from the year 10000": lambda link: link.send(
        "text", 1, limits.LAST_SECOND + 1, "text", "hi"
    ),
    "a kind that is none": lambda link: link.send("text", 1, None, "\x1b[2J", "hi"),
    "an empty text": lambda link: link.send("text", 1, None, "text", ""),
    "half a character": lambda link: seal(link, plaintext(b"\x93\xa4text\x01\xa3\xed\xa0\x80")),
    "an ack for what was not said": lambda link: link.send("ack", 1),
    "a pong for no ping": lambda link: link.send("pong", 1),
    "the same take again": lambda link: link.send("take", 1, 0),
    "a take of what was not said": lambda link: link.send("take", 2, 1),
    "a take without a number": lambda link: link.send("take", 0, 0),
    "a message of another version": lambda link: link.send("select", None, 0),
    "new keys out of nowhere": lambda link: link.send("switched"),
    "a handshake that is none": lambda link: link.send("handshake", os.urandom(1216)),
    "a handshake of low order": lambda link: link.send("handshake", bytes(1216)),
    "a message of servers": lambda link: link.send("named", "mallory"),
    "a reason made of escapes": lambda link: link.send("close", "\x1b]0;owned\x07"),
    "what we said": lambda link: link.raw(bytes(2) + b"\x50" + bytes(80)),
    "the longest length": lambda link: link.raw(b"\xff\xff\xff"),
    "a replayed record": lambda link: _replay(link),
    "a reordered record": lambda link: _reorder(link),
    "a left out record": lambda link: _leave_out(link),
    "deep nesting": lambda link: seal(link, plaintext(b"\x91" * 5000)),
    "a long array": lambda link: seal(link, plaintext(b"\xdd\xff\xff\xff\xff")),
    "a long text that is not there": lambda link: seal(link, plaintext(b"\xdb\xff\xff\xff\xff")),
}


def _replay(link):
    record = link.sending.seal(plaintext(pack(["ping", 1])))
    link.raw(record + record)


def _reorder(link):
    first, second = (link.sending.seal(plaintext(pack(["ping", 1]))) for _ in range(2))
    link.raw(second + first)


def _leave_out(link):
    link.sending.seal(plaintext(pack(["ping", 1])))
    link.send("ping", 1)


@pytest.mark.parametrize(
    "misdeed",
    [
        pytest.param(misdeed, marks=[pytest.mark.slow] if number % 3 else [])
        for number, misdeed in enumerate(MISDEEDS)
    ],
)
def test_misdeeds_end_the_conversation(alice, link, misdeed):
    """With one line in our words; the next conversation is as good as any."""
    MISDEEDS[misdeed](link)
    survives(alice, link)
    assert not any("owned" in line or "\x1b" in line for line in alice.out._read)


def test_reflection(alice, link):
    """Our own records, sent back, are not taken for theirs."""
    alice.type("hello")
    while len(link.buffer) < 83:
        assert link.more()
    link.raw(link.buffer[:83])
    survives(alice, link)


def test_the_guest_takes_one_link_after_the_other(alice, bob, link):
    """The highest number counts: the link before is closed, one with a lower number as well, and
    nothing is said twice or lost."""
    assert link.first == ["ack", 0]
    link.send("text", 1, None, "text", "one")
    alice.until("< bob: one")
    alice.type("two")
    with bob.guest(number=5) as second:
        assert second.first == ["ack", 1]
        assert second.until("text")[1] == 1
        link.to_the_end()
        second.send("ack", 1)
        alice.until("✓ 1")
        second.send("text", 1, None, "text", "once more")
        second.send("text", 2, None, "text", "three")
        alice.until("< bob: three")
        assert second.until("ack") == ["ack", 2]
        with bob.guest(number=4) as late:
            assert late.first is None
        second.send("close", "left")
        survives(alice, second, "bob left the conversation")
    assert not any("once more" in line or "interrupted" in line for line in alice.out._read)


def test_an_interrupted_guest_takes_the_next_link(alice, bob, link):
    """Without a word about it; what was said meanwhile comes right behind the answer."""
    link.close()
    alice.until("interrupted: the connection broke")
    alice.type("are you there")
    with bob.guest(number=2) as second:
        assert second.first == ["ack", 0]
        assert second.until("text")[4] == "are you there"
        second.send("close", "quit")
        survives(alice, second, "bob quit the program")


def test_a_guest_asks_before_it_takes_another_link(stage, bob):
    """A real guest, dialled by its host once more: with an answer on the link that it has, the new
    one goes; without, the new one is taken, and the host reads where the guest is."""
    # However short the way is, a busy machine needs a moment for an answer.
    waits = {"ANSWER_LEAST_SECONDS": limits.ANSWER_MOST_SECONDS}
    alice = stage.arrived("alice", limits=waits)
    asks(bob, alice)
    with hosted(bob) as link:
        alice.until("talking to bob")
        with knocked(bob) as (second, _):
            link.send("pong", link.until("ping")[1])
            assert second.to_the_end() == b""
        with knocked(bob) as (third, noise):
            assert link.until("ping")[1] == 2
            assert finished(third, noise).read() == ["take", 2, 0]
            third.send("ack", 0)
            third.send("text", 1, None, "text", "here now")
            alice.until("< bob: here now")
            third.send("close", "left")
            survives(alice, third, "bob left the conversation")


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\x50", b"\0\0\x50" + bytes(40)])
def test_an_end_without_close(alice, link, data):
    """Also in the middle of a record: it is told apart from leaving, and the conversation waits to
    go on."""
    link.raw(data)
    link.close()
    alice.until("interrupted: the connection broke")
    alice.type("/leave")
    alice.until("you left the conversation with bob")
    alice.until("back on .* as alice")


def test_leaving_and_quitting(alice, link):
    """An honest end is what it says."""
    link.send("close", "quit")
    survives(alice, link, "bob quit the program")


def test_the_introduction_is_good_once(alice, bob, link):
    """While the conversation goes on nobody answers a copy; after it nobody is there."""
    with suppress(ConnectionError), dial(bob.places()[0]) as copy:
        copy.say("NOISE", link.m1)
        assert copy.to_the_end() == b""
    link.send("close", "left")
    survives(alice, link, "bob left the conversation")
    with pytest.raises(ConnectionRefusedError):
        dial(bob.places()[0])


def test_a_repeated_first_message(alice, bob):
    """m1 is answered once: a copy of it on another link gets no byte."""
    alice.type("/chat bob")
    bob.accept(4)
    prologue, psk, _ = bob.keys()
    m1 = Noise(prologue, bob.identity, psk).write1()
    with dial(bob.places()[0]) as first, dial(bob.places()[0]) as second:
        first.say("NOISE", m1)
        assert len(first.noise()) == 1200
        second.say("NOISE", m1)
        assert second.to_the_end() == b""
    alice.type("/cancel")
    alice.until("back on .* as alice")


def test_a_downgrade(alice, bob):
    """Whoever has no suite of ours gets no link, and none that is weaker."""
    alice.type("/chat bob")
    bob.accept(4, ["des", "none"])
    alice.until("no connection to bob|no suite in common")
    alice.until("back on .* as alice")


@pytest.mark.parametrize("key", ["stranger", "low order"])
def test_another_key_than_the_introduced_one(alice, bob, key):
    """The PSK alone does not make anybody bob."""
    alice.type("/chat bob")
    bob.accept(4)
    prologue, psk, _ = bob.keys()
    with dial(bob.places()[0]) as link:
        mallory = Identity()
        if key == "low order":
            mallory.public = bytes(32)
        noise = Noise(prologue, mallory, psk)
        link.say("NOISE", noise.write1())
        noise.read2(link.noise())
        link.say("NOISE", noise.write3())
        assert link.to_the_end() == b""
    alice.type("/cancel")
    alice.until("connecting to bob was cancelled")


def test_alice_is_not_made_to_talk_to_herself(alice, bob):
    """Her dialled link, joined to her own listener, opens nothing."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(SECONDS)
        alice.type("/chat bob")
        port = trap.getsockname()[1]
        id = bob.until("request")[1]
        bob.offer = pack(["offer", bytes(32), ["gcm"], []])
        bob.send("accept", id, bob.offer, ["address", port, [["127.0.0.1", port]]])
        bob.introduction = bob.until("go")
        with Link(trap.accept()[0]) as dialled, dial(bob.places()[0]) as listener:
            knock = dialled.line()
            assert knock == b"KNOCK " + base64.b64encode(bob.keys()[2])
            listener.raw(knock + b"\r\n")
            assert listener.to_the_end() == b""
            dialled.raw(knock + b"\r\n")
            assert dialled.to_the_end() == b""
    alice.type("/cancel")
    alice.until("connecting to bob was cancelled")


@pytest.mark.parametrize(
    "said", ["", "\r\n", "NOISE\r\n", "KNOCK AAAA\r\n", "GET / HTTP/1.1\r\n\r\n"]
)
def test_a_stranger_at_the_listener(alice, bob, said):
    """Whatever they say, they hear nothing; and the conversation comes about all the same."""
    alice.type("/chat bob")
    bob.accept(4)
    with dial(bob.places()[0]) as stranger:
        stranger.raw(said.encode())
        if said.endswith("\n"):
            assert stranger.to_the_end() == b""
        with bob.guest():
            alice.until("talking to bob")


def test_a_stranger_with_the_knock(alice, bob):
    """KNOCK is the host's to say: to a host it opens nothing."""
    alice.type("/chat bob")
    bob.accept(4)
    with dial(bob.places()[0]) as stranger:
        stranger.say("KNOCK", bob.keys()[2])
        assert stranger.to_the_end() == b""


def test_hostile_texts_stay_what_they_are(alice, link):
    """Every line of output begins with a sign of ours and holds nothing that acts."""
    for number, text in enumerate(HOSTILE.values(), 1):
        if len(text.encode("utf-8", "surrogatepass")) > limits.MESSAGE_TEXT:
            text = text[:1000]
        link.send("text", number, None, "text", text.encode("utf-8", "replace").decode())
    link.send("close", "left")
    survives(alice, link, "bob left the conversation")
    for line in alice.out._read:
        assert line[:2] in ("* ", "< ", "> ", "✓ ")
        assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in line)
        assert not any(char in line for char in "\u202a\u202b\u202d\u202e\u2066\u2067\u200b\u2028")
    assert sum(line.startswith("< bob: ") for line in alice.out._read) == len(HOSTILE)


def test_the_attacker_can_be_honest(stage, bob):
    """Two clients that share no code understand each other, whoever asks."""
    alice = stage.arrived("alice")
    asks(bob, alice)
    with hosted(bob) as link:
        alice.until("talking to bob: .*bob hosts it")
        alice.type("hello")
        tag, number, time, kind, text = link.until("text")
        assert (tag, number, kind, text) == ("text", 1, "text", "hello")
        assert isinstance(time, int)
        link.send("ack", 1)
        alice.until("✓ 1")
        link.send("text", 1, None, "text", "hello yourself")
        alice.until("< bob: hello yourself")
        assert link.until("ack") == ["ack", 1]


THIRD = [["1.1.1.1", port] for port in (22, 25, 80)] + [["9.9.9.9", 53], ["2001:4860::8888", 443]]


@pytest.mark.parametrize("observed", ["none", "address", "address-port"])
def test_third_parties_in_an_offer(stage, observed):
    """Whoever names addresses of others, in whatever way, has nobody dial them: a server passes
    none of them on, and of a network that both are in one port."""
    near = [["127.0.0.1", port] for port in (31, 32, 33)]
    with Client(stage.port, "bob") as bob:
        alice = stage.arrived("alice")
        alice.type("/chat bob")
        offer = pack(["offer", os.urandom(32), ["gcm"], []])
        id = bob.until("request")[1]
        bob.send("accept", id, offer, [observed, 9, [*THIRD, *near]])
        bob.until("go")
        seen = {"none": [], "address": [9], "address-port": [bob.connection.getsockname()[1]]}
        tried = [
            f"127.0.0.1:{port}" for port in ([31] if observed != "none" else []) + seen[observed]
        ]
        expected = ", ".join(tried) or "nothing, waiting to be dialled"
        assert alice.until("trying ").startswith(f"* trying {expected}")

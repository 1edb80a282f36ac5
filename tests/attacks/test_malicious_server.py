"""What a server can do that lies, to real clients."""

import base64
import hashlib
import re
import struct
import time

import pytest
from chat_process import CHAT
from independent import Identity, lp, pack, unpack
from rogue_server import RogueServer, asked_for

ID = bytes(range(16))
OFFER = pack(["offer", bytes(32), ["gcm"], []])


def card(server, port, name, identity):
    """An invite card, written from the document."""
    body = struct.pack(">BBI", 1, 0, int(time.time()) + 1000)
    body += server.bytes + identity.bytes + bytes(32) + lp(name) + lp(b"127.0.0.1:%d" % port)
    body += hashlib.sha256(body).digest()[:4]
    return "chatd-card:" + base64.urlsafe_b64encode(body).decode().rstrip("=")


@pytest.fixture
def alice(rogue, start):
    """A client of the rogue server; `session` is the server's end of its link."""
    person = start([*CHAT, "--port", str(rogue.port), "--username", "alice"], home="alice")
    person.session = rogue.session()
    person.until("you are on .* as alice")
    return person


def still_works(rogue, person):
    """It has left that link, says so, comes back, and takes commands."""
    person.session.to_the_end()
    person.session.close()
    person.until("no server: ")
    rogue.session()
    person.until("back on .* as alice")


def test_another_server_key(rogue, start):
    """The client leaves before it shows its own key, with one clear error."""
    first = start([*CHAT, "--port", str(rogue.port), "--username", "alice"], home="alice")
    rogue.session()
    first.until("you are on")
    first.type("/exit")
    assert first.ended() == 0
    rogue.close()
    other = RogueServer(Identity(), rogue.port)
    again = start([*CHAT, "--port", str(other.port), "--username", "alice"], home="alice")
    link = other.connection()
    assert link.to_the_end() == b""
    assert again.ended() == 1
    assert "has changed: expected SHA256:" in again.complaints()[0]
    other.close()


def test_another_key_behind_a_known_name(rogue, alice):
    """Whom a card has introduced is not taken for someone else: loudly, and without our offer."""
    bob, mallory = Identity(), Identity()
    alice.type(card(rogue.identity, rogue.port, b"bob", bob))
    id = asked_for(alice.session, "bob", mallory.bytes)
    alice.until("REFUSED: bob has another key than before")
    alice.until(re.escape(bob.fingerprint))
    alice.until(re.escape(mallory.fingerprint))
    assert alice.session.read() == ["cancel", id]


def test_another_key_in_a_request(rogue, alice):
    """The same from the other side: the person is not asked, and nothing is answered."""
    bob, mallory = Identity(), Identity()
    alice.type(card(rogue.identity, rogue.port, b"bob", bob))
    alice.session.until("request")
    alice.session.send("request", ID, "bob", mallory.bytes, 60, None)
    alice.until("REFUSED: bob has another key than before")
    alice.type("/search carol")
    assert alice.session.read() == ["search", "carol"]


@pytest.mark.parametrize("swap", ["name", "key"])
def test_someone_else_in_go(rogue, alice, swap):
    """Who was accepted is who is introduced, or nobody is."""
    bob, mallory = Identity(), Identity()
    alice.type("/chat bob")
    id = asked_for(alice.session, "bob", bob.bytes)
    alice.session.until("offer")
    name, key = ("mallory", bob) if swap == "name" else ("bob", mallory)
    alice.session.send("go", id, name, key.bytes, OFFER, [], [], None)
    alice.until("REFUSED: bob has another key than before")
    rogue.session()
    alice.until("back on")


def test_our_own_key(rogue, alice):
    """Nobody is introduced to themselves."""
    alice.type("/chat bob")
    id = asked_for(alice.session, "bob", alice.session.key)
    alice.until("REFUSED: bob came with your own key")
    assert alice.session.read() == ["cancel", id]


BOB = Identity().bytes
OUT_OF_ORDER = {
    "go without a request": [["go", ID, "bob", BOB, OFFER, [], [], None]],
    "a second welcome": [["welcome", "alice", [], [bytes(58), bytes(58)]]],
    "an answer to nothing": [["found", "bob", True]],
    "a name that was not asked for": [["named", "mallory"]],
    "a repeated request": [["request", ID, "bob", BOB, 60, None]] * 2,
    "too many requests": [
        ["request", bytes([n]) * 16, f"b{n}", b"\x01" + bytes([n + 9]) * 32, 60, None]
        for n in range(17)
    ],
    "a name made of escapes": [["request", ID, "\x1b[2J", BOB, 60, None]],
    "a name of another script": [["request", ID, "b\u043eb", BOB, 60, None]],
    "a short key": [["request", ID, "bob", BOB[:32], 60, None]],
    "a field too many": [["request", ID, "bob", BOB, 60, None, 1]],
    "a field too few": [["request", ID, "bob", BOB, 60]],
    "a map": [{"request": ID}],
    "a message of clients": [["login", "alice", False, []]],
    "an unknown reason": [["close", "\x1b]0;owned\x07"]],
    "nothing": [[]],
}


@pytest.mark.parametrize("what", OUT_OF_ORDER)
def test_messages_out_of_order(rogue, alice, what):
    """The link ends, the client says so in its own words, and goes on."""
    for message in OUT_OF_ORDER[what]:
        alice.session.raw(alice.session.sending.seal(_plain(message)))
    still_works(rogue, alice)
    assert not any("\x1b" in line or "owned" in line for line in alice.out._read)


def _plain(message):
    body = pack(message)
    whole = struct.pack(">I", len(body)) + body
    return whole + bytes(-len(whole) % 64)


@pytest.mark.parametrize("data", [b"\xff" * 3, bytes(3), b"\0\0\x50" + bytes(80), b"noise" * 1000])
def test_records_that_do_not_verify(rogue, alice, data):
    """Neither a length nor a content is believed."""
    alice.session.raw(data)
    still_works(rogue, alice)


FORBIDDEN = [
    "169.254.169.254",
    "fd00:ec2::254",
    "100.100.100.200",
    "224.0.0.1",
    "255.255.255.255",
    "0.0.0.0",
    "fe80::1",
    "ff02::1",
    "8.8.8.8",
    "2001:db8::1",
]


def test_addresses_that_nobody_should_dial(rogue, alice):
    """Metadata services, multicast and third parties are not even tried; the reasons say so."""
    alice.type("/chat bob")
    id = asked_for(alice.session, "bob", BOB)
    alice.session.until("offer")
    local = [[host, 80] for host in FORBIDDEN[:8]]
    alice.session.send("go", id, "bob", BOB, OFFER, [["127.0.0.1", 9]], local, None)
    tried = alice.until("trying ")
    assert tried == "* trying 127.0.0.1:9"
    alice.type("/cancel")
    alice.until("connecting to bob was cancelled")


def test_changed_offers_keep_people_apart(rogue, start):
    """A server that changes one byte of what it passes on gets no conversation to happen."""
    people = {}
    for name in ("alice", "bob"):
        person = start([*CHAT, "--port", str(rogue.port), "--username", name], home=name)
        person.session = rogue.session()
        people[name] = person
    alice, bob = people["alice"], people["bob"]
    alice.type("/chat bob")
    request = alice.session.until("request")
    alice.session.send("asked", ID, "bob", True, False)
    bob.session.send("request", ID, "alice", alice.session.key, request[2], None)
    bob.until("alice asks")
    bob.type("/accept")
    _, _, bobs, at_bob = bob.session.until("accept")
    alice.session.send("accepted", ID, bob.session.key)
    _, _, alices, at_alice = alice.session.until("offer")
    changed = unpack(bobs)
    changed[1] = bytes(32)
    bob.session.send(
        "go", ID, "alice", alice.session.key, alices, [["127.0.0.1", at_alice[1]]], [], None
    )
    alice.session.send(
        "go", ID, "bob", bob.session.key, pack(changed), [["127.0.0.1", at_bob[1]]], [], None
    )
    alice.until("no connection to bob")
    bob.until("no connection to alice")

"""A real daemon that is reached over both families, and what can be made of that by others
(protocol, "The other family")."""

import os
import socket
from contextlib import ExitStack

import pytest
from independent import Client, dial, pack, sha256, unmasked, vouched
from stage import Stage


@pytest.fixture
def both(start):
    """A daemon on loopback, of IPv4 and IPv6."""
    if not socket.has_ipv6:
        pytest.skip("there is no IPv6 here")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("there is no IPv6 on loopback")
    return Stage(start, "--host", "::")


@pytest.fixture
def people(both):
    """Alice, whose session is over IPv6, and bob, who has IPv4 alone."""
    with ExitStack() as stack:
        alice = stack.enter_context(Client(both.port, "alice", source="::1"))
        bob = stack.enter_context(Client(both.port, "bob"))
        yield alice, bob


def introduced(alice, bob, candidates):
    """What bob is told of alice, who has these candidates."""
    offer = pack(["offer", os.urandom(32), ["gcm"], []])
    bob.send("request", "alice", 60, None)
    id = alice.until("request")[1]
    alice.send("accept", id, offer, candidates)
    bob.until("accepted")
    bob.send("offer", id, offer, ["none", 1, []])
    _, _, _, _, _, observed, local, _ = bob.until("go")
    return observed, local


def test_an_address_that_was_vouched_for_is_told(both, people):
    """Beside that of the session; the port is that of the connection in the other family."""
    alice, bob = people
    random = os.urandom(16)
    with dial(both.port) as link:
        link.line()
        link.say("SEEN", sha256(b"chatd/1 seen commit" + random))
        place = list(link.connection.getsockname()[:2])
        alice.send("seen", link.noise(), random)
        assert alice.until("seen") == ["seen", place]
        observed, local = introduced(alice, bob, ["address-port", 9, [["127.0.0.1", 9]]])
    assert observed == [["::1", alice.connection.getsockname()[1]], place]
    assert local == [["127.0.0.1", 9]]


def test_a_voucher_that_was_copied_on_its_way_is_worth_nothing(both, people):
    """Neither to who saw it, nor to whom it is handed instead of their own."""
    alice, bob = people
    random = os.urandom(16)
    voucher = vouched(both.port, random)
    mine = os.urandom(16)
    alice.send("seen", voucher, mine)
    assert alice.until("seen") == ["seen", None]
    observed, _ = introduced(alice, bob, ["address", 9, []])
    assert observed == [["::1", 9]]


def test_a_voucher_of_the_same_family_is_not_taken(both, people):
    """The server knows that address already, and another one there would be somebody else's."""
    for person, host in zip(people, ("::1", "127.0.0.1"), strict=True):
        random = os.urandom(16)
        person.send("seen", vouched(both.port, random, host), random)
        assert person.until("seen") == ["seen", None]


def test_the_greeting_says_where_each_is_seen(people):
    """Masked, in both families, with another nonce each time."""
    alice, bob = people
    for person, packed in ((alice, bytes(15) + b"\1"), (bob, bytes(10) + b"\xff\xff\x7f\0\0\1")):
        assert person.seen == (packed, person.connection.getsockname()[1])
    assert alice.greeting != bob.greeting
    assert unmasked(bytes(34)) != (bytes(16), 0)

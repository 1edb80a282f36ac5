"""An attacker who asks, and so hosts the conversation with a real client: it dials, and is not
dialled."""

import os
from contextlib import contextmanager

from independent import Noise, dial, pack


def asks(bob, alice):
    """Bob, by whatever name, asks, and alice accepts; afterwards `bob.introduction` is what "go"
    said."""
    bob.send("request", "alice", 60, None)
    alice.until(f"{bob.name} asks for a conversation")
    alice.type("/accept")
    bob.offer = pack(["offer", os.urandom(32), ["gcm"], []])
    id = bob.until("accepted")[1]
    bob.send("offer", id, bob.offer, ["none", 4, []])
    bob.introduction = bob.until("go")


@contextmanager
def knocked(bob):
    """A direct link of a host who dials, up to m2, and its handshake."""
    prologue, psk, knock = bob.keys(is_host=True)
    with dial(bob.places()[0]) as link:
        noise = Noise(prologue, bob.identity, psk)
        link.say("KNOCK", knock)
        noise.read1(link.noise())
        link.say("NOISE", noise.write2())
        yield link, noise


@contextmanager
def hosted(bob):
    """Open the direct link as the host who dials."""
    with knocked(bob) as (link, noise):
        yield taken(link, noise)


def taken(link, noise):
    """The same link when the guest has taken it for the first."""
    assert finished(link, noise).read() == ["take", 1, 0]
    link.send("ack", 0)
    return link


def finished(link, noise):
    """The same when the guest has finished its handshake."""
    noise.read3(link.noise())
    theirs, ours = noise.split()
    link.switch(ours, theirs)
    return link

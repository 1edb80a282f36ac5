"""A server that lies, on the independent implementation."""

import base64
import os
import socket

from independent import DOOR, SECONDS, Link, Noise, lp, masked

LOOPBACK = bytes(10) + b"\xff\xff" + bytes([127, 0, 0, 1])


class RogueServer:
    """Listens on loopback; every login is answered, the rest is up to the test."""

    def __init__(self, identity, port=0, sees=LOOPBACK):
        """It says that it sees everyone at the address `sees` (16 bytes)."""
        self.identity = identity
        self.sees = sees
        self.listener = socket.create_server(("127.0.0.1", port))
        self.listener.settimeout(SECONDS)
        self.port = self.listener.getsockname()[1]
        self.links = []

    def close(self):
        for each in (self.listener, *self.links):
            each.close()

    def connection(self):
        """The next connection, up to our m2."""
        link = Link(self.listener.accept()[0])
        self.links.append(link)
        seen = base64.b64encode(masked(self.sees, 1712))
        greeting = b"CHATD/2 gcm " + seen
        link.raw(greeting + b"\r\n")
        _, suite, m1, door = link.line().split(b" ")
        prologue = lp(greeting) + lp(suite) + lp(base64.b64decode(door))
        link.noise_state = Noise(b"chatd/1 server\0" + prologue, self.identity)
        link.noise_state.read1(base64.b64decode(m1))
        link.say("NOISE", link.noise_state.write2())
        return link

    def session(self):
        """The next client that logs in, with the name and the key it has."""
        link = self.connection()
        noise = link.noise_state
        noise.read3(link.noise())
        theirs, ours = noise.split()
        link.switch(ours, theirs)
        link.key = b"\x01" + noise.rs
        _, link.name, _ = link.until("login")
        link.send("welcome", link.name, [], [os.urandom(DOOR), os.urandom(DOOR)])
        return link


def asked_for(session, name, key, id=None):
    """Take the client's request for `name` and accept it as `key`; returns the id."""
    request = session.until("request")
    assert request[1] == name
    id = id or os.urandom(16)
    session.send("asked", id, name, True, False)
    session.send("accepted", id, key)
    return id

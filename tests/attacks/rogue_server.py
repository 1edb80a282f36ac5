"""A server that lies, on the independent implementation."""

import base64
import os
import socket

from free_ports import free_port
from independent import DOOR, SECONDS, Link, Noise, lp, masked

LOOPBACK = bytes(10) + b"\xff\xff" + bytes([127, 0, 0, 1])


class RogueServer:
    """Listens on loopback; every login is answered, the rest is up to the test."""

    def __init__(self, identity, port=0, sees=LOOPBACK):
        """It says that it sees everyone at the address `sees` (16 bytes)."""
        self.identity = identity
        self.sees = sees
        self.port = port or free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.listener.settimeout(SECONDS)
        self.links = []

    def close(self):
        for each in (self.listener, *self.links):
            each.close()

    def accept(self):
        """The next connection, to which nothing has been said."""
        link = Link(self.listener.accept()[0])
        self.links.append(link)
        return link

    def greet(self, link, suites=b"gcm"):
        """Say the greeting."""
        seen = base64.b64encode(masked(self.sees, 1712))
        link.greeting = b"CHATD/2 " + suites + b" " + seen
        link.raw(link.greeting + b"\r\n")

    def first(self, link):
        """Read the client's first line: its suite, m1, and what it shows at the door."""
        _, suite, m1, link.door = link.line().split(b" ")
        link.suite, link.m1 = suite, base64.b64decode(m1)
        link.door = base64.b64decode(link.door)

    def connection(self, link=None):
        """The next connection, or this one, up to our m2."""
        if link is None:
            link = self.accept()
            self.greet(link)
            self.first(link)
        prologue = lp(link.greeting) + lp(link.suite) + lp(link.door)
        link.noise_state = Noise(b"chatd/1 server\0" + prologue, self.identity)
        link.noise_state.read1(link.m1)
        link.say("NOISE", link.noise_state.write2())
        return link

    def session(self, link=None):
        """The next client that logs in, with the name and the key it has."""
        link = self.connection(link)
        noise = link.noise_state
        noise.read3(link.noise())
        theirs, ours = noise.split()
        link.switch(ours, theirs)
        link.key = b"\x01" + noise.rs
        _, link.name, *_ = link.until("login")
        link.tokens = [os.urandom(DOOR), os.urandom(DOOR)]
        link.send("welcome", link.name, [], link.tokens)
        return link


def asked_for(session, name, key, id=None):
    """Take the client's request for `name` and accept it as `key`; returns the id."""
    request = session.until("request")
    assert request[1] == name
    id = id or os.urandom(16)
    session.send("asked", id, name, True, False)
    session.send("accepted", id, key)
    return id

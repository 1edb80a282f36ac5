"""A server that lies, on the independent implementation."""

import os
import socket

from independent import SECONDS, Link, Noise, lp

GREETING = b"CHATD/1 gcm"


class RogueServer:
    """Listens on loopback; every login is answered, the rest is up to the test."""

    def __init__(self, identity, port=0):
        self.identity = identity
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
        link.raw(GREETING + b"\r\n")
        link.noise_state = Noise(b"chatd/1 server\0" + lp(GREETING) + lp(b"gcm"), self.identity)
        link.noise_state.read1(link.noise())
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
        link.send("welcome", "127.0.0.1", link.name, [])
        return link


def asked_for(session, name, key, id=None):
    """Take the client's request for `name` and accept it as `key`; returns the id."""
    request = session.until("request")
    assert request[1] == name
    id = id or os.urandom(16)
    session.send("asked", id, name, True, False)
    session.send("accepted", id, key)
    return id

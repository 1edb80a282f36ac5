"""A crowd at a server's door: a process that opens links as fast as it is told to, from many
addresses of 127/8, and does with each as much of a login as it is told to. It shares no code with
chatd.

    python tests/attacks/crowd.py PORT RATE SOURCES STEPS [FIRST [MOST]]

STEPS: 0 says nothing, 1 sends m1, 2 does the whole handshake and no login, 3 logs in and stays, 4
sends the first message of TLS, 5 sends one byte a second; several with commas are taken in turn.
All m1 are one that was recorded, so that they cost nothing, and so are those of TLS.
FIRST is the first address, as a number behind 127.0.0.0. There are at most MOST links at a time:
with a few more than a server has room for, a busy machine has as many rooms full, and no queue of
links that the server never comes to. It says `crowded` when the server has closed the first of its
links, and ends when its standard input does.
"""

import base64
import contextlib
import os
import select
import socket
import ssl
import struct
import sys
import time

from independent import DOOR, Identity, Recorded, Sealed, pack, plaintext, unpack

MOST = 12_000
"""Links at a time, where nothing else is said."""
MOST_AT_ONCE = 64
TLS, DRIP = 4, 5
RESET = struct.pack("ii", 1, 0)


def hello():
    """What a client of TLS says first."""
    context = ssl.create_default_context()
    sent = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname="localhost").do_handshake()
    return sent.read()


class Intruder:
    """One link of the crowd."""

    def __init__(self, crowd, source, steps):
        self.crowd, self.steps = crowd, steps
        self.buffer, self.said = b"", 0
        self.receiving = None
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.socket.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        self.socket.bind((source, 0))
        self.socket.connect_ex(("127.0.0.1", crowd.port))

    def writable(self):
        """Connected: m1 goes out at once, whatever the greeting says."""
        self.crowd.poll.modify(self.socket, select.EPOLLIN)
        if self.steps not in (0, DRIP) and not self.said:
            self.said = 1
            self.socket.send(self.crowd.hello if self.steps == TLS else self.crowd.first)

    def readable(self):
        """Answers what came; False when it is over."""
        data = self.socket.recv(8192)
        if not data:
            return False
        self.buffer += data if self.steps < TLS else b""
        self.crowd.answered += self.said == 1 and self.buffer.count(b"\r\n") == 2
        while self.said < 2 <= self.steps < TLS and self.buffer.count(b"\r\n") >= 2:
            self.finish()
        if self.receiving is not None and len(self.buffer) > 3:
            self.answered()
        return True

    def answered(self):
        """Whether the first record is a welcome."""
        end = 3 + int.from_bytes(self.buffer[:3], "big")
        if len(self.buffer) >= end:
            opened = self.receiving.open(self.buffer[3:end])
            answer = unpack(opened[4 : 4 + int.from_bytes(opened[1:4], "big")])
            self.crowd.logged_in += answer[0] == "welcome"
            self.receiving = None

    def finish(self):
        """m3, and the login in the same packet."""
        greeting, answer, self.buffer = self.buffer.split(b"\r\n", 2)
        noise = self.crowd.recorded.under(greeting, self.crowd.door, Identity())
        noise.read2(base64.b64decode(answer.split(b" ")[-1]))
        last = b"NOISE " + base64.b64encode(noise.write3()) + b"\r\n"
        if self.steps > 2:
            sending, self.receiving = map(Sealed, noise.split())
            last += sending.seal(plaintext(pack(["login", None, False, []])))
        self.socket.send(last)
        self.said = 2


class Crowd:
    """All links, and the loop that moves them."""

    def __init__(self, port, rate, sources, steps, first, most):
        self.port, self.rate, self.sources = port, rate, sources
        self.steps, self.first_source, self.most = steps, first, most
        self.poll = select.epoll()
        self.links = {}
        self.opened = self.ended = self.logged_in = self.answered = 0
        self.recorded, self.door = Recorded(), os.urandom(DOOR)
        words = base64.b64encode(self.recorded.m1), base64.b64encode(self.door)
        self.first = b"NOISE gcm " + b" ".join(words) + b"\r\n"
        self.hello = hello()

    def run(self):
        """Until standard input ends."""
        self.poll.register(sys.stdin, select.EPOLLIN | select.EPOLLHUP)
        last, owed = time.monotonic(), 0.0
        dripped = last
        while True:
            now = time.monotonic()
            # What cannot be done in time is left out: a burst would be another attack.
            owed = min(owed + (now - last) * self.rate, MOST_AT_ONCE)
            last = now
            while owed >= 1 and len(self.links) < self.most:
                owed -= 1
                self.open()
            if now - dripped > 1:
                dripped = now
                self.drip()
            for descriptor, event in self.poll.poll(0.005):
                if descriptor == sys.stdin.fileno():
                    print(self.opened, self.ended, self.logged_in, self.answered, flush=True)
                    return
                self.move(descriptor, event)

    def open(self):
        """One more link, from the next address."""
        number = self.first_source + self.opened % self.sources
        source = f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        steps = self.steps[self.opened % len(self.steps)]
        self.opened += 1
        try:
            link = Intruder(self, source, steps)
        except OSError:
            return
        self.links[link.socket.fileno()] = link
        self.poll.register(link.socket, select.EPOLLIN | select.EPOLLOUT)

    def move(self, descriptor, event):
        """Let one link go on."""
        link = self.links.get(descriptor)
        if link is None:
            return
        try:
            if event & select.EPOLLOUT:
                link.writable()
            if event & (select.EPOLLIN | select.EPOLLHUP) and not link.readable():
                self.close(descriptor)
        except OSError:
            self.close(descriptor)

    def drip(self):
        """One more byte on each link that has nothing else to say."""
        for link in self.links.values():
            if link.steps == DRIP:
                with contextlib.suppress(OSError):
                    link.socket.send(b"N")

    def close(self, descriptor):
        """Without a word."""
        self.ended += 1
        if self.ended == 1:
            print("crowded", flush=True)
        link = self.links.pop(descriptor)
        self.poll.unregister(link.socket)
        link.socket.close()


if __name__ == "__main__":
    port, rate, sources = map(int, sys.argv[1:4])
    first = int(sys.argv[5]) if len(sys.argv) > 5 else 0x010001
    most = int(sys.argv[6]) if len(sys.argv) > 6 else MOST
    steps = [int(each) for each in sys.argv[4].split(",")]
    os.nice(5)  # whoever is attacked is to be seen, not who gets the processor
    Crowd(port, rate, sources, steps, first, most).run()

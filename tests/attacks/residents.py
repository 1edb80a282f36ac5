"""People who are logged in and do nobody any good: a process with many links at one server, from
many addresses of 127/8. It shares no code with chatd.

    python tests/attacks/residents.py PORT LINKS SOURCES KIND [FIRST]

KIND: `flood` sends commands as fast as they are taken and reads the answers, `deaf` sends them and
reads nothing. FIRST is the first address, as a number behind 127.0.0.0. It says `ready` when all
are in, and ends when its standard input does.
"""

import contextlib
import os
import select
import socket
import sys

from independent import Client, pack, plaintext

ATTEMPTS = 5
SEARCH = plaintext(pack(["search", "n" * 60]))


def come(port, source):
    """Log in, if need be again: a crowded door closes links."""
    for _ in range(ATTEMPTS):
        with contextlib.suppress(OSError, AssertionError):
            return Client(port, None, source=source)
    sys.exit(f"{ATTEMPTS} attempts, and not let in")


class Resident:
    """One link, which always has something more to send."""

    def __init__(self, port, source, *, listens):
        self.client = come(port, source)
        self.socket = self.client.connection
        self.socket.setblocking(False)
        if not listens:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        self.listens, self.unsent = listens, b""

    def move(self, event):
        """Send what goes, and pass over what comes; False when it is over."""
        if event & select.EPOLLIN and not self.socket.recv(1 << 16):
            return False
        if event & select.EPOLLOUT:
            self.unsent = self.unsent or self.client.sending.seal(SEARCH)
            self.unsent = self.unsent[self.socket.send(self.unsent) :]
        return not event & (select.EPOLLHUP | select.EPOLLERR)


def run(residents):
    """Let them all go on until standard input ends."""
    poll, links = select.epoll(), {}
    for each in residents:
        links[each.socket.fileno()] = each
        poll.register(each.socket, select.EPOLLOUT | (select.EPOLLIN if each.listens else 0))
    poll.register(sys.stdin, select.EPOLLIN | select.EPOLLHUP)
    while True:
        for descriptor, event in poll.poll():
            if descriptor == sys.stdin.fileno():
                print(len(links), flush=True)
                return
            goes_on = False
            with contextlib.suppress(OSError):
                goes_on = links[descriptor].move(event)
            if not goes_on:
                poll.unregister(descriptor)
                links.pop(descriptor).client.close()


def main(port, count, sources, kind, first=0x020001):
    """Let them all in, and then loose."""
    numbers = [first + each % sources for each in range(count)]
    places = [f"127.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in numbers]
    residents = [Resident(port, place, listens=kind == "flood") for place in places]
    print("ready", flush=True)
    run(residents)


if __name__ == "__main__":
    os.nice(5)  # as the crowd
    port, count, sources = map(int, sys.argv[1:4])
    main(port, count, sources, sys.argv[4], *map(int, sys.argv[5:]))

"""A client that tells every connection, listener and look-up that its process makes. What it asks
the kernel is none: by netlink, or by a datagram socket of which it looks where it would lead."""

import sys

_PROGRAM = """
import socket, sys
TOLD = "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"
def asks_kernel(event, made):
    is_route = event == "socket.connect" and made.type == socket.SOCK_DGRAM
    return is_route or made.family == getattr(socket, "AF_NETLINK", -1)
def watch(event, arguments):
    first = arguments[0] if event in TOLD else None
    if event not in TOLD or (isinstance(first, socket.socket) and asks_kernel(event, first)):
        return
    print("WATCH", event, arguments[-1] if event != "socket.getaddrinfo" else first,
          file=sys.stderr, flush=True)
sys.addaudithook(watch)
from chatd.cli import main
sys.exit(main())
"""
WATCHED = [sys.executable, "-c", _PROGRAM]
"""The command line, to which arguments can be added."""


def seen(person):
    """What was told, one line each, once the client has ended."""
    lines = [line for line in person.complaints() if line.startswith("WATCH")]
    assert lines
    return lines

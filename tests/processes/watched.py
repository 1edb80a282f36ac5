"""A client that tells every connection, listener and look-up that its process makes; what it asks
the kernel of its own machine is none."""

import sys

_PROGRAM = """
import socket, sys
def watch(event, arguments):
    if event not in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"):
        return
    if getattr(arguments[0], "family", None) != getattr(socket, "AF_NETLINK", -1):
        print("WATCH", event, arguments[-1] if event != "socket.getaddrinfo" else arguments[0],
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

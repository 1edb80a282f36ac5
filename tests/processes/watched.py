"""A client that tells every connection, listener and look-up that its process makes."""

import sys

_PROGRAM = """
import sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"):
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

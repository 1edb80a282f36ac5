"""Ports that are free, and that nobody else is given meanwhile."""

import socket
from collections.abc import Iterable
from random import Random

LOW = range(600, 1024)
"""Only root binds these."""
COMMON = range(10_000, 32_768)
"""Below those that the system takes for outgoing connections and for port 0."""


def free_port(ports: Iterable[int] = COMMON) -> int:
    """One of these that nobody has, held as long as this process lives by a socket that does not
    listen: whoever binds with SO_REUSEADDR, as servers do, may have it, again and again, and to
    everybody else, another test that looks for one as well, it is taken."""
    some = list(ports)
    for port in Random().sample(some, len(some)):
        held = socket.socket()
        try:
            held.bind(("", port))
        except OSError:
            held.close()
            continue
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.detach()
        return port
    raise AssertionError("every port is taken")

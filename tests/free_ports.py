"""Ports that are free, and that nobody is given by accident a moment later."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from random import Random

LOW = range(600, 1024)
"""Only root binds these."""
COMMON = range(10_000, 32_768)
"""Below those that the system takes for outgoing connections and for port 0: a busy machine has
thousands of these."""


def free_port(ports: Iterable[int] = COMMON) -> int:
    """One that could be bound just now, of these, and most likely not that of another test."""
    some = list(ports)
    for port in Random().sample(some, len(some)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("", port))
            return port
    raise AssertionError("every port is taken")

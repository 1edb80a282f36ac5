"""The one local port of a client: the server link and all direct links share it.

So the address at which the server sees us is one at which we listen, and where both sides dial
each other from it, their connections may meet (protocol, "The direct link").
"""

import errno
import socket

from twisted.internet.error import ConnectBindError, ConnectError
from twisted.internet.interfaces import Binding
from twisted.internet.tcp import makeBinding
from twisted.python.failure import Failure

from chatd.errors import ChatdError


class PortUnavailable(ChatdError):
    """The port for direct links cannot be had."""

    text = "no port to listen on"
    hint = "choose another with --client-port, or leave it out"


def shared(port: int, interface: str = "") -> Binding | None:
    """How a socket is bound to a port that other sockets of ours have as well; None for 0."""
    return makeBinding(interface, port, reuseAddress=True, reusePort=True) if port else None


def free_port(wanted: int = 0) -> int:
    """The port `wanted`, or any for 0, if no program listens there; raises `PortUnavailable`.

    Sockets that share a port do not notice the listener of another program that shares it too,
    so this is asked first, by one that does not share.
    """
    for family in (socket.AF_INET6, socket.AF_INET):
        try:
            with socket.socket(family) as trial:
                return _tried(trial, wanted)
        except OSError:
            continue
    raise PortUnavailable(f"port {wanted} is in use or not allowed" if wanted else "")


def _tried(trial: socket.socket, wanted: int) -> int:
    if wanted:
        # Our server link may have it, or a connection of a moment ago that the kernel remembers.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    trial.bind(("", wanted))
    if wanted:
        trial.listen(1)
    port: int = trial.getsockname()[1]
    return port


def is_taken(failure: Failure) -> bool:
    """Whether a connection could not be made because of the local port that it was to have."""
    error = failure.value
    if isinstance(error, ConnectBindError):
        return error.osError not in (errno.EMFILE, errno.ENFILE)
    return isinstance(error, ConnectError) and error.osError == errno.EADDRNOTAVAIL

"""The connections that the kernel of a router knows (ctnetlink)."""

import os
import socket
import struct

from patience import SECONDS

_NETFILTER = 12
_CTNETLINK, _DELETE = 1, 2
_REQUEST_AND_ACKNOWLEDGE = 0x5
_ERROR = 2


def forget_connections():
    """Forget all connections of the network namespace that the caller is in."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER) as kernel:
        kernel.settimeout(SECONDS)
        kind = _CTNETLINK << 8 | _DELETE
        kernel.send(struct.pack("=IHHIIBBH", 20, kind, _REQUEST_AND_ACKNOWLEDGE, 1, 0, 0, 0, 0))
        answer = kernel.recv(4096)
    kind, error = struct.unpack_from("=4xH10xi", answer)
    if kind != _ERROR or error:
        raise OSError(-error, os.strerror(-error))

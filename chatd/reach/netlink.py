"""Messages of the kernel about the network, without I/O (netlink(7), rtnetlink(7))."""

import socket
from collections.abc import Iterator
from struct import Struct

_HEADER = Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, sequence number, port."""
_ATTRIBUTE = Struct("=HH")
"""struct rtattr: length, type."""
KERNEL = 0
"""The port number of the kernel, which alone is listened to."""
DONE, ERROR = 3, 2
NEW_LINK, DEL_LINK, GET_LINK = 16, 17, 18
NEW_ADDRESS, DEL_ADDRESS, GET_ADDRESS = 20, 21, 22
NEW_ROUTE, DEL_ROUTE = 24, 25
_ALL_OF_THEM = 0x301
"""NLM_F_REQUEST and NLM_F_DUMP."""


class Unreadable(ValueError):
    """Bytes that are no messages, or only the beginning of some."""


def messages(datagram: bytes) -> Iterator[tuple[int, bytes]]:
    """The type and the body of each; raises `Unreadable` at the first that is none."""
    at = 0
    while at < len(datagram):
        if len(datagram) - at < _HEADER.size:
            raise Unreadable
        length, kind, *_ = _HEADER.unpack_from(datagram, at)
        if not _HEADER.size <= length <= len(datagram) - at:
            raise Unreadable
        yield kind, datagram[at + _HEADER.size : at + length]
        at += _aligned(length)


def attributes(data: bytes) -> dict[int, bytes]:
    """Those that can be read, by their type, up to the first that cannot."""
    found: dict[int, bytes] = {}
    at = 0
    while len(data) - at >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if not _ATTRIBUTE.size <= length <= len(data) - at:
            break
        found[kind] = data[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)
    return found


def question(kind: int) -> bytes:
    """Asks for all that there are of a kind: `GET_LINK` or `GET_ADDRESS`."""
    body = bytes(16)  # of any family, which stands first
    return _HEADER.pack(_HEADER.size + len(body), kind, _ALL_OF_THEM, 0, 0) + body


def opened(groups: int = 0) -> socket.socket:
    """A socket to the kernel, which hears the announcements of these groups; raises `OSError`."""
    if not hasattr(socket, "AF_NETLINK"):
        raise OSError("no netlink")
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
    try:
        made.bind((0, groups))
    except OSError:
        made.close()
        raise
    return made


def _aligned(length: int) -> int:
    return (length + 3) & ~3

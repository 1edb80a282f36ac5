"""What has changed in a machine's network, by what the kernel announces, without I/O.

Only what kind of thing it was is read: what there is now is asked for afterwards, so that nothing
depends on having heard everything.
"""

from enum import Flag, auto
from struct import Struct

from chatd.reach import netlink

GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
"""The announcements of links, and of addresses and routes of IPv4 and IPv6 (RTMGRP_*)."""


class News(Flag):
    """What may have changed."""

    LINKS = auto()
    ADDRESSES = auto()
    ROUTES = auto()


NOTHING = News(0)
ANYTHING = ~NOTHING
"""What is to be thought where an announcement was lost, or cannot be read."""

_ROUTE = Struct("=BBBBBBBBI")
"""struct rtmsg: family, lengths of destination and source, tos, table, protocol, scope, type,
flags."""
_KINDS = {
    netlink.NEW_LINK: News.LINKS,
    netlink.DEL_LINK: News.LINKS,
    netlink.NEW_ADDRESS: News.ADDRESSES,
    netlink.DEL_ADDRESS: News.ADDRESSES,
}
_LOCAL_TABLE, _CLONED, _DESTINATION = 255, 0x200, 1
_INET6 = 10


def read(datagram: bytes) -> News:
    """What has changed, by one datagram of the kernel; `ANYTHING` if it cannot be read."""
    news = NOTHING
    try:
        for kind, body in netlink.messages(datagram):
            news |= _read_message(kind, body)
    except netlink.Unreadable:
        return ANYTHING
    return news


def _read_message(kind: int, body: bytes) -> News:
    if kind in (netlink.NEW_ROUTE, netlink.DEL_ROUTE):
        return News.ROUTES if _leads_out(body) else NOTHING
    return _KINDS.get(kind, ANYTHING)


def _leads_out(body: bytes) -> bool:
    """Whether a route is one to elsewhere: not to this machine itself, to a link, or a memory of
    one packet."""
    if len(body) < _ROUTE.size:
        return True
    family, _, _, _, table, _, _, _, flags = _ROUTE.unpack_from(body)
    if table == _LOCAL_TABLE or flags & _CLONED:
        return False
    destination = netlink.attributes(body[_ROUTE.size :]).get(_DESTINATION, b"")
    return family != _INET6 or not _is_on_link(destination)


def _is_on_link(destination: bytes) -> bool:
    """Whether an IPv6 address is link-local or multicast, as every interface has some."""
    first = int.from_bytes(destination[:2].ljust(2, b"\0"), "big")
    return first >> 8 == 0xFF or first >> 6 == 0xFE80 >> 6

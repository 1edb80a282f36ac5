"""An address and a port in 18 bytes: IPv4 as ::ffff:a.b.c.d, and zeros for an unknown one."""

import struct
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

Place = tuple[str, int]
"""An IP address in text form, without a zone, and a port."""

PLACE = 18
UNKNOWN = bytes(PLACE)
_FORM = struct.Struct(">16sH")
_LATELY = 1024
"""Addresses that were packed last are not packed anew."""
_MAPPED = bytes(10) + b"\xff\xff"


def pack(place: Place | None) -> bytes:
    """The 18 bytes; ValueError for what is no address, or no port."""
    if place is None:
        return UNKNOWN
    address = _packed(place[0])
    if not 0 <= place[1] <= 65535:
        raise ValueError("not a port")
    return _FORM.pack(address, place[1])


def unpack(data: bytes) -> Place | None:
    """What 18 bytes say, an IPv4 address in its own form; None for the unknown."""
    if data == UNKNOWN:
        return None
    packed, port = _FORM.unpack(data)
    address = IPv6Address(packed)
    return str(address.ipv4_mapped or address), port


@lru_cache(_LATELY)
def _packed(host: str) -> bytes:
    address = ip_address(host)
    return (_MAPPED if isinstance(address, IPv4Address) else b"") + address.packed

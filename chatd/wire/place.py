"""An address and a port in 18 bytes: IPv4 as ::ffff:a.b.c.d, and zeros for an unknown one."""

import struct
from functools import lru_cache
from ipaddress import IPv6Address

Place = tuple[str, int]
"""An IP address in text form, without a zone, and a port."""

PLACE = 18
UNKNOWN = bytes(PLACE)
_FORM = struct.Struct(">16sH")
_LATELY = 1024
"""Addresses that were packed last are not packed anew."""
_MAPPED = bytes(10) + b"\xff\xff"
_LONGEST_IPV4 = 15


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
    ipv4 = ipv4_bytes(host)
    return IPv6Address(host).packed if ipv4 is None else _MAPPED + ipv4


@lru_cache(_LATELY)
def ipv4_bytes(host: str) -> bytes | None:
    """The 4 bytes of an IPv4 address, of which there is one spelling each; None for others."""
    if len(host) > _LONGEST_IPV4:
        return None
    try:
        packed = bytes(map(int, host.split(".")))
    except ValueError:
        return None
    return packed if ".".join(map(str, packed)) == host and len(packed) == 4 else None

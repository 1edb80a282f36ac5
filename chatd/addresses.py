"""Reads IP addresses and tells their kinds; `chatd.dialling` says which of them are dialled.

An address comes from a socket, from the other person or from the server, and in several spellings.
It is read in one place, so that no spelling slips past a rule (protocol, "Addresses").
"""

from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from chatd.onion import is_onion
from chatd.safe_line import safe_line
from chatd.wire.place import ipv4_bytes

Candidate = tuple[str, int]
"""A host, as an IP address in text form, and a port."""

_LONGEST = 45
_LATELY = 1024
"""Addresses that were read last are not read anew: a link's is looked at several times."""
_IPV6_SOURCE = 64
"""Bits of an IPv6 address that tell sources apart: one customer is given all the rest."""


def without_zone(host: str) -> str:
    """The canonical form of a socket's address, which may carry a zone; ValueError as `parse`."""
    return canonical(host.partition("%")[0])


def written(candidate: Candidate) -> str:
    """A host and a port as people write them, IPv6 addresses in brackets."""
    host, port = candidate
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Kind(Enum):
    """Where an address leads."""

    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    PRIVATE = "private"
    GLOBAL = "global"
    UNUSABLE = "unusable"


# The first network that holds an address decides. Written out, since the `is_...` of ipaddress
# differ between versions of Python, and call 100.64/10 neither private nor global.
_NETWORKS: list[tuple[IPv4Network | IPv6Network, Kind]] = [
    (ip_network(network), where)
    for where, networks in (
        # The metadata services of cloud machines, by the address of each.
        (Kind.UNUSABLE, "100.100.100.200 168.63.129.16 fd00:ec2::254 fd20:ce::254"),
        (Kind.LOOPBACK, "127.0.0.0/8 ::1"),
        (Kind.LINK_LOCAL, "169.254.0.0/16 fe80::/10"),
        (Kind.PRIVATE, "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7"),
        # This network, protocol assignments, documentation, 6to4 relays, benchmarks, multicast,
        # reserved and broadcast.
        (Kind.UNUSABLE, "0.0.0.0/8 192.0.0.0/24 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24"),
        (Kind.UNUSABLE, "192.88.99.0/24 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4"),
        # Protocol assignments with Teredo, documentation, 6to4.
        (Kind.UNUSABLE, "2001::/23 2001:db8::/32 3fff::/20 2002::/16"),
        (Kind.GLOBAL, "0.0.0.0/0 2000::/3"),
        # All that is not assigned as global unicast: unspecified, IPv4-compatible, NAT64,
        # discard-only, site-local, multicast.
        (Kind.UNUSABLE, "::/0"),
    )
    for network in networks.split()
]


def parse(text: str) -> IPv4Address | IPv6Address:
    """The address that `text` spells, IPv4 for an IPv4-mapped one; ValueError if it is none.

    Scoped addresses (with "%eth0") are refused: they mean nothing on another machine.
    """
    if len(text) > _LONGEST or "%" in text:
        raise ValueError("not an IP address")
    try:
        return _read(text)
    except ValueError:
        raise ValueError("not an IP address") from None  # the original quotes the text


@lru_cache(_LATELY)
def _read(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(_LATELY)
def canonical(text: str) -> str:
    """The one spelling of an address, by which two can be compared; ValueError if it is none."""
    return text if is_ipv4(text) else str(parse(text))


def is_ipv4(text: str) -> bool:
    """Whether `text` spells an IPv4 address, of which there is one spelling each."""
    return ipv4_bytes(text) is not None


def source(text: str) -> str:
    """The IPv4 address or the IPv6 network for which bounds per address count the address `text`;
    ValueError if it is none."""
    address = parse(text)
    if address.version == 4:
        return str(address)
    return str(ip_network((address, _IPV6_SOURCE), strict=False))


def kind(text: str) -> Kind:
    """Where the address `text` leads; ValueError if it is none."""
    address = parse(text)
    return next(where for network, where in _NETWORKS if address in network)


def kind_if_any(host: str) -> Kind | None:
    """As `kind`, and None for what is no address."""
    try:
        return kind(host)
    except ValueError:
        return None


def shown(candidate: Candidate) -> Candidate:
    """The candidate in canonical form, or safe to show if its host is not an address."""
    host, port = candidate
    if is_onion(host):
        return candidate
    try:
        return canonical(host), port
    except ValueError:
        return safe_line(host, _LONGEST), port

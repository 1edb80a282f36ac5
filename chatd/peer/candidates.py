"""The addresses at which this machine may be reached, as its owner's client offers them."""

from collections.abc import Iterable

import ifaddr

from chatd import limits
from chatd.addresses import Kind, kind

_INNER = ("docker", "br-", "veth", "virbr", "cni", "flannel", "podman", "lxc", "lxd")
"""Names of interfaces that lead to containers of this machine only."""


def local_addresses() -> list[str]:
    """The addresses of this machine's own interfaces, without those that lead to containers."""
    adapters = [a for a in ifaddr.get_adapters() if not a.nice_name.startswith(_INNER)]
    found = [ip.ip if ip.is_IPv4 else ip.ip[0] for adapter in adapters for ip in adapter.ips]
    return [str(address) for address in found]


def candidates(
    addresses: Iterable[str], port: int, *, server_is_loopback: bool
) -> list[tuple[str, int]]:
    """What to offer: private and global addresses, loopback only to a server on loopback."""
    wanted = {Kind.PRIVATE, Kind.GLOBAL} | ({Kind.LOOPBACK} if server_is_loopback else set())
    offered = [address for address in addresses if kind(address) in wanted]
    return [(address, port) for address in offered[: limits.CANDIDATES]]

"""The addresses at which this machine may be reached, as its owner's client offers them."""

import fcntl
import socket
import struct

import ifaddr

_INNER = ("docker", "br-", "veth", "virbr", "cni", "flannel", "podman", "lxc", "lxd")
"""Names of interfaces that lead to containers of this machine only."""
_GET_FLAGS = 0x8913
_IN_USE = 0x41
"""Up and running: switched on, and with a cable or the like (Linux, netdevice(7))."""


def local_addresses() -> list[str]:
    """The addresses of this machine's own interfaces, without those that are down or lead to
    containers."""
    outer = (each for each in ifaddr.get_adapters() if not each.nice_name.startswith(_INNER))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        adapters = [adapter for adapter in outer if _is_in_use(asking, adapter.nice_name)]
    found = [ip.ip if ip.is_IPv4 else ip.ip[0] for adapter in adapters for ip in adapter.ips]
    return [str(address) for address in found]


def _is_in_use(asking: socket.socket, name: str) -> bool:
    """Whether an interface leads anywhere now; so we assume where the system does not say."""
    try:
        answer = fcntl.ioctl(asking, _GET_FLAGS, struct.pack("16sH14x", name.encode(), 0))
    except OSError:
        return True
    flags: int = struct.unpack_from("16xH", answer)[0]
    return flags & _IN_USE == _IN_USE

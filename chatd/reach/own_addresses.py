"""The addresses at which this machine may be reached, as its owner's client offers them."""

import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_address
from struct import Struct

from chatd import limits
from chatd.reach import netlink

_INNER = (b"docker", b"br-", b"veth", b"virbr", b"cni", b"flannel", b"podman", b"lxc", b"lxd")
"""Names of interfaces that lead to containers of this machine only."""
_LINK, _LINK_NAME = Struct("=BxHiII"), 3
"""struct ifinfomsg: family, type, number, flags, change."""
_IN_USE = 0x41
"""Up and running: switched on, and with a cable or the like (netdevice(7))."""
_ADDRESS, _ADDRESS_OF_PEER, _ADDRESS_HERE, _ADDRESS_FLAGS = Struct("=BBBBI"), 1, 2, 8
"""struct ifaddrmsg: family, length of the prefix, flags, scope, number of the interface."""
_NOT_USABLE = 0x40 | 0x08
"""Tentative, as nobody knows yet whether another machine has it too, or as one has."""
_FAR = ("192.0.2.1", "2001:db8::1")
"""Addresses that nobody has (RFC 5737, 3849); no packet is sent there."""


def local_addresses() -> list[str]:
    """The addresses of this machine's own interfaces, without those that are down or lead to
    containers; where the system does not say, those from which it reaches others."""
    try:
        with netlink.opened() as kernel:
            kernel.settimeout(limits.KERNEL_SECONDS)
            links = {number for each in _asked(kernel, netlink.GET_LINK) for number in _outer(each)}
            found = _asked(kernel, netlink.GET_ADDRESS)
            return list(dict.fromkeys(text for each in found for text in _usable(each, links)))
    except (OSError, netlink.Unreadable):
        return list(_sources())


def _asked(kernel: socket.socket, kind: int) -> list[bytes]:
    """The bodies of all that the kernel has of a kind; raises `OSError` and `Unreadable`."""
    kernel.sendto(netlink.question(kind), (netlink.KERNEL, 0))
    found: list[bytes] = []
    while len(found) < limits.INTERFACES:
        answer, sender = kernel.recvfrom(limits.NETWORK_NEWS)
        for each, body in netlink.messages(answer) if sender[0] == netlink.KERNEL else ():
            if each == netlink.ERROR:
                raise netlink.Unreadable
            if each == netlink.DONE:
                return found
            found.append(body)
    raise netlink.Unreadable


def _outer(body: bytes) -> Iterator[int]:
    """The number of an interface that leads anywhere now, beyond this machine."""
    if len(body) >= _LINK.size:
        _, _, number, flags, _ = _LINK.unpack_from(body)
        name = netlink.attributes(body[_LINK.size :]).get(_LINK_NAME, b"")
        if flags & _IN_USE == _IN_USE and not name.startswith(_INNER):
            yield number


def _usable(body: bytes, links: set[int]) -> Iterator[str]:
    """An address of one of these interfaces."""
    if len(body) >= _ADDRESS.size:
        _, _, flags, _, number = _ADDRESS.unpack_from(body)
        more = netlink.attributes(body[_ADDRESS.size :])
        flags |= int.from_bytes(more.get(_ADDRESS_FLAGS, b""), sys.byteorder)
        if number in links and not flags & _NOT_USABLE:
            with suppress(ValueError):  # of another family
                yield str(ip_address(more.get(_ADDRESS_HERE) or more.get(_ADDRESS_OF_PEER, b"")))


def _sources() -> Iterator[str]:
    for far in _FAR:
        with suppress(OSError):
            family = socket.AF_INET6 if ":" in far else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as trial:
                trial.connect((far, 9))
                yield str(trial.getsockname()[0])

"""Addresses, flows and bindings: what names a simulated socket and what excludes another."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import _Binding

Address = tuple[str, int]
"""An IP address in its shortest form, and a port."""

TwistedAddress = IPv4Address | IPv6Address

ANY_IPV4 = "0.0.0.0"
ANY = "::"
"""IPv6, and IPv4 as well: Linux unless it is told otherwise."""


class Flow(NamedTuple):
    """The two addresses of a connection, as one of its sides sees them."""

    local: Address
    remote: Address

    @property
    def mirrored(self) -> "Flow":
        """The same connection, as the other side sees it."""
        return Flow(self.remote, self.local)


@dataclass(frozen=True)
class Binding:
    """Where a socket is or wants to be bound; port 0 asks for any free one."""

    host: str = ANY_IPV4
    port: int = 0
    reuse_address: bool = False
    reuse_port: bool = False
    listening: bool = False

    def covers(self, host: str) -> bool:
        """Whether packets to `host` reach a socket that is bound so."""
        return self.host in (host, ANY) or (self.host == ANY_IPV4 and not is_ipv6(host))

    def excludes(self, other: "Binding") -> bool:
        """Whether `other` cannot come to a port that is held so (SO_REUSEADDR, SO_REUSEPORT)."""
        if not (self.covers(other.host) or other.covers(self.host)):
            return False
        if self.reuse_port and other.reuse_port:
            return False
        return self.listening or not (self.reuse_address and other.reuse_address)


def binding_of_listener(port: object, interface: str) -> Binding:
    """What `listenTCP` was asked for; raises `ValueError` where its arguments disagree."""
    if not isinstance(port, _Binding):
        asked = _Binding(interface, port, reuseAddress=True)  # type: ignore[arg-type]
    elif interface in ("", port._address):
        asked = port
    else:
        raise ValueError("interface and binding name different addresses")
    return _read(asked, listening=True)


def binding_of_dialer(asked: object) -> Binding:
    """What `connectTCP` was asked for in its `bindAddress`: a tuple, a binding or None."""
    if isinstance(asked, tuple):
        asked = _Binding(*asked)
    return _read(asked) if isinstance(asked, _Binding) else Binding()


def is_ipv6(host: str) -> bool:
    """Whether an address is an IPv6 address."""
    return ":" in host


def canonical(host: str) -> str:
    """The shortest form of an address; raises `ValueError` for anything else."""
    return ip_address(host).compressed


def shown(address: Address) -> str:
    """An address as people write it."""
    host, port = address
    return f"[{host}]:{port}" if is_ipv6(host) else f"{host}:{port}"


def to_twisted(address: Address, binding_host: str = "") -> TwistedAddress:
    """An address as Twisted shows it; on a socket bound to `::`, IPv4 appears inside IPv6."""
    host, port = address
    if is_ipv6(host):
        return IPv6Address("TCP", host, port)
    if binding_host == ANY:
        return IPv6Address("TCP", "::ffff:" + host, port)
    return IPv4Address("TCP", host, port)


def _read(asked: _Binding, listening: bool = False) -> Binding:
    return Binding(
        canonical(asked._address or ANY_IPV4),
        asked._port,
        asked._reuseAddress,
        asked._reusePort,
        listening,
    )

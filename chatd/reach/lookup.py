"""Looking up the names of hosts, in threads that nobody waits for when the client ends.

The resolver of the system may take half a minute where nobody answers, and cannot be stopped.
"""

import errno
import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import IPv6Network
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import (
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from zope.interface import implementer

from chatd import limits
from chatd.addresses import Kind, kind_if_any
from chatd.errors import ChatdError
from chatd.reach.nat64 import NAME, Nat64, prefixes
from chatd.reach.own_addresses import local_addresses

LOOPBACK = ("127.0.0.1", "::1")
_NOT_KNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
_NAMES = {socket.AF_INET: IPv4Address, socket.AF_INET6: IPv6Address}
_ANY_PORT = 9
"""No packet is sent to it."""
_FAR4, _FAR6 = "192.0.2.1", "2001:db8::1"
"""Addresses that nobody has (RFC 5737, RFC 3849)."""

Found = Sequence[str] | ChatdError


class UnknownHost(ChatdError):
    """A name that no host has."""

    def __init__(self, host: str) -> None:
        super().__init__(f"no host has the name {host}", "check how it is spelled")


class NotLookedUp(ChatdError):
    """A name of which nobody says anything."""

    def __init__(self, host: str, why: str = "no name server answers") -> None:
        super().__init__(
            f"the name {host} cannot be looked up: {why}",
            "is this machine online? an address needs no look-up: --host ADDRESS",
        )


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str, receiver: IResolutionReceiver, port: int) -> None:
        self.name = name
        self._receiver = receiver
        self._port = port
        self._is_over = False

    def cancel(self) -> None:
        """Have it find nothing."""
        self.tell([])

    def tell(self, addresses: Sequence[str]) -> None:
        """This is all that there is; once."""
        if self._is_over:
            return
        self._is_over = True
        for address in addresses:
            kind = IPv6Address if ":" in address else IPv4Address
            self._receiver.addressResolved(kind("TCP", address, self._port))
        self._receiver.resolutionComplete()


@implementer(IHostnameResolver)
class Lookup:
    """Asks the system, once at a time for each name; an address and `localhost` (RFC 6761) are not
    asked for. Addresses to which no route leads are left out, as long as there are others; where
    IPv4 has none at all, its addresses are those through the network's `nat64`, which is asked for
    then."""

    def __init__(
        self,
        reactor: Any,
        getaddrinfo: Callable[..., Any] = socket.getaddrinfo,
        own_addresses: Callable[[], Sequence[str]] = local_addresses,
    ) -> None:
        self._reactor = reactor
        self._getaddrinfo = getaddrinfo
        self._own_addresses = own_addresses
        self.nat64 = Nat64()
        self.nat64.ask = self._ask_for_prefixes
        self._waiting: dict[str, list[Callable[[Found], None]]] = {}
        self._failed: tuple[str, ChatdError] | None = None

    def why_nothing(self, host: str) -> ChatdError:
        """Why the last look-up of this name, which found nothing, did not."""
        if self._failed is not None and self._failed[0] == host:
            return self._failed[1]
        return UnknownHost(host)

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        *_: Any,
        **__: Any,
    ) -> IHostResolution:
        """Tell the receiver the addresses of a name, or none when that takes too long."""
        resolution = _Resolution(hostName, resolutionReceiver, portNumber)
        resolutionReceiver.resolutionBegan(resolution)
        known = _without_asking(hostName)
        if known is not None and not _is_cut_off(known):
            resolution.tell(known)
        else:
            self._ask(hostName, resolution)
        return resolution

    def _ask(self, host: str, resolution: _Resolution) -> None:
        def found(found: Found) -> None:
            late.cancel() if late.active() else None
            if isinstance(found, ChatdError):
                self._failed = host, found
                found = []
            resolution.tell(found)

        late = self._reactor.callLater(limits.LOOKUP_SECONDS, lambda: found(NotLookedUp(host)))
        waiting = self._waiting.setdefault(host, [])
        waiting.append(found)
        if len(waiting) == 1:
            threading.Thread(target=self._look_up, args=[host], daemon=True).start()

    def _look_up(self, host: str) -> None:
        known = _without_asking(host)
        found = known if known is not None else _addresses(host, self._getaddrinfo)
        nat64, asked = self.nat64, self.nat64.round
        if not isinstance(found, ChatdError):
            if _is_cut_off(found):
                nat64 = Nat64(nat64.prefixes or self._prefixes())
            found = _with_route([nat64.reached(each) for each in found])
        self._reactor.callFromThread(self._found, host, found, nat64.prefixes, asked)

    def _found(self, host: str, found: Found, known: Sequence[IPv6Network], asked: int) -> None:
        self.nat64.learn(known or self.nat64.prefixes, asked)
        for tell in self._waiting.pop(host):
            tell(found)

    def _ask_for_prefixes(self) -> None:
        if not _leads_to(_FAR4) and _leads_to(_FAR6):
            asked = [self.nat64.round]
            threading.Thread(target=self._look_for_prefixes, args=asked, daemon=True).start()

    def _look_for_prefixes(self, asked: int) -> None:
        self._reactor.callFromThread(self.nat64.learn, self._prefixes(), asked)

    def _prefixes(self) -> Sequence[IPv6Network]:
        """Those of the network in which we are; slow."""
        found = _addresses(NAME, self._getaddrinfo, socket.AF_INET6)
        return () if isinstance(found, ChatdError) else prefixes(found, self._own_addresses())


def _without_asking(host: str) -> Sequence[str] | None:
    bare = host.lower().rstrip(".")
    if bare == "localhost" or bare.endswith(".localhost"):
        return _with_route(LOOPBACK)
    return [host] if _is_address(host) else None


def _is_address(host: str) -> bool:
    if ":" in host:
        return True  # no name has one
    try:
        socket.inet_pton(socket.AF_INET, host)
    except OSError:
        return False
    return True


def _addresses(host: str, getaddrinfo: Callable[..., Any], family: int = 0) -> Found:
    try:
        infos = getaddrinfo(host, None, family=family, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return UnknownHost(host) if error.errno in _NOT_KNOWN else NotLookedUp(host)
    except OSError as error:
        return NotLookedUp(host, (error.strerror or "?").lower())
    except UnicodeError:
        return UnknownHost(host)
    found = [str(sockaddr[0]) for family, _, _, _, sockaddr in infos if family in _NAMES]
    return list(dict.fromkeys(found)) or UnknownHost(host)


def _with_route(addresses: Sequence[str]) -> Sequence[str]:
    return [each for each in addresses if _leads_to(each)] or addresses


def _is_cut_off(addresses: Sequence[str]) -> bool:
    """Whether one of these is a global IPv4 address, and this machine has no way to any."""
    far = [each for each in addresses if ":" not in each and kind_if_any(each) is Kind.GLOBAL]
    return bool(far) and not any(map(_leads_to, [*far, _FAR4]))


def _leads_to(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as trial:
            trial.connect((address, _ANY_PORT))
    except OSError as error:
        return error.errno in (errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE)
    return True

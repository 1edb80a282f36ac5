"""Where Tor is spoken to: its control port and its SOCKS ports, on TCP or at unix sockets."""

import ipaddress
import os
import re
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, UNIXClientEndpoint
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from zope.interface import implementer

from chatd import limits
from chatd.errors import Usage
from chatd.reach.deadline import GIVEN_UP
from chatd.reach.tor_control import NoTor

LOOPBACK = "127.0.0.1"
USUAL = ("/run/tor/control", f"{LOOPBACK}:9051", f"{LOOPBACK}:9151")
"""Where Tor is controlled on Debian, elsewhere, and inside Tor Browser."""


def socks_listeners(answer: str) -> list[str]:
    """Where Tor says that it listens for SOCKS (control-spec, net/listeners/socks): HOST:PORT, and
    behind those `unix:` with a path, which not everybody may open."""
    found = re.findall(r'"(unix:/[^"]+|[^" ]+:[0-9]{1,5})"', answer)
    return sorted(found, key=lambda each: each.startswith("unix:"))


def places(text: str, port: Callable[[str], int]) -> list[str]:
    """Where Tor may be controlled, from HOST:PORT or the path of a socket: the usual places for ''.

    `port` checks the port. Raises `Usage` for another machine, and what is neither.
    """
    if not text:
        return [each for each in USUAL if ":" in each or os.path.exists(each)]
    if not text.startswith("/"):
        _check(text, port)
    return [text]


def _check(text: str, port: Callable[[str], int]) -> None:
    host, _, number = text.rpartition(":")
    try:
        is_here = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        raise Usage("Tor runs on this machine", f"--tor, --tor={LOOPBACK}:9051 or --tor=/PATH")
    port(number)


def endpoint(reactor: Any, place: str) -> IStreamClientEndpoint:
    """The endpoint of HOST:PORT, of `unix:` and a path, or of a path."""
    if place.startswith(("/", "unix:")):
        made: IStreamClientEndpoint = UNIXClientEndpoint(reactor, place.removeprefix("unix:"))
        return made
    host, _, port = place.rpartition(":")
    kind = TCP6ClientEndpoint if "[" in host else TCP4ClientEndpoint
    reached: IStreamClientEndpoint = kind(
        reactor, host.strip("[]"), int(port), limits.PROXY_CONNECT_SECONDS
    )
    return reached


@implementer(IStreamClientEndpoint)
class FirstOf:
    """The first SOCKS port that answers; `find` asks Tor where they are."""

    def __init__(self, find: Callable[[], Awaitable[list[IStreamClientEndpoint]]]) -> None:
        self._find = find

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect to it; raises `NoTor` where none answers."""
        return Deferred.fromCoroutine(self._connect(protocolFactory))

    async def _connect(self, factory: IProtocolFactory) -> IProtocol:
        for endpoint in await self._find():
            try:
                return await endpoint.connect(factory)
            except GIVEN_UP:
                raise
            except Exception:  # nobody there, or it is not for us: there may be another
                continue
        raise NoTor("Tor's SOCKS port does not answer")

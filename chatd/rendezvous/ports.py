"""Where the daemon listens, tried once before it starts.

A daemon that finds its port taken only after it has started would run on deaf, and one that has
forked has nobody left to tell.
"""

import errno
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from OpenSSL import SSL, crypto
from twisted.internet.abstract import isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from chatd.errors import StartupError
from chatd.rendezvous.proxied import Networks, ProxiedEndpoint
from chatd.text import safe_line

_BOUND = ("tcp", "tcp6", "ssl", "tls")
"""The kinds of endpoints that bind a port; the others adopt one or have none."""
_UNFIT = ("unix", "stdio")
_PROXIED = "haproxy:"
_CAUSES = {
    errno.EADDRINUSE: "another program is using it",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.EACCES: "permission denied",
}


def endpoints(
    reactor: Any, descriptions: Sequence[str], proxies: Networks = ()
) -> list[IStreamServerEndpoint]:
    """The endpoint of each description; raises `StartupError` for what cannot be listened on.

    Those that begin with `haproxy:` are behind load balancers, of which `proxies` are believed.
    """
    made = [_endpoint_behind(reactor, description, proxies) for description in descriptions]
    with ExitStack() as bound:
        for description in descriptions:
            inner = description.removeprefix(_PROXIED)
            if inner.partition(":")[0] in _BOUND:
                _try(_endpoint(_Binder(bound), inner))
    return made


def _endpoint_behind(reactor: Any, description: str, proxies: Networks) -> IStreamServerEndpoint:
    inner = description.removeprefix(_PROXIED)
    if _PROXIED in inner:
        raise StartupError(
            f"cannot use the endpoint {_shown(description)}: {_PROXIED} stands once, in front"
        )
    if inner == description:
        return _endpoint(reactor, description)
    if not proxies:
        raise StartupError(
            f"cannot use the endpoint {_shown(description)}: nobody is named whose word on where "
            "people come from is taken",
            "give the addresses of your load balancers with --proxies",
        )
    return ProxiedEndpoint(_endpoint(reactor, inner), proxies, reactor)


def _endpoint(reactor: Any, description: str) -> IStreamServerEndpoint:
    if description.partition(":")[0] in _UNFIT:
        raise StartupError(
            f"cannot use the endpoint {_shown(description)}: "
            "people who come through it have no address at which others can reach them"
        )
    try:
        made: IStreamServerEndpoint = serverFromString(reactor, description)
        return made
    except OSError as error:
        reason = f"{error.strerror}: {error.filename}"
    except (SSL.Error, crypto.Error):
        reason = "its certificate or key is damaged, or they do not belong together"
    except Exception as error:  # of whatever kind: endpoints come from plugins as well
        reason = str(error) or type(error).__name__
    raise StartupError(f"cannot use the endpoint {_shown(description)}: {_shown(reason)}")


def _try(endpoint: IStreamServerEndpoint) -> None:
    failures: list[Failure] = []
    listening: Deferred[Any] = endpoint.listen(Factory())
    listening.addErrback(failures.append)
    for failure in failures:
        failure.raiseException()


class _Binder:
    """A reactor that takes the ports that it is to listen on, and does nothing with them."""

    def __init__(self, bound: ExitStack) -> None:
        self._bound = bound

    def listenTCP(self, port: int, factory: object, backlog: int = 50, interface: str = "") -> None:
        """Take the port until the end of the stack; raises `StartupError`."""
        family = socket.AF_INET6 if isIPv6Address(interface) else socket.AF_INET
        try:
            taken = self._bound.enter_context(socket.socket(family, socket.SOCK_STREAM))
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(_address(interface, port, family))
            # Two of our own that have only bound the port would not notice each other.
            taken.listen(1)
        except OSError as error:
            reason = _CAUSES.get(error.errno or 0) or (error.strerror or "unknown").lower()
            where = f"{interface or '0.0.0.0'} port {port}"
            raise StartupError(f"cannot listen on {_shown(where)}: {reason}") from None

    def listenSSL(
        self,
        port: int,
        factory: object,
        contextFactory: object,
        backlog: int = 50,
        interface: str = "",
    ) -> None:
        """As `listenTCP`."""
        self.listenTCP(port, factory, backlog, interface)


def _address(interface: str, port: int, family: int) -> Any:
    found = socket.getaddrinfo(
        interface or None, port, family, socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return found[0][4]


def _shown(text: str) -> str:
    return safe_line(text, 200)

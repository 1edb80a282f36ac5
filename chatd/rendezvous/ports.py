"""Where the daemon listens, bound before it starts.

A daemon that finds its port taken only after it has started would run on deaf, and one that has
forked has nobody left to tell.
"""

import re
import socket
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec import Struct
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import AdoptedStreamServerEndpoint, serverFromString
from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from chatd.errors import ChatdError, StartupError
from chatd.rendezvous.bound import Bound
from chatd.rendezvous.certificate import Certificate, TlsEndpoint, from_files
from chatd.rendezvous.proxied import Networks, ProxiedEndpoint, Refused
from chatd.rendezvous.reloading import Reloads
from chatd.safe_line import safe_line

_BOUND = ("tcp", "tcp6", "ssl")
"""The kinds of endpoints that bind a port; the others adopt one or have none."""
_ADOPTED = "systemd"
_UNFIT = ("unix", "stdio")
_PROXIED, _TLS = "haproxy:", "tls:"
_COLON = re.compile(r"(?<!\\):")
"""Between the parts of a description, where a backslash stands before one that is none."""


class Place(Struct, frozen=True):
    """One description of where to listen, its endpoint, and what has the socket there."""

    description: str
    endpoint: IStreamServerEndpoint
    bound: Bound


def places(
    reactor: Any,
    descriptions: Sequence[str],
    proxies: Networks = (),
    reloads: Reloads | None = None,
    handed: Sequence[tuple[str, socket.socket]] = (),
    refused: Refused = lambda why, host: None,
) -> list[Place]:
    """The place of each description; raises `StartupError` for what cannot be listened on.

    Those that begin with `haproxy:` are behind load balancers, of which `proxies` are believed;
    `reloads` gets the certificates, `handed` are sockets that another process has bound, in the
    order of their descriptions, and `refused` is told of connections that do not come through a
    balancer as they have to.
    """
    given: defaultdict[str, list[socket.socket]] = defaultdict(list)
    for description, one in handed:
        given[description].append(one)
    maker = _Maker(reactor, proxies, reloads or Reloads(), refused)
    made = [maker.place(each, given[each].pop(0) if given[each] else None) for each in descriptions]
    for unwanted in chain.from_iterable(given.values()):
        unwanted.close()
    return made


def faults(reactor: Any, descriptions: Sequence[str], proxies: Networks = ()) -> list[StartupError]:
    """What is wrong with descriptions, as far as that can be seen without binding a port; nothing
    of sockets that only systemd hands over."""
    maker, found = _Maker(reactor, proxies, Reloads(), lambda why, host: None), []
    for each in descriptions:
        try:
            if _innermost(each) != _ADOPTED:
                maker.look_at(each)
        except StartupError as error:
            found.append(error)
    return found


class _Maker:
    """Makes endpoints out of descriptions, from the outside to the inside."""

    def __init__(self, reactor: Any, proxies: Networks, reloads: Reloads, refused: Refused) -> None:
        self._refused = refused
        self._reactor = reactor
        self._proxies = proxies
        self._reloads = reloads

    def place(self, description: str, handed: socket.socket | None) -> Place:
        bound = Bound(self._reactor, handed)
        endpoint = self._explained(bound, description)
        if handed is None and _innermost(description) in _BOUND:
            _bind(endpoint)
        return Place(description, endpoint, bound)

    def look_at(self, description: str) -> None:
        """Raise `StartupError` for what is wrong with one, and bind nothing."""
        self._explained(Bound(self._reactor, None), description)

    def _explained(self, bound: Bound, description: str) -> IStreamServerEndpoint:
        try:
            return self._endpoint(bound, description)
        except ChatdError as error:
            raise StartupError(
                f"cannot use the endpoint {_shown(description)}: {error}", error.hint
            ) from None

    def _endpoint(self, bound: Bound, description: str) -> IStreamServerEndpoint:
        if description.startswith(_PROXIED):
            return self._proxied(bound, description.removeprefix(_PROXIED))
        if description.startswith(_TLS):
            return self._tls(bound, description)
        if description.partition(":")[0] == _ADOPTED and bound.handed is not None:
            return _adopted(bound, bound.handed)
        if description.startswith("ssl:"):
            bound.secure(self._certificate(lambda: _options_in(description), description))
        return _plain(bound, description)

    def _proxied(self, bound: Bound, inner: str) -> IStreamServerEndpoint:
        if _PROXIED in inner:
            raise StartupError(f"{_PROXIED} stands once, in front")
        if not self._proxies:
            raise StartupError(
                "nobody is named whose word on where people come from is taken",
                "give the addresses of your load balancers with --proxies",
            )
        inside = self._endpoint(bound, inner)
        return ProxiedEndpoint(inside, self._proxies, self._reactor, self._refused)

    def _tls(self, bound: Bound, description: str) -> IStreamServerEndpoint:
        try:
            chain, key, inner = _COLON.split(description.removeprefix(_TLS), 2)
        except ValueError:
            raise StartupError("it is tls:CERTIFICATE:KEY:ENDPOINT") from None
        files = _path(chain), _path(key)
        certificate = self._certificate(lambda: from_files(*files), description)
        return TlsEndpoint(self._reactor, self._endpoint(bound, inner), certificate)

    def _certificate(self, read: Any, description: str) -> Certificate:
        name = f"certificate of {_shown(description)}"
        certificate = Certificate(self._reactor, read, name)
        self._reloads.add(name, certificate.again, is_daily=True)
        return certificate


def _innermost(description: str) -> str:
    """The kind of what is inside of all prefixes."""
    inner = description.removeprefix(_PROXIED)
    if inner.startswith(_TLS):
        return _innermost(_COLON.split(inner, 3)[-1])
    return inner.partition(":")[0]


def _path(text: str) -> Path:
    return Path(re.sub(r"\\(.)", r"\1", text))


def _adopted(reactor: Any, handed: socket.socket) -> IStreamServerEndpoint:
    handed.setblocking(False)
    made: IStreamServerEndpoint = AdoptedStreamServerEndpoint(
        reactor, handed.detach(), handed.family
    )
    return made


def _plain(reactor: Any, description: str) -> IStreamServerEndpoint:
    if description.partition(":")[0] in _UNFIT:
        raise StartupError(
            "people who come through it have no address at which others can reach them"
        )
    try:
        made: IStreamServerEndpoint = serverFromString(reactor, description)
        return made
    except Exception as error:  # of whatever kind: endpoints come from plugins as well
        raise StartupError(_shown(str(error) or type(error).__name__)) from None


class _Options:
    """A reactor that only takes the TLS options that it is to listen with."""

    found: Any = None

    def listenSSL(self, port: int, factory: Any, contextFactory: Any, **others: Any) -> None:
        self.found = contextFactory


def _options_in(description: str) -> Any:
    """What is in the files that an `ssl:` description names."""
    options: Any = _Options()
    serverFromString(options, description).listen(Factory())
    return options.found


def _bind(endpoint: IStreamServerEndpoint) -> None:
    failures: list[Failure] = []
    binding: Deferred[Any] = endpoint.listen(Factory())
    binding.addErrback(failures.append)
    for failure in failures:
        failure.raiseException()


def _shown(text: str) -> str:
    return safe_line(text, 200)

"""Where others can reach a client, and where it reaches them: on the internet, through Tor, or at
the relay alone."""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct
from twisted.internet.defer import Deferred, succeed

from chatd import limits
from chatd.addresses import Candidate, Kind, canonical, kind_if_any
from chatd.dialling import dialable, offered, seen_there
from chatd.engine.candidate_exchange import CandidateExchange
from chatd.engine.environment import Environment, Settings
from chatd.errors import Malformed
from chatd.onion import dialable_onions
from chatd.peer.listener import Deaf, Listening
from chatd.peer.local_port import PortUnavailable
from chatd.peer.search import Plan
from chatd.peer.shared_port import Ports, Seat
from chatd.peer.spray import Spray, feature, side
from chatd.reach.nat64 import Nat64
from chatd.retelling import Introduced
from chatd.wire import server as wire


class ServerView(Struct, frozen=True):
    """How the server and we see each other: its key (33 bytes), the address to which we are
    connected ('' through a proxy or Tor, where it is not known), the addresses at which it has seen
    us, the local port of our link to it, or 0 where direct links cannot share it, our address on
    that link, and what fires when no more such addresses are to come soon."""

    server_key: bytes
    server_host: str
    observed: Callable[[], Sequence[str]]
    local_port: int
    local_host: str = ""
    settled: Callable[[], Deferred[None]] = lambda: succeed(None)
    seen: Candidate | None = None
    """The address and the port at which it has seen our link to it."""

    @property
    def server_is_loopback(self) -> bool:
        """Whether the server is on this machine; not what it says of us, as it could lie."""
        return kind_if_any(self.server_host) is Kind.LOOPBACK


class Whereabouts(Protocol):
    """One client in one introduction."""

    @property
    def listener(self) -> Listening:
        """Where they come to."""
        ...

    @property
    def features(self) -> Sequence[str]:
        """What our offer says of where we are."""

    def settled(self) -> Deferred[None]:
        """Fires when the candidates are known."""

    def candidates(self) -> wire.Candidates:
        """What the server may tell the other person."""

    def plan(self, go: wire.Go, features: Sequence[str] = ()) -> Plan:
        """Which of the other's candidates are dialled, with the `features` of their offer; raises
        `Malformed`."""


def whereabouts(
    settings: Settings, world: Environment, server_view: ServerView, ports: Ports
) -> Whereabouts:
    """Those of a client; raises `PortUnavailable` if there is nothing to listen on."""
    if settings.relay == "only":
        return AtTheRelay()
    if settings.tor:
        return BehindTor(settings)
    return OnTheInternet(settings, world, server_view, ports)


class AtTheRelay:
    """Nobody is told anything, and nobody is dialled."""

    features: Sequence[str] = ()

    def __init__(self) -> None:
        self.listener = Deaf()

    def settled(self) -> Deferred[None]:
        """At once."""
        return succeed(None)

    def candidates(self) -> wire.Candidates:
        """None."""
        return wire.Candidates("none", self.listener.port, [])

    def plan(self, go: wire.Go, features: Sequence[str] = ()) -> Plan:
        """Nothing but the relay."""
        return Plan([], relay_only=True)


class BehindTor:
    """An onion service leads to us, if one is ready, and others' onion services to them."""

    features: Sequence[str] = ()

    def __init__(self, settings: Settings) -> None:
        self._dial = settings.dial
        service = settings.tor.take() if settings.tor is not None else None
        self.listener: Listening = service or Deaf()
        self._own = service.host if service else ""

    def settled(self) -> Deferred[None]:
        """At once: a service that is not ready is not waited for."""
        return succeed(None)

    def candidates(self) -> wire.Candidates:
        """The onion address alone."""
        port = self.listener.port
        return wire.Candidates("none", port, [(self._own, port)] if self._own else [])

    def plan(self, go: wire.Go, features: Sequence[str] = ()) -> Plan:
        """With more patience where both are behind onion services."""
        dialled, refused = dialable_onions(go.local, self._own)
        patience = limits.ONION_RACE_SECONDS if self._own and dialled else limits.RACE_SECONDS
        retried = dialled[:1]
        return Plan(dialled, retried, refused, tor=self._dial, patience=patience)


class OnTheInternet:
    """A listener at the port that the server sees, if that can be, or that a router forwards."""

    def __init__(
        self, settings: Settings, world: Environment, server_view: ServerView, ports: Ports
    ) -> None:
        self._settings = settings
        self._world = world
        self._server_view = server_view
        self._is_shared, self.listener = self._listen(ports)
        self._offered: list[Candidate] = []

    @property
    def features(self) -> list[str]:
        """Whether our router keeps our port, for a spray of ports."""
        seen, port = self._server_view.seen, self._server_view.local_port
        if not self._settings.spray or not self._is_shared or seen is None or "." not in seen[0]:
            return []
        return [feature(seen, port)]

    def _listen(self, ports: Ports) -> tuple[bool, Seat]:
        """Whether the server sees us at the port that we listen on, and our place there; any, where
        another program has taken it meanwhile. Raises `PortUnavailable`."""
        shared, wanted = self._server_view.local_port, self._settings.client_port
        try:
            return bool(shared), ports.listen(shared or wanted)
        except PortUnavailable:
            if wanted or not shared:
                raise
        return False, ports.listen(0)

    def settled(self) -> Deferred[None]:
        """When the router has answered, if it is asked, and the server."""
        upnp, settled = self._settings.upnp, self._server_view.settled()
        return settled.addCallback(lambda _: upnp.settled() if upnp is not None else None)

    def candidates(self) -> wire.Candidates:
        """Our own addresses, and whether the server may add the one that it sees."""
        self._offered = local = self._local()
        if self._settings.forwarded:
            return wire.Candidates("address", self._settings.forwarded[1], local)
        # A port that the person chose may be forwarded to us, whatever port the server sees.
        shared = self._is_shared and not self._settings.client_port
        observed: wire.Observed = "address-port" if shared else "address"
        return wire.Candidates(observed, self.listener.port, local)

    def _local(self) -> list[Candidate]:
        """Our own addresses, and the one outside which leads to us, first."""
        local = offered(
            self._world.addresses(),
            self.listener.port,
            server_is_loopback=self._server_view.server_is_loopback,
            first=self._server_view.local_host,
        )
        return [*self._outside(), *local][: limits.CANDIDATES]

    def _outside(self) -> list[Candidate]:
        if self._settings.forwarded:
            host, port = self._settings.forwarded
            # Others go only where the server has seen us.
            is_ours = host and seen_there(host, self._server_view.observed())
            return [(host, port)] if is_ours else []
        mapped = self._settings.upnp and self._settings.upnp.outside(self.listener.port)
        return [mapped] if mapped else []

    def plan(self, go: wire.Go, features: Sequence[str] = ()) -> Plan:
        """The addresses of the other that may lead to them."""
        nat64, on_loopback = self._world.nat64, self._server_view.server_is_loopback
        mine = [nat64.plain(host) for host in self._server_view.observed()]
        retried = _observed(_plain(nat64, go.observed))
        dial, refused = dialable(
            _plain(nat64, go.local),
            server_is_loopback=on_loopback,
            mine=mine,
            theirs=retried,
            own={(address, self.listener.port) for address in self._world.addresses()},
        )
        spray = self._spray(features, [each for each in retried if each in dial])
        known = Introduced(on_loopback, mine, retried, dial, self._offered)
        exchange = CandidateExchange(self._world, known, self._local, self.listener.port)
        targets = _reached(nat64, dial), _reached(nat64, retried)
        return Plan(*targets, refused, spray=spray, exchange=exchange)

    def _spray(self, features: Sequence[str], observed: Sequence[Candidate]) -> Spray | None:
        """What to do where one of the two routers gives random ports; None for nothing."""
        there = next((each for each in observed if "." in each[0]), None)
        which = side(next(iter(self.features), ""), features)
        if which is None or there is None:
            return None
        return Spray(which, (self._world.nat64.reached(there[0]), there[1]))


def _plain(nat64: Nat64, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each as it is judged."""
    return [(nat64.plain(host), port) for host, port in candidates]


def _reached(nat64: Nat64, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each as it is dialled."""
    return [(nat64.reached(host), port) for host, port in candidates]


def _observed(places: Sequence[Candidate]) -> list[Candidate]:
    try:
        return [(canonical(host), port) for host, port in places]
    except ValueError:
        raise Malformed("the server gave an unreadable address") from None

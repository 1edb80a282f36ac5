"""Our end of one introduction: the listening port, our offer, and the race for a link."""

from dataclasses import dataclass, replace

from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IStreamClientEndpoint

from chatd import limits
from chatd.addresses import Candidate, Kind, canonical, dialable, kind
from chatd.client.effects import Race
from chatd.client.relaying import FEATURES, NoRelay, agreed, place
from chatd.client.world import Settings, World
from chatd.errors import Malformed
from chatd.noise.keys import KeyPair, encode_identity
from chatd.peer.bond import Bond
from chatd.peer.candidates import candidates
from chatd.peer.listener import Deaf, Listener
from chatd.peer.meeting import Meeting, MeetingUser, Role
from chatd.peer.offer import new_offer, party, read_offer
from chatd.peer.search import Plan
from chatd.wire import server as wire
from chatd.wire.codec import encode
from chatd.wire.keying import Introduction, common_suite


@dataclass(frozen=True)
class Vantage:
    """How the server and we see each other: its key (33 bytes), the address to which we are
    connected, the address that it sees of us, and the local port of our link to it, or 0 where
    direct links cannot share it."""

    server_key: bytes
    server_host: str
    observed: str
    local_port: int

    @property
    def server_is_loopback(self) -> bool:
        """Whether the server is on this machine; not what it says of us, as it could lie."""
        return kind(self.server_host) is Kind.LOOPBACK


class Path:
    """From our offer to the race; raises `PortUnavailable` if there is nothing to listen on."""

    def __init__(self, settings: Settings, world: World, vantage: Vantage, bond: Bond) -> None:
        self.bond = bond
        self._suites = settings.suites
        self._world = world
        self._vantage = vantage
        self._listener: Listener | Deaf = Deaf()
        if settings.relay != "only":
            self._listener = Listener(
                world.reactor, world.free_port(vantage.local_port or settings.client_port)
            )
        self._choice = settings.relay
        self._dial = settings.dial
        self._server = settings.endpoint(0)  # as its relay, from any port
        self._settings = settings
        features = FEATURES[settings.relay]
        self._offer = encode(new_offer(settings.suites, world.random_bytes, features))
        self._meeting: Meeting | None = None

    def offer(self, id: bytes, is_host: bool) -> wire.OfferMade | wire.Accept:
        """What the server passes on to the other person: OFFER as the host, ACCEPT as the guest."""
        message = wire.OfferMade if is_host else wire.Accept
        return message(id, self._offer, self._candidates())

    def _candidates(self) -> wire.Candidates:
        port = self._listener.port
        if self._choice == "only":
            return wire.Candidates("none", port, [])
        local = candidates(
            self._world.addresses(), port, server_is_loopback=self._vantage.server_is_loopback
        )
        if self._settings.forwarded:
            host, outer = self._settings.forwarded
            outside = [(host, outer)] if host else []
            return wire.Candidates("address", outer, [*outside, *local][: limits.CANDIDATES])
        # A port that the person chose may be forwarded to us, whatever port the server sees.
        shared = self._vantage.local_port and not self._settings.client_port
        return wire.Candidates("address-port" if shared else "address", port, local)

    def race(self, race: Race, name: str, static: KeyPair, user: MeetingUser) -> Plan:
        """Look for a link, as `name` with this key, and return what is dialled.

        Raises `NoCommonSuite`, `NoRelay`, and `Malformed` for an introduction that cannot be read.
        """
        role = self._role(race, name, static)
        plan = self._plan(race.go)
        world = self._world
        self._meeting = Meeting(
            world.reactor, self._listener, role, plan, user, world.random, self.bond
        )
        self._meeting.start()
        return plan

    @property
    def tried(self) -> list[tuple[str, str]]:
        """What the last race tried, and why each failed."""
        return self._meeting.tried if self._meeting is not None else []

    @property
    def deadline(self) -> float | None:
        """When the race ends; None while there is none."""
        return self._meeting.deadline if self._meeting is not None else None

    def race_again(self) -> None:
        """Look for another link with the same keys."""
        if self._meeting is not None:
            self._meeting.again()

    def close(self) -> None:
        """End the race and stop listening; a link that was chosen stays."""
        if self._meeting is not None:
            self._meeting.cancel()
        self._listener.close()

    def _role(self, race: Race, name: str, static: KeyPair) -> Role:
        go, is_host = race.go, race.is_host
        theirs, ours = read_offer(go.offer).suites, self._suites
        suite = common_suite(ours, theirs) if is_host else common_suite(theirs, ours)
        me = party(name, encode_identity(static.public), self._offer)
        them = party(go.name, go.key, go.offer)
        host, guest = (me, them) if is_host else (them, me)
        introduction = Introduction(
            self._vantage.server_key, go.id, host, guest, suite, race.secret
        )
        return Role(introduction, is_host, static, self._world.primitives)

    def _plan(self, go: wire.Go) -> Plan:
        choice = agreed(self._choice, read_offer(go.offer).features, go.name)
        if choice == "never":
            return self._direct(go)
        relay = place(go.relay, self._server, self._vantage.server_host, self._elsewhere)
        if choice == "may":
            return replace(self._direct(go), relay=relay)
        if relay is None:
            raise NoRelay(hint="leave out --relay-only" if self._choice == "only" else "")
        return Plan([], relay=relay, relay_only=True)

    def _elsewhere(self, host: str, port: int) -> IStreamClientEndpoint:
        if self._dial is not None:
            return self._dial(host, port)
        return HostnameEndpoint(self._world.reactor, host, port, timeout=limits.RELAY_RACE_SECONDS)

    def _direct(self, go: wire.Go) -> Plan:
        dial, refused = dialable(
            go.local,
            server_is_loopback=self._vantage.server_is_loopback,
            mine=self._vantage.observed,
            theirs=go.observed,
            own={(address, self._listener.port) for address in self._world.addresses()},
        )
        return Plan(dial, _observed(go), refused)


def _observed(go: wire.Go) -> Candidate | None:
    if go.observed is None:
        return None
    host, port = go.observed
    try:
        return canonical(host), port
    except ValueError:
        raise Malformed("the server gave an unreadable address") from None

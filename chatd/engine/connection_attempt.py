"""Our end of one introduction: the listening port, our offer, and the race for a link."""

from collections.abc import Callable

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint

from chatd import limits
from chatd.engine.decisions.effects import Race
from chatd.engine.environment import Environment, Settings
from chatd.engine.gathering import ServerView, whereabouts
from chatd.noise.keys import KeyPair, encode_identity
from chatd.peer.carrier import Carrier
from chatd.peer.connector import Connector
from chatd.peer.link import PeerLink
from chatd.peer.offer import new_offer, party, read_offer
from chatd.peer.role import Role
from chatd.peer.search import Plan
from chatd.peer.shared_port import Ports
from chatd.reach.filtered_resolver import looked_up
from chatd.reach.relay_choice import FEATURES, NoRelay, agreed, place
from chatd.reach.relay_rules import RelayRules
from chatd.wire import server as wire
from chatd.wire.codec import encode
from chatd.wire.keying import Introduction, common_suite


class ConnectionAttempt:
    """From our offer to the race; raises `PortUnavailable` if there is nothing to listen on."""

    def __init__(
        self, settings: Settings, world: Environment, server_view: ServerView, ports: Ports
    ) -> None:
        self._settings = settings
        self._world = world
        self._server_view = server_view
        self._where = whereabouts(settings, world, server_view, ports)
        self._rules = RelayRules(server_view.server_host, world.nat64)
        features = [*FEATURES[settings.relay], *self._where.features]
        self._offer = encode(new_offer(settings.suites, world.random_bytes, features))
        self._meeting: Connector | None = None

    def settled(self) -> Deferred[None]:
        """Fires when `offer` can be made."""
        return self._where.settled()

    def offer(self, id: bytes, is_host: bool) -> wire.OfferMade | wire.Accept:
        """What the server passes on to the other person: OFFER as the host, ACCEPT as the guest."""
        message = wire.OfferMade if is_host else wire.Accept
        return message(id, self._offer, self._where.candidates())

    def race(
        self,
        race: Race,
        name: str,
        static: KeyPair,
        carrier: Carrier,
        failed: Callable[[list[tuple[str, str]]], None],
    ) -> Plan:
        """Look for a link for `carrier`, as `name` with this key, and return what is dialled;
        `failed` is told when there is none in time.

        Raises `NoCommonSuite`, `NoRelay`, and `Malformed` for an introduction that cannot be read.
        """
        role = self._role(race, name, static)
        plan = self._plan(race.go)
        world = self._world
        self._meeting = Connector(
            world.reactor, self._where.listener, role, plan, carrier, failed, world.random
        )
        if race.beside:
            self._meeting.start_beside()
        else:
            self._meeting.start()
        return plan

    @property
    def may_be_direct(self) -> bool:
        """Whether neither side hides behind the relay."""
        return self._meeting is not None and not self._meeting.is_relay_only

    @property
    def tried(self) -> list[tuple[str, str]]:
        """What the last race tried, and why each failed."""
        return self._meeting.tried if self._meeting is not None else []

    @property
    def deadline(self) -> float | None:
        """When the race has taken too long; None while there is none."""
        return self._meeting.deadline if self._meeting is not None else None

    def has(self, link: PeerLink) -> bool:
        """Whether this link came about here, and was in use."""
        return self._meeting is not None and self._meeting.has(link)

    def race_again(self) -> None:
        """Look for another link with the same keys."""
        if self._meeting is not None:
            self._meeting.again()

    def close(self) -> None:
        """End the race and stop listening; a link in use stays."""
        if self._meeting is not None:
            self._meeting.cancel()
        self._where.listener.close()

    def _role(self, race: Race, name: str, static: KeyPair) -> Role:
        go, is_host = race.go, race.is_host
        theirs, ours = read_offer(go.offer).suites, self._settings.suites
        suite = common_suite(ours, theirs) if is_host else common_suite(theirs, ours)
        me = party(name, encode_identity(static.public), self._offer)
        them = party(go.name, go.key, go.offer)
        host, guest = (me, them) if is_host else (them, me)
        introduction = Introduction(
            self._server_view.server_key, go.id, host, guest, suite, race.secret
        )
        return Role(introduction, is_host, static, self._world.primitives)

    def _plan(self, go: wire.Go) -> Plan:
        settings = self._settings
        features = read_offer(go.offer).features
        choice = agreed(settings.relay, features, go.name)
        if choice == "never":
            return self._where.plan(go, features)
        server = settings.endpoint(0)  # as its relay, from any port
        relay = place(go.relay, server, self._rules.may_dial, self._elsewhere)
        if choice == "may":
            return replace(self._where.plan(go, features), relay=relay)
        if relay is None:
            raise NoRelay(hint="leave out --relay-only" if settings.relay == "only" else "")
        return Plan([], relay=relay, relay_only=True)

    def _elsewhere(self, host: str, port: int, is_tls: bool) -> IStreamClientEndpoint:
        reactor, settings = self._world.reactor, self._settings
        if settings.dial is not None:
            plain = settings.dial(host, port)
        else:
            seconds, allows = limits.RELAY_RACE_SECONDS, self._rules.may_lead_to
            plain = looked_up(reactor, host, port, seconds, allows)
        return settings.in_tls(reactor, plain, host) if is_tls else plain

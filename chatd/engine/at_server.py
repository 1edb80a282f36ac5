"""The client at its server: goes there, looks who that is, logs in, and passes on what it says."""

from typing import TYPE_CHECKING

from chatd.addresses import Candidate, parse, written
from chatd.daemon_command import daemon_command
from chatd.dialling import seen_there
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.notices import Notices
from chatd.engine.environment import Environment
from chatd.engine.patience import Patience, Timing
from chatd.engine.server_connection import Account
from chatd.engine.server_link import ServerLink, Unwelcome
from chatd.errors import ChatdError, StartupError
from chatd.files import StorageError
from chatd.noise.keys import KeyPair, fingerprint
from chatd.reach.network_watch import Change
from chatd.reach.other_family import OtherFamily
from chatd.store.identity_file import PassphraseNeeded
from chatd.store.known_servers import Entries
from chatd.store.profiles import ProfileInUse
from chatd.store.servers import Met, ServerKeyChanged, Servers
from chatd.wire import server as wire
from chatd.wire.close import Reason
from chatd.wire.lines import OtherVersion
from chatd.wire.opening import Secured
from chatd.wire.seen import unmask

if TYPE_CHECKING:
    from chatd.engine.gathering import ServerView
    from chatd.engine.session import Session


class AtServer:
    """The way to the server of one session, for as long as that lives."""

    def __init__(self, session: "Session", world: Environment, servers: Servers) -> None:
        self._session = session
        self._settings = session.settings
        self._world = world
        self._servers = servers
        self._link = ServerLink(
            world.reactor, session.settings.endpoint, self, world.random, self._free_port
        )
        self._other_family = OtherFamily(
            world.reactor, session.settings.in_family, world.random_bytes, self._link.send
        )
        self._notices = Notices(world.reactor.seconds())
        self._patience = Patience()
        self.key = b""
        """The key that the server has shown (33 bytes), empty before that."""
        self.is_claiming = False
        """Whether it may take a name for ours of which we do not know yet."""
        self._host = ""
        self._observed = ""
        self._seen: Candidate | None = None
        self._ever_in = False
        self._told_of_forwarded = False

    # -- going there

    def connect(self) -> None:
        """Go there, as whoever the profile says."""
        profile, server = self._session.profile, self._settings.server
        if self._settings.offline:
            return
        account = Account(
            profile.static,
            self._settings.suites,
            self._check,
            lambda: profile.hello(lambda: self._servers.expected(server)),
            self._world.primitives,
        )
        self._other_family.forget()
        if not self._session.machine.conversations:
            self._session.show(events.Connecting(self._settings.server, 1))
        self._link.connect(account)
        self.prepare_onion()

    def prepare_onion(self) -> None:
        """Have a place where others come to through Tor."""
        if self._settings.tor is not None and self._settings.relay != "only":
            self._settings.tor.prepare()

    def _free_port(self) -> int:
        """The local port that the server link shares with direct links; any where there are none.

        Raises `PortUnavailable`.
        """
        if self._settings.relay == "only" or self._settings.dial is not None:
            return 0
        return self._world.free_port(self._settings.client_port)

    def disconnect(self, reason: Reason | None) -> None:
        """Hang up, and say why."""
        self._other_family.forget()
        self._link.disconnect(reason)

    def depart(self) -> None:
        """Hang up for a conversation that needs no server."""
        self._other_family.forget()
        self._link.depart()

    def send(self, message: wire.FromClient) -> None:
        """Tell the server; without a link to it nothing is sent."""
        if isinstance(message, wire.Request):
            self.look_around()
        self._link.send(message)

    def network_changed(self, change: Change) -> None:
        """What could not be reached may be reached now, and the other way round."""
        if self._link.local_host in change.gone:
            self._link.give_up("this machine has another address now")
        self._link.dial_soon()

    # -- who it is

    @property
    def entries(self) -> Entries:
        """Under which it is kept."""
        return self._servers.entries(self._settings.server)

    def _check(self, key: bytes) -> KeyPair | None:
        """It has proved that it holds this key, and does not know yet who we are."""
        met = self._servers.meet(self._settings.server, key)
        names = self._session.profile.names(met.entries) if met.known_as else []
        if key != self.key:
            self.key = key
            seen = fingerprint(key), met.first_seen is None, met.known_as, names
            self._session.show(events.ServerSeen(self._settings.server, *seen))
        return None if self._session.profile.is_of(met.entries) else self._come_back(met)

    def _come_back(self, server: Met) -> KeyPair:
        """This is a server where we have been, at another address: be who we are there."""
        name = self._session.machine.name or self._session.machine.wanted or ""
        try:
            self._session.machine.identity = self._session.profile.take(server.entries, name)
        except PassphraseNeeded:
            raise StartupError(
                f"{self._settings.server} is the server {server.known_as},"
                f" and the key of {name} there has a passphrase",
                "start again, and you are asked for it",
            ) from None
        return self._session.profile.static

    # -- what it says

    def server_opened(self, secured: Secured) -> None:
        """The handshake with the server is done."""
        greeting = self._link.greeting
        self._seen = unmask(greeting.seen) if greeting is not None else None
        self._observed = self._seen[0] if self._seen is not None else ""
        # Through a proxy or Tor it is not known, and the near end says nothing of it.
        self._host = self._link.host if self._settings.dial is None else ""
        if self._settings.upnp is not None:
            port = self._link.local_port or self._settings.client_port
            self._settings.upnp.want(port, self._session.drivers.ports)
        self.is_claiming = True
        self._session.act([do.Send(self._session.machine.login())])

    def server_received(self, message: wire.FromServer) -> None:
        """One message of the server."""
        if isinstance(message, wire.Named | wire.Refused):
            self.is_claiming = False
        if isinstance(message, wire.Requested):
            self.look_around()
        if isinstance(message, wire.Welcome):
            self._welcomed(message)
        elif isinstance(message, wire.Notice):
            if self._notices.is_shown(message.text, self._session.now):
                self._session.show(events.Notice(self._settings.server, message.text))
        elif isinstance(message, wire.SeenAt):
            self._other_family.heard(message)
        else:
            self._session.act(self._session.machine.receive(message, self._session.now))

    def _welcomed(self, welcome: wire.Welcome) -> None:
        effects = self._session.machine.logged_in(welcome, self._session.now)
        self._ever_in = True
        self.is_claiming = welcome.name is None
        self._link.answered()
        if (greeting := self._link.greeting) is not None:
            self._session.profile.learn_door(self.key, greeting.suites, welcome.tokens)
        self.prepare_onion()
        self._session.act(effects)
        self._session.lookout.look()
        self._look_at_forwarded()

    def _look_at_forwarded(self) -> None:
        """Say once that the address of a forwarded port is not one at which the server sees us."""
        host, port = self._settings.forwarded or ("", 0)
        if not host or self._told_of_forwarded or self._settings.relay == "only":
            return
        if self._observed and parse(host).version != parse(self._observed).version:
            self.look_around()
        self._told_of_forwarded = True

        def judge(_: None) -> None:
            if not seen_there(host, self._places()):
                left_out = events.ForwardedLeftOut(written((host, port)), self._places())
                self._session.show(left_out)

        self._other_family.settled().addCallback(judge)

    def server_failed(self, why: str, error: ChatdError | None, seconds: float) -> None:
        """No server link; on the very first try that is the end, and with another key of the
        server, but for conversations, which need none."""
        self._other_family.forget()
        is_other = isinstance(error, ServerKeyChanged)
        if error is not None and is_other and not self._session.machine.conversations:
            self._session.fail(error)
        elif not self._ever_in:
            self._session.fail(self._never_in(why, error))
        else:
            lost = self._session.machine.server_lost(why, seconds, is_grave=is_other)
            self._session.act(lost)

    def _never_in(self, why: str, error: ChatdError | None) -> ChatdError:
        server = self._settings.server
        if isinstance(error, Unwelcome):
            hint = f"your key, for its operator: {fingerprint(self._session.machine.identity)}"
            return ChatdError(f"the server {server} sends you away: {why}", hint)
        if isinstance(error, StartupError | StorageError | ProfileInUse | OtherVersion):
            return error
        start = f"check --host and --port, or start a server: {daemon_command()}"
        hint = error.hint if error is not None else ""
        return ChatdError(f"cannot reach the server {server}: {why}", hint or start)

    # -- how it is seen

    @property
    def timing(self) -> Timing:
        """When what the server is waited for happens, or is given up."""
        link = self._link
        return Timing(link.trying_since, link.retry_at, self._patience.until)

    @property
    def failure(self) -> str:
        """Why the server could not be reached the last time, '' while it is there."""
        return self._link.failure

    @property
    def view(self) -> "ServerView":
        """How the server and we see each other."""
        from chatd.engine.gathering import ServerView

        link = self._link
        return ServerView(
            self.key,
            self._host,
            self._places,
            link.local_port,
            link.local_host,
            self._other_family.settled,
            self._seen,
        )

    def _places(self) -> list[str]:
        """Where the server has seen us."""
        vouched = self._other_family.place
        there = [vouched[0]] if vouched is not None else []
        return [*([self._observed] if self._observed else []), *there]

    def look_around(self) -> None:
        """An introduction is in sight: have the server see us in the other family as well."""
        self._other_family.look(self._observed, self._link.local_port)

    # -- how long it may take

    def wait_for(self, awaited: object | None) -> None:
        """This is what its next answer will be to."""
        self._patience.wait_for(awaited, self._session.now)

    def tick(self) -> None:
        """Give it up if it has taken too long."""
        if self._patience.is_over(self._session.now):
            self._link.give_up("it does not answer")

"""The client at work: feeds the machine with what happens and carries out its effects."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall

from chatd.addresses import Candidate, parse, written
from chatd.daemon_command import daemon_command
from chatd.dialling import seen_there
from chatd.engine.card_check import check_card
from chatd.engine.client import Listener
from chatd.engine.commands import Command
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.effects import Effect
from chatd.engine.decisions.machine import Machine
from chatd.engine.decisions.notices import Notices
from chatd.engine.decisions.presence import At
from chatd.engine.decisions.proofs import CardProofs, Side
from chatd.engine.dispatch import carry_out
from chatd.engine.drivers import Drivers
from chatd.engine.environment import Environment, Settings
from chatd.engine.lookout import Lookout
from chatd.engine.observing import observe
from chatd.engine.open_profile import OpenProfile
from chatd.engine.patience import Patience
from chatd.engine.server_link import Account, ServerLink, Unwelcome
from chatd.engine.shutdown import Shutdown
from chatd.engine.snapshot import Snapshot
from chatd.engine.timing import Timing
from chatd.engine.transfers import Transfers
from chatd.engine.unlocking import Unlocking
from chatd.errors import ChatdError, StartupError
from chatd.files import StorageError
from chatd.noise.keys import KeyPair, fingerprint
from chatd.reach.network_watch import Change
from chatd.reach.other_family import OtherFamily
from chatd.store.card import Card
from chatd.store.contact import petname
from chatd.store.identity_file import PassphraseNeeded
from chatd.store.known_servers import Entries
from chatd.store.profiles import ProfileInUse, Profiles
from chatd.store.servers import Met, ServerKeyChanged, Servers
from chatd.wire import server as wire
from chatd.wire.lines import OtherVersion
from chatd.wire.opening import Secured
from chatd.wire.seen import unmask

if TYPE_CHECKING:
    from chatd.engine.gathering import ServerView


class Session:
    """One running client. `done` fires with the exit status, or fails with a `ChatdError`."""

    def __init__(
        self,
        settings: Settings,
        world: Environment,
        profiles: Profiles,
        servers: Servers,
    ) -> None:
        self.settings = settings
        self.done: Deferred[int] = Deferred()
        self._world = world
        self._servers = servers
        self._listeners: list[Listener] = []
        self._server = ServerLink(
            world.reactor,
            settings.endpoint,
            self,
            world.random,
            self._free_port,
        )
        self._other_family = OtherFamily(
            world.reactor, settings.in_family, world.random_bytes, self._server.send
        )
        self._told_of_forwarded = False
        self._notices = Notices(world.reactor.seconds())
        self.drivers = Drivers(self, world)
        self._observed = ""
        self._seen: Candidate | None = None
        self._server_host = ""
        self._server_key = b""
        self._ever_in = False
        self._claiming = False
        self._timer: IDelayedCall | None = None
        self._shutdown = Shutdown(world.reactor)
        self._watch = world.watch(world.reactor, self._network_changed)
        if settings.dial is None and not settings.offline:
            world.nat64.ask()
        self._patience = Patience()
        self._queue: deque[Effect] = deque()
        self._is_acting = False
        self.profile = OpenProfile(profiles, world, self._shutdown, self.show)
        self.lookout = Lookout(world.reactor, self._look_for, self.show, self.profile.wait_for)
        parts = (world, self.profile, self.show, settings.downloads, self._changed)
        self.transfers: Transfers = Transfers(*parts)
        self.unlocking: Unlocking = Unlocking(self)
        self.wall_clock = world.wall_clock
        self.random_bytes = world.random_bytes
        proofs = CardProofs(self._side, world.wall_clock)
        if settings.tor is not None:
            settings.tor.published = lambda: self.show(events.OnionPublished())
            settings.tor.missing = lambda why: self.show(events.OnionMissing(why))
        if settings.upnp is not None:
            settings.upnp.failed = lambda why: self.show(events.PortNotMapped(why))
        self.machine: Machine = Machine(
            settings.server,
            b"",
            self.profile.judge,
            proofs,
            lambda: self.profile.hears,
            unlisted=settings.unlisted,
            stays=settings.stays,
            unread=lambda: self.drivers.inbox.unread_beside(self.machine.keys),
        )

    # -- what a client is (chatd.engine.client)

    def do(self, command: Command) -> None:
        """Carry out a command; what comes of it is told as events."""
        carry_out(self, command)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell this listener from now on, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def snapshot(self) -> Snapshot:
        """Where everything is at this moment."""
        return observe(self)

    # -- the person's side

    def start(self, name: str | None) -> None:
        """Take the profile for `name` and go to the server, once its key is open; without a name
        say which there are. Raises `ChatdError`.
        """
        if name is not None:
            self.unlocking.take_name(name)
        elif names := self.profile.names(self._entries):
            self.show(events.YourNames(self.settings.server, names))

    def take_name(self, name: str) -> None:
        """Take a name; the first one also decides which profile is used. Raises `ChatdError`."""
        if self.profile.is_there and self.machine.name is not None:
            self.act(self.machine.username(name))
            return
        if self.settings.offline and name not in self.profile.names(self._entries):
            raise ChatdError(
                f"{name} was never at {self.settings.server} from here", f"chat --username {name}"
            )
        is_first, before = not self.profile.is_there, self.machine.identity
        self.machine.identity = self.profile.take(self._entries, name)
        self.lookout.go_on(self.profile.awaited)
        if is_first:
            self._begin(name)
        elif before == self.machine.identity:
            self.act(self.machine.username(name))
        else:
            self._server.disconnect("left")
            self.machine.restart(name)
            self._connect()

    def _begin(self, name: str) -> None:
        self.machine.username(name)
        self.transfers.load()
        self._connect()
        if self.settings.card is not None:
            self.use_card(self.settings.card)

    def _free_port(self) -> int:
        """The local port that the server link shares with direct links; any where there are none.

        Raises `PortUnavailable`.
        """
        if self.settings.relay == "only" or self.settings.dial is not None:
            return 0
        return self._world.free_port(self.settings.client_port)

    @property
    def timing(self) -> Timing:
        """When what the server is waited for happens, or is given up."""
        server = self._server
        return Timing(server.trying_since, server.retry_at, self._patience.until)

    @property
    def server_failure(self) -> str:
        """Why the server could not be reached the last time, '' while it is there."""
        return self._server.failure

    @property
    def server_key(self) -> bytes:
        """The key that the server has shown (33 bytes), empty before that."""
        return self._server_key

    def use_card(self, card: Card) -> None:
        """Take for true what the card says, if it is for us and this server, and ask whoever made
        it."""
        try:
            check_card(self, card)
            self.profile.receive_card(card)
        except ChatdError as error:
            self.show(events.CommandFailed("failed", text=str(error), hint=error.hint))
            return
        self.act(self.machine.ask_anew(card.name, self.now))

    def _side(self) -> Side:
        return Side(self._server_key, self.identity, self.profile.cards, self.profile.past)

    def act(self, effects: list[Effect]) -> None:
        """Carry out what the machine decided, behind all that it had decided before.

        What an effect leads to at once waits until those before it are done, so that nobody sees
        the machine ahead of what it said.
        """
        self._queue.extend(effects)
        if self._is_acting:
            return
        self._is_acting = True
        try:
            while self._queue:
                self._do(self._queue.popleft())
        finally:
            self._is_acting = False
        self.drivers.keep_those_in(self.machine.keys)
        self._patience.wait_for(self.machine.awaited, self.now)
        self._set_timer()
        self._changed()

    def _changed(self) -> None:
        self._tell(lambda listener: listener.changed())

    @property
    def now(self) -> float:
        """The clock of the machine, in seconds."""
        return float(self._world.reactor.seconds())

    def _look_for(self, name: str) -> bool:
        """Ask the server for somebody, if it has nothing else to answer; whether it was asked."""
        if self.machine.at is not At.IN or self.machine.awaited is not None:
            return False
        self.act(self.machine.search(name))
        return True

    def petname(self, name: str, key: bytes) -> str:
        """What we call whoever has this name and key, '' for nothing."""
        return petname(self.profile.judge(name, key))

    def show(self, event: events.Event) -> None:
        """Tell the person, but for answers to what only the client asked."""
        if not self.lookout.takes(event):
            self._tell(lambda listener: listener.show(event))

    def _tell(self, tell: Callable[[Listener], None]) -> None:
        for listener in list(self._listeners):
            tell(listener)

    def seen(self, number: int, *, whole: bool) -> None:
        """The person was shown a message, as a `whole` or in part."""
        self.drivers.seen(number, whole=whole)
        self._changed()

    def send(self, message: wire.FromClient) -> None:
        """Tell the server; without a link to it nothing is sent."""
        self._server.send(message)

    def end_after(self, what: Deferred[None]) -> None:
        """Let the client end only after this, or when it takes too long."""
        self._shutdown.after(what)

    @property
    def server_view(self) -> "ServerView":
        """How the server and we see each other."""
        from chatd.engine.gathering import ServerView

        server = self._server
        return ServerView(
            self._server_key,
            self._server_host,
            self._places,
            server.local_port,
            server.local_host,
            self._other_family.settled,
            self._seen,
        )

    def _places(self) -> list[str]:
        """Where the server has seen us."""
        vouched = self._other_family.place
        there = [vouched[0]] if vouched is not None else []
        return [*([self._observed] if self._observed else []), *there]

    def _look_around(self) -> None:
        """An introduction is in sight: have the server see us in the other family as well."""
        self._other_family.look(self._observed, self._server.local_port)

    @property
    def identity(self) -> bytes:
        """Our own key (33 bytes)."""
        return self.machine.identity

    # -- the server's side

    def _connect(self) -> None:
        if self.settings.offline:
            return
        account = Account(
            self.profile.static,
            self.settings.suites,
            self._check_server,
            lambda: self.profile.hello(lambda: self._servers.expected(self.settings.server)),
            self._world.primitives,
        )
        self._other_family.forget()
        if not self.machine.conversations:
            self.show(events.Connecting(self.settings.server, 1))
        self._server.connect(account)
        self._prepare_onion()

    def _prepare_onion(self) -> None:
        if self.settings.tor is not None and self.settings.relay != "only":
            self.settings.tor.prepare()

    @property
    def _entries(self) -> Entries:
        return self._servers.entries(self.settings.server)

    def _check_server(self, key: bytes) -> KeyPair | None:
        """It has proved that it holds this key, and does not know yet who we are."""
        met = self._servers.meet(self.settings.server, key)
        names = self.profile.names(met.entries) if met.known_as else []
        if key != self._server_key:
            self._server_key = key
            seen = fingerprint(key), met.first_seen is None, met.known_as, names
            self.show(events.ServerSeen(self.settings.server, *seen))
        return None if self.profile.is_of(met.entries) else self._come_back(met)

    def _come_back(self, server: Met) -> KeyPair:
        """This is a server where we have been, at another address: be who we are there."""
        name = self.machine.name or self.machine.wanted or ""
        try:
            self.machine.identity = self.profile.take(server.entries, name)
        except PassphraseNeeded:
            raise StartupError(
                f"{self.settings.server} is the server {server.known_as},"
                f" and the key of {name} there has a passphrase",
                "start again, and you are asked for it",
            ) from None
        return self.profile.static

    def server_opened(self, secured: Secured) -> None:
        """The handshake with the server is done."""
        greeting = self._server.greeting
        self._seen = unmask(greeting.seen) if greeting is not None else None
        self._observed = self._seen[0] if self._seen is not None else ""
        # Through a proxy or Tor it is not known, and the near end says nothing of it.
        self._server_host = self._server.host if self.settings.dial is None else ""
        if self.settings.upnp is not None:
            self.settings.upnp.want(self._server.local_port or self.settings.client_port)
        self._claiming = True
        self.act([do.Send(self.machine.login())])

    def server_received(self, message: wire.FromServer) -> None:
        """One message of the server."""
        if isinstance(message, wire.Named | wire.Refused):
            self._claiming = False
        if isinstance(message, wire.Requested):
            self._look_around()
        if isinstance(message, wire.Welcome):
            self._welcomed(message)
        elif isinstance(message, wire.Notice):
            if self._notices.is_shown(message.text, self.now):
                self.show(events.Notice(self.settings.server, message.text))
        elif isinstance(message, wire.SeenAt):
            self._other_family.heard(message)
        else:
            self.act(self.machine.receive(message, self.now))

    def _welcomed(self, welcome: wire.Welcome) -> None:
        effects = self.machine.logged_in(welcome, self.now)
        self._ever_in = True
        self._claiming = welcome.name is None
        self._server.answered()
        if (greeting := self._server.greeting) is not None:
            self.profile.learn_door(self._server_key, greeting.suites, welcome.tokens)
        self._prepare_onion()
        self.act(effects)
        self.lookout.look()
        self._look_at_forwarded()

    def _look_at_forwarded(self) -> None:
        """Say once that the address of a forwarded port is not one at which the server sees us."""
        host, port = self.settings.forwarded or ("", 0)
        if not host or self._told_of_forwarded or self.settings.relay == "only":
            return
        if self._observed and parse(host).version != parse(self._observed).version:
            self._look_around()
        self._told_of_forwarded = True

        def judge(_: None) -> None:
            if not seen_there(host, self._places()):
                left_out = events.ForwardedLeftOut(written((host, port)), self._places())
                self.show(left_out)

        self._other_family.settled().addCallback(judge)

    def server_failed(self, why: str, error: ChatdError | None, seconds: float) -> None:
        """No server link; on the very first try that is the end, and with another key of the
        server, but for conversations, which need none."""
        self._other_family.forget()
        if isinstance(error, ServerKeyChanged) and not self.machine.conversations:
            self.fail(error)
        elif isinstance(error, Unwelcome) and not self._ever_in:
            key = fingerprint(self.machine.identity)
            hint = f"your key, for its operator: {key}"
            self.fail(ChatdError(f"the server {self.settings.server} sends you away: {why}", hint))
        elif not self._ever_in:
            self.fail(
                error
                if isinstance(error, StartupError | StorageError | ProfileInUse | OtherVersion)
                else ChatdError(
                    f"cannot reach the server {self.settings.server}: {why}",
                    (error.hint if error is not None else "") or _check(),
                )
            )
        else:
            is_grave = isinstance(error, ServerKeyChanged)
            self.act(self.machine.server_lost(why, seconds, is_grave=is_grave))

    def _network_changed(self, change: Change) -> None:
        """What could not be reached may be reached now, and the other way round."""
        if self.settings.dial is None:  # or nothing is asked beside the proxy
            self._world.nat64.changed()
        for driver in self.drivers:
            driver.network_changed(change)
        self.act(self.machine.network_changed(self.now))
        if self._server.local_host in change.gone:
            self._server.give_up("this machine has another address now")
        self._server.dial_soon()

    def fail(self, error: ChatdError) -> None:
        """End with this error."""
        self._end_with(lambda: self.done.errback(error))

    # -- effects

    def _do(self, effect: Effect) -> None:
        if isinstance(effect, do.Prepare):
            self._look_around()
        if isinstance(effect, do.Race) and self.machine.stays:
            self._prepare_onion()  # no login comes before the next one
        match effect:
            case do.Show(event):
                self.show(event)
            case do.Send(message):
                if isinstance(message, wire.Request):
                    self._look_around()
                self._server.send(message)
            case do.Connect():
                self._connect()
            case do.CloseServer(reason):
                self._other_family.forget()
                self._server.disconnect(reason)
            case do.Depart():
                self._other_family.forget()
                self._server.depart()
            case do.Pin(name, key):
                self.profile.pin(name, key)
            case do.UseUp(secret):
                self.profile.use_up(secret)
            case do.Remember(past):
                self.profile.remember(past)
            case do.Ended(key, is_known):
                self.profile.ended(key, is_known=is_known)
            case do.NameHeld(name):
                self.profile.name_held(name)
            case do.Stop(status):
                self._end_with(lambda: self.done.callback(status))
            case _:
                self.drivers.carry_out(effect)

    # -- time and the end

    def _set_timer(self) -> None:
        due = (self.machine.deadline, self._patience.until)
        deadline = min((each for each in due if each is not None), default=None)
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if deadline is not None and not self._shutdown.has_begun:
            wait = max(0.0, deadline - self.now)
            self._timer = self._world.reactor.callLater(wait, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.act(self.machine.tick(self.now))
        if self._patience.is_over(self.now):
            self._server.give_up("it does not answer")

    def _end_with(self, end: Callable[[], None]) -> None:
        """Close everything, and end when what was begun is done."""
        if self._shutdown.has_begun:
            return
        self._close_all()
        self._shutdown.begin(lambda: self._end(end))

    def _end(self, end: Callable[[], None]) -> None:
        self.profile.release(claiming=self._claiming)
        end()

    def _close_all(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self.lookout.close()
        self.transfers.close()
        self._watch.close()
        self.drivers.close()
        self._other_family.forget()
        self._server.disconnect("left")
        if self.settings.tor is not None:
            self.settings.tor.close()
        if self.settings.upnp is not None:
            self.settings.upnp.close()


def _check() -> str:
    return f"check --host and --port, or start a server: {daemon_command()}"

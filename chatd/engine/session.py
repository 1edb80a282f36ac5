"""The client at work: feeds the machine with what happens and carries out its effects."""

from collections import deque
from collections.abc import Callable

from twisted.internet.defer import Deferred

from chatd.engine.at_server import AtServer
from chatd.engine.card_commands import check_card
from chatd.engine.client import Listener
from chatd.engine.commands import Command
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.effects import Effect
from chatd.engine.decisions.machine import Machine
from chatd.engine.decisions.presence import At
from chatd.engine.decisions.proofs import Proofs, Side
from chatd.engine.dispatch import carry_out
from chatd.engine.drivers import Drivers
from chatd.engine.environment import Environment, Settings
from chatd.engine.lookout import Lookout
from chatd.engine.observing import observe
from chatd.engine.open_profile import OpenProfile
from chatd.engine.shutdown import Shutdown
from chatd.engine.snapshot import Snapshot
from chatd.engine.transfers import Transfers
from chatd.engine.unlocking import Unlocking
from chatd.errors import ChatdError
from chatd.reach.network_watch import Change
from chatd.store.card import Card
from chatd.store.contact import petname
from chatd.store.profiles import Profiles
from chatd.store.servers import Servers
from chatd.timer import Timer
from chatd.wire import server as wire


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
        self._listeners: list[Listener] = []
        self.server: AtServer = AtServer(self, world, servers)
        self.drivers = Drivers(self, world)
        self._timer = Timer(world.reactor, self._tick)
        self._shutdown = Shutdown(world.reactor)
        self._watch = world.watch(world.reactor, self._network_changed)
        if settings.dial is None and not settings.offline:
            world.nat64.ask()
        self._queue: deque[Effect] = deque()
        self._is_acting = False
        self.profile = OpenProfile(profiles, world, self._shutdown, self.show)
        self.lookout = Lookout(world.reactor, self._look_for, self.show, self.profile.wait_for)
        parts = (world, self.profile, self.show, settings.downloads, self._changed)
        self.transfers: Transfers = Transfers(*parts)
        self.unlocking: Unlocking = Unlocking(self)
        self.wall_clock = world.wall_clock
        self.random_bytes = world.random_bytes
        self.machine: Machine = self._machine()
        self._listen_to_ways_in()

    def _machine(self) -> Machine:
        return Machine(
            self.settings.server,
            b"",
            self.profile.judge,
            Proofs(self._side, self._world.wall_clock),
            lambda: self.profile.hears,
            unlisted=self.settings.unlisted,
            stays=self.settings.stays,
            unread=lambda: self.drivers.inbox.unread_beside(self.machine.keys),
        )

    def _listen_to_ways_in(self) -> None:
        """What opens a way for others to us says later whether it could."""
        tor, upnp = self.settings.tor, self.settings.upnp
        if tor is not None:
            tor.published = lambda: self.show(events.OnionPublished())
            tor.missing = lambda why: self.show(events.OnionMissing(why))
        if upnp is not None:
            upnp.failed = lambda why: self.show(events.PortNotMapped(why))
            self.drivers.ports.closed = upnp.drop

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
        elif names := self.profile.names(self.server.entries):
            self.show(events.YourNames(self.settings.server, names))

    def take_name(self, name: str) -> None:
        """Take a name; the first one also decides which profile is used. Raises `ChatdError`."""
        if self.profile.is_there and self.machine.name is not None:
            self.act(self.machine.username(name))
            return
        if self.settings.offline and name not in self.profile.names(self.server.entries):
            raise ChatdError(
                f"{name} was never at {self.settings.server} from here", f"chat --username {name}"
            )
        is_first, before = not self.profile.is_there, self.machine.identity
        self.machine.identity = self.profile.take(self.server.entries, name)
        self.lookout.go_on(self.profile.awaited)
        if is_first:
            self._begin(name)
        elif before == self.machine.identity:
            self.act(self.machine.username(name))
        else:
            self.server.disconnect("left")
            self.machine.restart(name)
            self.server.connect()

    def _begin(self, name: str) -> None:
        self.machine.username(name)
        self.transfers.load()
        self.server.connect()
        if self.settings.card is not None:
            self.use_card(self.settings.card)

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
        return Side(self.server.key, self.identity, self.profile.cards, self.profile.past)

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
        self.server.wait_for(self.machine.awaited)
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
        self.server.send(message)

    def end_after(self, what: Deferred[None]) -> None:
        """Let the client end only after this, or when it takes too long."""
        self._shutdown.after(what)

    @property
    def identity(self) -> bytes:
        """Our own key (33 bytes)."""
        return self.machine.identity

    def _network_changed(self, change: Change) -> None:
        """What could not be reached may be reached now, and the other way round."""
        if self.settings.dial is None:  # or nothing is asked beside the proxy
            self._world.nat64.changed()
        for driver in self.drivers:
            driver.network_changed(change)
        self.act(self.machine.network_changed(self.now))
        self.server.network_changed(change)

    def fail(self, error: ChatdError) -> None:
        """End with this error."""
        self._end_with(lambda: self.done.errback(error))

    # -- effects

    def _do(self, effect: Effect) -> None:
        if isinstance(effect, do.Prepare):
            self.server.look_around()
        if isinstance(effect, do.Race) and self.machine.stays:
            self.server.prepare_onion()  # no login comes before the next one
        match effect:
            case do.Show(event):
                self.show(event)
            case do.Send(message):
                self.server.send(message)
            case do.Connect():
                self.server.connect()
            case do.CloseServer(reason):
                self.server.disconnect(reason)
            case do.Depart():
                self.server.depart()
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
            case do.OfConversation():
                self.drivers.carry_out(effect)

    # -- time and the end

    def _set_timer(self) -> None:
        due = (self.machine.deadline, self.server.timing.answer)
        deadline = min((each for each in due if each is not None), default=None)
        self._timer.set(None if self._shutdown.has_begun else deadline)

    def _tick(self, now: float) -> None:
        self.act(self.machine.tick(now))
        self.server.tick()

    def _end_with(self, end: Callable[[], None]) -> None:
        """Close everything, and end when what was begun is done."""
        if self._shutdown.has_begun:
            return
        self._close_all()
        self._shutdown.begin(lambda: self._end(end))

    def _end(self, end: Callable[[], None]) -> None:
        self.profile.release(claiming=self.server.is_claiming)
        end()

    def _close_all(self) -> None:
        self._timer.stop()
        self.lookout.close()
        self.transfers.close()
        self._watch.close()
        self.drivers.close()
        self.server.disconnect("left")
        if self.settings.tor is not None:
            self.settings.tor.close()
        if self.settings.upnp is not None:
            self.settings.upnp.close()

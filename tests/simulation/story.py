"""A story on the simulated network: a daemon and people whose clients react to what they see."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Generic, TypeVar

from msgspec.structs import replace
from simulated import Host, Network, fake_primitives
from simulated.disk import MemoryDisk, fates
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Protocol

from chatd import limits
from chatd.dates import Dates
from chatd.engine.decisions import events as e
from chatd.engine.environment import Environment, Settings
from chatd.engine.session import Session
from chatd.noise.keys import REAL, Primitives, encode_identity
from chatd.peer.local_port import shared
from chatd.reach.network_watch import Change, NoWatch
from chatd.relay.relay import Allowance, Relay
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.name_store import QueuedNameStore
from chatd.rendezvous.names import Names
from chatd.rendezvous.seen_time import SeenTime
from chatd.rendezvous.tickets import Tickets
from chatd.store.cards import Cards
from chatd.store.contacts import Contacts
from chatd.store.door_memory import Door
from chatd.store.file_rate import FileRate
from chatd.store.known_servers import Entries
from chatd.store.past import Conversations
from chatd.store.servers import Met, ServerKeyChanged
from chatd.store.taking import Taking
from chatd.store.transfers import Transfers
from chatd.wire.seeds import SEED, Seeds

T = TypeVar("T")
PORT = 1712
SERVER = f"10.0.0.1:{PORT}"
LINES = 3
JUMPS = (0.0, 2 * 86_400.0, 366 * 86_400.0, -3_600.0, -3_650 * 86_400.0)
"""Where a date may jump: nowhere, on by two days or a year, back by an hour or ten years."""


class MemoryDoors:
    """What is remembered of one server's door; leaves nothing on disk."""

    def __init__(self) -> None:
        self._door = Door(bytes(33))

    def take(self, server: bytes) -> Door:
        door, self._door = self._door, replace(self._door, tokens=self._door.tokens[:-1])
        return replace(door, tokens=door.tokens[-1:])

    def learn(self, server: bytes, suites: Sequence[str], tokens: Sequence[bytes]) -> None:
        kept = [*self._door.tokens, *tokens][-limits.DOOR_KEPT :]
        self._door = Door(server, list(suites), kept)


class MemoryBook(Generic[T]):
    """What is kept at each server, and never written."""

    def __init__(self, kind: Callable[[], T]) -> None:
        self._kind = kind
        self.kept: dict[str, T] = {}

    def at(self, server: str) -> T:
        return self.kept.setdefault(server, self._kind())

    def save(self) -> None:
        pass


class MemoryProfile:
    """A profile that leaves nothing on disk, but for what it remembers of files where it has a
    folder."""

    def __init__(self, primitives: Primitives, folder: Path | None = None) -> None:
        none = SimpleNamespace(all=lambda: iter(()), most=lambda *_: 0)
        self.transfers = none if folder is None else Transfers(folder)
        self.taking = none if folder is None else Taking(folder)
        no_limit = SimpleNamespace(rate=None, limit=lambda rate: None)
        self.file_rate = no_limit if folder is None else FileRate(folder)
        self.static = primitives.dh.generate_keypair()
        self.identity = encode_identity(self.static.public)
        self.doors = MemoryDoors()
        self.hearing = SimpleNamespace(
            hears="everyone", muted=False, awaited=(), wait_for=lambda names: None
        )
        self.contacts = MemoryBook(Contacts)
        self.cards = MemoryBook(Cards)
        self.past = MemoryBook(Conversations)

    def entry(self, server: Entries) -> str:
        return server[0]

    def granted(self) -> None:
        pass

    def held(self, server: str, name: str) -> None:
        pass

    def stopped(self, now: float) -> None:
        """The program has ended, and the next one reads what it left."""
        left = self.past.kept.items()
        self.past.kept = {at: Conversations(list(past), now) for at, past in left}

    def close(self) -> None:
        pass

    discard_if_unused = close


class MemoryProfiles:
    """One profile, whoever asks."""

    def __init__(self, primitives: Primitives, folder: Path | None = None) -> None:
        self.profile = MemoryProfile(primitives, folder)

    def pick(self, server: Entries, name: str, current: object = None) -> MemoryProfile:
        return self.profile


class MemoryServers:
    """Pins of servers that leave nothing on disk."""

    def __init__(self) -> None:
        self._pins: dict[str, bytes] = {}

    def entries(self, server: str) -> Entries:
        return (server,)

    def expected(self, server: str) -> bytes | None:
        return self._pins.get(server)

    def meet(self, server: str, key: bytes) -> Met:
        pinned = self._pins.setdefault(server, key)
        if pinned != key:
            raise ServerKeyChanged(server, pinned, key)
        return Met(None, "", (server,))


EPOCH = 1_796_000_000.0


@dataclass
class Person:
    """Someone with a client: what was shown, heard and said, and what they want to happen."""

    name: str
    wants: str | None = None
    says: list[str] = field(default_factory=list)
    leaves: bool = False
    tries: int = 20
    shown: list[e.Event] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    talks: int = 0
    over: list[e.ConversationOver] = field(default_factory=list)
    session: Session | None = None
    starts: int = 0
    profiles: MemoryProfiles | None = None
    network_changed: Callable[[Change], None] = lambda change: None
    """Tells their client of a change of their network."""
    folder: Path | None = None
    """Where their client keeps what it remembers of files, and where files land."""
    clock: float = EPOCH
    """What the clock on their wall shows when the story begins."""

    def show(self, event: e.Event) -> None:
        self.shown.append(event)
        assert self.session is not None
        self.session._world.reactor.callLater(0, self.react, event)

    def changed(self) -> None:
        pass

    def watch(self, reactor: Host, changed: Callable[[Change], None]) -> NoWatch:
        self.network_changed = changed
        return NoWatch(reactor, changed)

    def react(self, event: e.Event) -> None:
        session = self.session
        assert session is not None
        act, machine = session.act, session.machine
        match event:
            case e.LoggedIn(name=str()) | e.Named() | e.PreparingFailed():
                self.ask()
            case e.NotConnected() | e.AskingEnded():
                self.ask()
            case e.Refused(command="username", code="failed") | e.LoggedIn():
                session._world.reactor.callLater(1, self.claim)
            case e.RequestArrived(name=name) if self.is_free:
                act(machine.accept(name, session.now))
            case e.Talking():
                self.talks += 1
                for text in self.says:
                    act(machine.say(text))
            case e.Heard(message=message):
                self.heard.append(message.text)
                if self.leaves and len(self.heard) == LINES:
                    act(machine.leave())
            case e.ConversationOver():
                self.over.append(event)

    def claim(self) -> None:
        """Ask for the name again that the server could not store."""
        session = self.session
        assert session is not None
        if session.machine.name is None:
            session.act(session.machine.username(self.name))

    def ask(self) -> None:
        session = self.session
        assert session is not None
        if self.wants and not self.over and self.tries and self.is_free:
            self.tries -= 1
            session.act(session.machine.chat(self.wants, session.now))

    @property
    def free(self) -> bool:
        assert self.session is not None
        return self.is_free and self.session.machine.name is not None

    @property
    def is_free(self) -> bool:
        """Whether they are at the server, and in no conversation."""
        assert self.session is not None
        snapshot = self.session.snapshot()
        return snapshot.presence == "in" and not snapshot.conversations


def at_once(what: object) -> Deferred[None]:
    """Disk work of a simulated client."""
    return maybeDeferred(what)  # type: ignore[arg-type]


class Story:
    """A daemon on 10.0.0.1 and people on hosts of their own."""

    def __init__(
        self,
        seed: int,
        *,
        real: bool = False,
        suites: tuple[str, ...] = ("gcm",),
        relay: bool = False,
        trouble: float | None = None,
        client_port: int = 0,
        stays: bool = False,
        **network: object,
    ) -> None:
        self.random = random.Random(seed)
        self.network = Network(seed=seed, **network)  # type: ignore[arg-type]
        self.primitives = REAL if real else fake_primitives(random.Random(seed + 1))
        self.suites = suites
        self.client_port = client_port
        self.stays = stays
        self.server_host = self.network.host("10.0.0.1")
        static = self.primitives.dh.generate_keypair()
        seconds, seeds = self.server_host.seconds, Seeds(0, bytes(SEED))
        self.clock = EPOCH
        self.dates = Dates(seconds, lambda: self.clock + seconds())
        self.disk = None if trouble is None else self._disk(trouble)
        store = None if self.disk is None else QueuedNameStore(self.server_host, self.disk)
        if store is not None:
            store.start()
        self.names = Names(SeenTime(seconds, self.clock + seconds()).now, store)
        self.relay = Relay(seeds, Allowance(), self.server_host, self.dates.now)
        tickets = Tickets(seeds, None, self.dates.now) if relay else None
        self.lobby = Lobby(
            self.server_host, self.random.randbytes, tickets=tickets, names=self.names
        )
        self.factory = RendezvousFactory(
            static,
            self.lobby,
            self.server_host,
            self.random.randbytes,
            suites,
            self.primitives,
            relay=self.relay.link if relay else None,
        )
        self.port = self.server_host.listenTCP(PORT, self.factory)
        self.people: list[Person] = []

    def _disk(self, trouble: float) -> MemoryDisk:
        """A disk for names that fails or hangs, at `trouble` of its writes."""
        return MemoryDisk(self.server_host, fates(self.random, trouble))

    def let_clocks_jump(self) -> None:
        """From now on the daemon's and everybody's date jumps at random, again and again."""
        for owner in (self, *self.people):
            if self.random.random() < 0.5:
                owner.clock = EPOCH + self.random.choice(JUMPS)
        self.server_host.callLater(self.random.uniform(0.05, 30), self.let_clocks_jump)

    def join(self, person: Person) -> Person:
        """Bring someone on, with a host of their own."""
        address = f"10.0.1.{len(self.people) + 1}"
        self.people.append(person)
        self._start(person, address, self.network.host(address))
        return person

    def _start(self, person: Person, address: str, host: Host) -> None:
        """Start this person's client, again for as long as it never reached the server."""
        person.starts += 1
        person.profiles = person.profiles or MemoryProfiles(self.primitives, person.folder)

        def endpoint(port: int) -> TCP4ClientEndpoint:
            return TCP4ClientEndpoint(host, "10.0.0.1", PORT, 10, shared(port))

        world = Environment(
            host,
            self.random.randbytes,
            random.Random(self.random.random()),
            self.primitives,
            lambda: [address],
            at_once,
            host.free_port,
            Dates(host.seconds, lambda: person.clock + host.seconds()).now,
            person.watch,
        )
        downloads = person.folder / "downloads" if person.folder is not None else None
        settings = Settings(
            SERVER,
            endpoint,
            self.suites,
            client_port=self.client_port,
            stays=self.stays,
            downloads=downloads,
        )
        person.session = Session(
            settings,
            world,
            person.profiles,  # type: ignore[arg-type]
            MemoryServers(),  # type: ignore[arg-type]
        )
        person.session.subscribe(person)
        person.session.done.addErrback(
            lambda failure: host.callLater(1, self._start, person, address, host)
        )
        person.session.start(person.name)

    def kill(self, person: Person) -> None:
        """End this person's client without a word; the kernel closes what it had open."""
        assert person.session is not None
        assert person.profiles is not None
        host: Host = person.session._world.reactor
        for port in host.ports:
            port.stopListening()
        for connection in host.connections:
            connection.protocol = Protocol()  # whoever was behind it is gone
            connection.loseConnection()  # type: ignore[no-untyped-call]
        for timer in host.getDelayedCalls():
            timer.cancel()
        person.profiles.profile.stopped(person.session.wall_clock())

    def restart(self, person: Person) -> None:
        """Start this person's client again, after `kill`."""
        assert person.session is not None
        host: Host = person.session._world.reactor
        self._start(person, host.address, host)

    def run(self, until: object, seconds: float = 3600) -> None:
        self.network.run(until, seconds)  # type: ignore[arg-type]

    def check(self) -> None:
        """What must hold at the end of every story, whatever happened on the way."""
        assert not self.network.errors
        assert self.lobby.introductions.idle
        for person in self.people:
            for event in person.shown:
                assert not isinstance(event, e.KeyChanged | e.OwnKey | e.Replaced), event


def two_people(story: Story) -> tuple[Person, Person]:
    """Alice asks bob, both talk, alice leaves."""
    alice = Person("alice", "bob", [f"a{n}" for n in range(LINES)], leaves=True)
    bob = Person("bob", None, [f"b{n}" for n in range(LINES)])
    story.join(bob)
    story.join(alice)
    return alice, bob


def play(story: Story) -> tuple[Person, Person]:
    """Let the two meet and part, and check everything that must hold."""
    alice, bob = two_people(story)

    def settled() -> bool:
        parted = alice.over and len(bob.over) == bob.talks
        return bool((parted or not alice.tries) and alice.free and bob.free)

    story.run(settled)
    story.check()
    assert_in_order(alice, bob)
    assert_in_order(bob, alice)
    return alice, bob


def assert_in_order(listener: Person, speaker: Person) -> None:
    """Each conversation's messages arrive in order, none twice, and none but what was said."""
    expected = speaker.says
    rest = list(listener.heard)
    while rest:
        assert rest[0] == expected[0]
        length = 1
        while length < len(rest) and length < len(expected) and rest[length] == expected[length]:
            length += 1
        del rest[:length]

"""The profile that a running client uses, and what it keeps there of its server."""

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock
from twisted.python.failure import Failure

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.environment import Environment
from chatd.engine.server_connection import Hello
from chatd.engine.shutdown import Shutdown
from chatd.errors import ChatdError, LocalProtocolError, unforeseen
from chatd.noise.keys import KeyPair
from chatd.store.card import Card
from chatd.store.cards import Cards, Issued
from chatd.store.contact import Contact, Hears, Judgement, Person
from chatd.store.contacts import Contacts
from chatd.store.file_rate import FileRate
from chatd.store.known_servers import Entries
from chatd.store.past import Conversations, Past
from chatd.store.profile import Profile
from chatd.store.profiles import Profiles
from chatd.store.sealed import Sealed
from chatd.store.taking import Taking
from chatd.store.transfers import Transfers


class OpenProfile:
    """None at first, then the one that `take` picks.

    The disk is waited for outside the reactor's thread; what goes wrong there is shown. What is
    remembered is stored in the order in which it came: a program that is killed leaves no later
    thing without an earlier one, such as a conversation without the name that it was had under.
    """

    def __init__(
        self,
        profiles: Profiles,
        world: Environment,
        shutdown: Shutdown,
        show: Callable[[events.Event], None],
    ) -> None:
        self._entries: Entries = ()
        self._server = ""
        self._profiles = profiles
        self._world = world
        self._shutdown = shutdown
        self._show = show
        self._profile: Profile | None = None
        self._disk: DeferredLock = DeferredLock()

    # -- which one

    @property
    def is_there(self) -> bool:
        """Whether one is in use."""
        return self._profile is not None

    @property
    def is_bare(self) -> bool:
        """Whether one is in use whose key is under no passphrase; raises `StorageError`."""
        return self._profile is not None and self._profile.is_bare

    def is_of(self, server: Entries) -> bool:
        """Whether it was taken for the server with these entries."""
        return self._entries == server

    def take(self, server: Entries, name: str) -> bytes:
        """Use the profile for this name on a server, and return its key (33 bytes).

        Raises `ChatdError`, and then stays the one that it was.
        """
        self._profile = self._profiles.pick(server, name, self._profile)
        self._entries, self._server = server, self._profile.entry(server)
        return self._profile.identity

    def names(self, server: Entries) -> list[str]:
        """What we have been called on a server, the most recent first; raises `StorageError`."""
        return self._profiles.names(server)

    def unlock(self, sealed: Sealed, passphrase: str) -> None:
        """Open a key for `take`; slow, for a thread. Raises as `Profiles.unlock`."""
        self._profiles.unlock(sealed, passphrase)

    def release(self, *, claiming: bool) -> None:
        """Let go of it; one that never held a name is removed, unless the server may just have
        given it one."""
        if self._profile is None:
            return
        if claiming:
            self._profile.close()
        else:
            self._profile.discard_if_unused()

    # -- what is in it

    @property
    def static(self) -> KeyPair:
        """Its key pair."""
        return self._open.static

    @property
    def contacts(self) -> Contacts:
        """The people known at this server."""
        return self._open.contacts.at(self._server)

    @property
    def cards(self) -> Cards:
        """The invite cards at this server."""
        return self._open.cards.at(self._server)

    @property
    def past(self) -> Conversations:
        """The last conversations at this server."""
        return self._open.past.at(self._server)

    @property
    def hears(self) -> Hears:
        """Whom the person wants to hear when they ask."""
        return self._open.hearing.hears if self.is_there else "everyone"

    @property
    def muted(self) -> bool:
        """Whether the person is called to the terminal for nobody."""
        return self.is_there and self._open.hearing.muted

    @property
    def awaited(self) -> tuple[str, ...]:
        """The names of whom the person waits for."""
        return self._open.hearing.awaited

    @property
    def server(self) -> str:
        """The entry of the server under which this profile keeps what belongs to it."""
        return self._server

    @property
    def transfers(self) -> Transfers:
        """What is remembered of files that go over."""
        return self._open.transfers

    @property
    def taken_by_others(self) -> set[bytes]:
        """The keys of transfers that other profiles of this account take; for a thread."""
        return self._profiles.taken(self._open)

    @property
    def taking(self) -> Taking:
        """From whom files are taken without asking."""
        return self._open.taking

    @property
    def file_rate(self) -> FileRate:
        """How fast files are sent."""
        return self._open.file_rate

    @property
    def people(self) -> tuple[Person, ...]:
        """The names of those people, and what we call them; none before there is a profile."""
        return self.contacts.people if self.is_there else ()

    def judge(self, name: str, key: bytes) -> Judgement:
        """What is known of a name that comes with this key (33 bytes)."""
        return self.contacts.judge(name, key)

    # -- changes

    def pin(self, name: str, key: bytes) -> None:
        """Remember this person's key, from now on, and that we talk today."""
        try:
            self.contacts.talk(name, key, self._world.wall_clock())
        except ChatdError as error:
            self._not_remembered(error)
        else:
            self._remember(self._open.contacts.save)

    def hello(self, expected: Callable[[], bytes | None]) -> Deferred[Hello]:
        """What to say first to the server that has to show this key (33 bytes), or any."""
        stranger = Hello(self._world.random_bytes(limits.DOOR))
        found: list[Hello] = []
        doors = self._open.doors

        def look() -> None:
            server = expected()
            door = doors.take(server) if server is not None else None
            if door is not None:
                found.append(Hello(door.tokens[0] if door.tokens else stranger.door, door.suites))

        looking = self._world.in_background(look)
        # What cannot be read, or not be struck out, is not shown.
        looking.addErrback(lambda failure: failure.trap(ChatdError) and None)
        return looking.addCallback(lambda _: found[0] if found else stranger)

    def learn_door(self, server: bytes, suites: Sequence[str], tokens: Sequence[bytes]) -> None:
        """Remember what the server with this key (33 bytes) greeted with and gave."""
        doors = self._open.doors
        self._remember(lambda: doors.learn(server, suites, tokens))

    def name_held(self, name: str) -> None:
        """Remember that it holds this name at the server."""
        profile = self._open
        profile.granted()
        self._remember(lambda: profile.held(self._server, name))

    def remember(self, past: Past) -> None:
        """Remember an open conversation, for whoever asks to go on with it later."""
        self.past.remember(past, self._world.wall_clock())
        self._remember(self._open.past.save)

    def ended(self, key: bytes, *, is_known: bool) -> None:
        """The open conversation with this person is over for us, and `is_known` to be on the other
        side."""
        self.past.ended(key, self._world.wall_clock(), is_known=is_known)
        self._remember(self._open.past.save)

    def use_up(self, secret: bytes) -> None:
        """A conversation was opened with the card of this secret."""
        self.cards.use_up(secret)
        self._remember(self._open.cards.save)

    def receive_card(self, card: Card) -> None:
        """Take for true what a card says, which is for this server; raises `ChatdError`."""
        now = self._world.wall_clock()
        self.contacts.record(card.name, card.identity, now)
        self.cards.receive(card, now)
        self._remember(self._open.contacts.save)
        self._remember(self._open.cards.save)

    def wait_for(self, names: Sequence[str]) -> None:
        """Remember for whom the person waits."""
        hearing = self._open.hearing
        self._remember(lambda: hearing.wait_for(names))

    def block(self, name: str, key: bytes | None) -> Contact:
        """Hear nothing more of someone, from now on; returns who it is. Raises as
        `Contacts.block`."""
        contact = self.contacts.block(name, key, self._world.wall_clock())
        self._remember(self._open.contacts.save)
        return contact

    def issue_card(self, secret: bytes) -> Issued:
        """Store a card of ours; for a thread. Raises `TooManyCards`, `StorageError`."""
        return self._open.issue_card(self._server, secret)

    def store(self, change: Callable[[Profile, str], None], done: events.Event) -> None:
        """Change what is kept of this server, and tell what was done."""
        profile = self._open
        self.in_background(lambda: change(profile, self._server), lambda: self._show(done))

    def change_contacts(self, change: Callable[[Contacts], object], done: events.Event) -> None:
        """Change what is known of the people at this server, and tell what was done."""
        self.store(lambda profile, server: profile.contacts.change(server, change), done)

    def in_background(
        self, work: Callable[[], None], then: Callable[[], Deferred[None] | None]
    ) -> Deferred[None]:
        """Do what takes time or waits for the disk, and go on; a `ChatdError` is shown. Fires once
        all of that is done."""
        working: Deferred[Any] = self._world.in_background(work)
        working.addCallback(lambda _: then())
        working.addErrback(self._failed)
        self._shutdown.after(working)
        return working

    # -- inside

    @property
    def _open(self) -> Profile:
        if self._profile is None:
            raise LocalProtocolError("there is no profile yet")
        return self._profile

    def _remember(self, work: Callable[[], None]) -> None:
        working: Deferred[None] = self._disk.run(self._world.in_background, work)
        working.addErrback(lambda failure: self._not_remembered(_cause(failure)))
        self._shutdown.after(working)

    def _not_remembered(self, error: ChatdError) -> None:
        self._show(events.CommandFailed("not-remembered", text=str(error), hint=error.hint))

    def _failed(self, failure: Failure) -> None:
        error = _cause(failure)
        self._show(events.CommandFailed("failed", text=str(error), hint=error.hint))


def _cause(failure: Failure) -> ChatdError:
    return unforeseen(failure.value or ChatdError())

"""A client, put together from its four machines (protocol, "The client's states").

Pure decisions: what the person, the server, the races and the conversations do goes in, and a list
of effects comes out. `now` is in seconds of any clock that does not jump.
"""

from collections.abc import Callable

from chatd.engine.decisions import events
from chatd.engine.decisions.between import Agreed
from chatd.engine.decisions.conversations import Conversations
from chatd.engine.decisions.dialog import Stage
from chatd.engine.decisions.effects import Show
from chatd.engine.decisions.link_side import LinkSide
from chatd.engine.decisions.person_side import PersonSide
from chatd.engine.decisions.presence import STAY, At, Presence
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.request import Outgoing
from chatd.engine.decisions.requests import Requests
from chatd.engine.decisions.server_side import ServerSide
from chatd.engine.decisions.wiring import Effects, Wiring
from chatd.store.contact import Hears, Judgement
from chatd.wire import server as wire


class Machine(PersonSide, LinkSide):
    """One client: its presence at the server, whom it asks, and its conversations.

    `identity` is our key (33 bytes), `judge` says what we know about a name with a key, `proofs`
    who holds a card of whom, `hears` whom the person wants to hear. All belong to the profile,
    which may change as long as no name was taken. Whoever `stays` keeps the login through
    conversations. `unread` is how many that are over have something to read.
    """

    def __init__(
        self,
        server: str,
        identity: bytes,
        judge: Callable[[str, bytes], Judgement],
        proofs: Proofs,
        hears: Callable[[], Hears] = lambda: "everyone",
        *,
        unlisted: bool = False,
        stays: bool = False,
        unread: Callable[[], int] = lambda: 0,
    ) -> None:
        self._unread = unread
        self._hears = hears
        self._unlisted = unlisted
        self._stays = stays
        self.proofs = proofs
        self.server = server
        self.judge = judge
        self._begin(identity, None)

    def _begin(self, identity: bytes, wanted: str | None) -> None:
        presence = Presence(wanted, unlisted=self._unlisted)
        requests = Requests(identity, self.judge, self.proofs, self._hears)
        conversations = Conversations(self.judge, self.proofs)
        machines = presence, requests, conversations
        self._wired = Wiring(*machines, self.proofs, self._unread, stays=self._stays)
        self._server = ServerSide(self._wired, self.proofs, self.server)

    # -- what others may ask

    @property
    def requests(self) -> Requests:
        """Whom we ask, and who asks us."""
        return self._wired.requests

    @property
    def conversations(self) -> Conversations:
        """With whom we talk."""
        return self._wired.conversations

    @property
    def stays(self) -> bool:
        """Whether the login is kept through conversations."""
        return self._stays

    @property
    def at(self) -> At:
        """Where the client is, as seen from the server."""
        return self._wired.presence.at

    @property
    def identity(self) -> bytes:
        """Our key (33 bytes)."""
        return self.requests.identity

    @identity.setter
    def identity(self, identity: bytes) -> None:
        self.requests.identity = identity

    @property
    def name(self) -> str | None:
        """What the server calls us."""
        return self._wired.presence.name

    @property
    def wanted(self) -> str | None:
        """What we want to be called."""
        return self._wired.presence.wanted

    @property
    def making(self) -> Agreed | None:
        """With whom an introduction is being made."""
        return self._wired.making

    @property
    def keys(self) -> set[bytes]:
        """Those of all conversations, and of the introduction that is being made."""
        making = self.making
        return {*(each.key for each in self.conversations), *([making.key] if making else [])}

    @property
    def making_until(self) -> float | None:
        """When that is given up."""
        return self._wired.introductions.deadline

    def key_of(self, name: str) -> bytes | None:
        """The key (33 bytes) of whoever has this name here and now: the other person of a
        conversation, or someone who asks."""
        if self.making is not None and self.making.name == name:
            return self.making.key
        found = self.conversations.named(name) or self.requests.from_name(name)
        return found.key if found is not None else None

    @property
    def again(self) -> str | None:
        """Whom the person may want to ask once more, in a keystroke."""
        return None if self._wired.keys else self._wired.again

    @property
    def busy(self) -> bool:
        """Whether something is undecided: a command, a request of ours, an introduction."""
        if self.at is At.DONE:
            return False
        if any(each.stage in (Stage.RACING, Stage.LEAVING) for each in self.conversations):
            return True
        if not self.conversations and (self.making is not None or self.at is not At.IN):
            return True
        return self._wired.presence.undecided or bool(self.requests.outgoing)

    @property
    def awaited(self) -> wire.FromClient | Outgoing | None:
        """What the server owes us the next answer to, None for nothing."""
        match self.at:
            case At.AWAY:
                return self._wired.presence.greeting
            case At.IN if self.making is None:
                return self._wired.presence.due or self.requests.unanswered
            case At.IN:
                return self._wired.presence.due
        return None

    @property
    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        making = self._wired.introductions.deadline
        due = (
            self._wired.presence.deadline,
            self.conversations.deadline(is_free=self._wired.is_free),
            self.requests.deadline if making is None else making,
            0.0 if self._wired.is_free and self._wired.sendable else None,
        )
        return min((each for each in due if each is not None), default=None)

    def login(self) -> wire.Login:
        """The first message of a server link."""
        return self._wired.presence.login([STAY] if self.stays else [])

    def restart(self, name: str) -> None:
        """Begin again with another profile and this name."""
        self._begin(self.identity, name)

    def stay(self, *, stays: bool) -> Effects:
        """Keep the login through conversations from now on, or leave the server for them."""
        self._stays = self._wired.stays = stays
        return self._wired.settled([Show(events.Staying(stays))])

    def logged_in(self, welcome: wire.Welcome, now: float) -> Effects:
        """The server answered our login; raises `Unexpected` if it did so before, or wrongly."""
        return self._server.logged_in(welcome, now)

    def server_lost(self, why: str, seconds: float, *, is_grave: bool = False) -> Effects:
        """The server link is gone, and the next try comes in `seconds`; the person is told in any
        case of what `is_grave`."""
        return self._server.lost(why, seconds, is_grave=is_grave)

    def receive(self, message: wire.FromServer, now: float) -> Effects:
        """One message of the server; raises `Unexpected` for what no honest server sends now."""
        return self._server.receive(message, now)

    def tick(self, now: float) -> Effects:
        """Whatever has run out by `now`."""
        making = self._wired.introductions.made is not None
        steps = [
            *self._wired.presence.tick(now),
            *self._wired.resume(now),
            *self._wired.introductions.tick(now),
        ]
        return self._wired.settled(steps if making else [*steps, *self.requests.expire(now)], now)

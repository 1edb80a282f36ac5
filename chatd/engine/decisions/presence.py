"""Whether we are at the server, our name there, and the commands that it answers one by one."""

from collections import deque
from enum import StrEnum

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.effects import Effect, Show, failed
from chatd.engine.decisions.table import Row, Table
from chatd.errors import Unexpected
from chatd.wire import codes
from chatd.wire import server as wire

STAY = "stay"
"""The feature of a login that is to last through conversations."""


class At(StrEnum):
    """Where the client is, as seen from the server."""

    AWAY = "away"
    """It dials, or waits for the next try."""
    IN = "in"
    """It is logged in."""
    OUT = "out"
    """It has left, and wants nothing there."""
    DONE = "done"
    """The program ends."""


PRESENCE = Table(
    "At the server",
    Row(At.AWAY, "welcome", At.IN, "asks again for what it was asking, with the seconds left"),
    Row(At.AWAY, "link lost", At.AWAY, "dials again after a pause"),
    Row(At.AWAY, "not wanted", At.OUT, "dials no more"),
    Row(At.IN, "link lost", At.AWAY, "dials again after a pause"),
    Row(At.IN, "let go", At.AWAY, "closes the server link and dials again"),
    Row(At.IN, "go, and it does not stay", At.OUT, "dials the other side, then closes the link"),
    Row(At.IN, "not wanted", At.OUT, "closes the server link"),
    Row(At.OUT, "wanted", At.AWAY, "dials"),
    Row(At.AWAY, "stop", At.DONE, "closes the server link"),
    Row(At.IN, "stop", At.DONE, "closes the server link"),
    Row(At.OUT, "stop", At.DONE, "nothing"),
)


class Presence:
    """`name` is what the server calls us, `wanted` what we want to be called."""

    def __init__(self, wanted: str | None = None, *, unlisted: bool = False) -> None:
        self._unlisted = unlisted
        self.at = At.AWAY
        self._asks_to_stay = self.may_stay = False
        """Whether the server keeps our login through conversations."""
        self.name: str | None = None
        self.wanted = wanted
        self._was_named = False
        self._due: deque[wire.FromClient] = deque()
        self._claim: wire.Username | None = None
        self.deadline: float | None = None
        """When `tick` wants to be called."""
        self._patient: list[wire.FromClient] = []
        self.greeting: wire.Login | None = None
        """The login that has not been answered yet."""

    def goes(self, event: str) -> bool:
        """Whether this event leads somewhere from where we are; if so, we are there."""
        then = PRESENCE.then(self.at, event)
        self.at = self.at if then is None else At(then)
        return then is not None

    @property
    def is_known(self) -> bool:
        """Whether we are at the server, which calls us by a name."""
        return self.at is At.IN and self.name is not None

    @property
    def undecided(self) -> bool:
        """Whether an answer is due."""
        return bool(self._due)

    @property
    def is_needed(self) -> bool:
        """Whether a command is to be answered, now or when the server is back."""
        return bool(self._due or self._patient)

    @property
    def due(self) -> wire.FromClient | None:
        """The command that is answered next."""
        return self._due[0] if self._due else None

    def login(self, features: list[str]) -> wire.Login:
        """The first message of a server link."""
        self.greeting = wire.Login(self.name or self.wanted, self._unlisted, features)
        self._asks_to_stay = STAY in features
        return self.greeting

    # -- the person

    def username(self, name: str) -> list[Effect]:
        """Take a name, or another one."""
        if self.at is At.AWAY:
            self.wanted, self.name = name, None
            return []
        if self.at is At.IN:
            self.wanted = name
        return self.command(wire.Username(name))

    def command(self, message: wire.FromClient) -> list[Effect]:
        """Send a command now, or as soon as the server is back."""
        if self.at is At.IN:
            self._due.append(message)
            return [do.Send(message)]
        if len(self._patient) >= limits.PATIENT_COMMANDS:
            return [failed("too-many-commands")]
        self._patient.append(message)
        word = _COMMANDS.get(type(message), "")
        return [Show(events.CommandLater(word, getattr(message, "name", "")))]

    # -- the server

    def welcomed(self, welcome: wire.Welcome, server: str) -> list[Effect]:
        """The server answered our login; raises `Unexpected` for another name than we asked
        for."""
        name = welcome.name
        asked, self.greeting = self.name or self.wanted, None
        if self.at is not At.AWAY or name not in (None, asked):
            raise Unexpected
        self.goes("welcome")
        self.may_stay = self._asks_to_stay and STAY in welcome.features
        returned, self._was_named = self._was_named, self._was_named or name is not None
        self.name = name
        patient = [do.Send(message) for message in self._patient]
        # Where the name that we asked for was not taken, a refusal follows.
        self._claim = wire.Username(asked) if name is None and asked else None
        self._due = deque([self._claim] if self._claim else [])
        self._due.extend(self._patient)
        self._patient.clear()
        held: list[Effect] = [do.NameHeld(name)] if name else []
        return [*held, Show(events.LoggedIn(server, name, returned)), *patient]

    def lost(self) -> list[Effect]:
        """No answer comes any more; the name that we came with is asked for at the next login."""
        lost = [(_COMMANDS.get(type(due), ""), getattr(due, "name", "")) for due in self._due]
        self.wanted = self.name or self.wanted
        self._due.clear()
        self._claim = self.deadline = self.greeting = None
        return [
            failed("server-silent", word, name)
            for word, name in lost
            if (word, name) != ("username", self.wanted)
        ]

    def answered(self, message: wire.Named | wire.Released | wire.Found) -> list[Effect]:
        """The answer to a command; raises `Unexpected` if there was none."""
        self._answer(_ANSWERED[type(message)], message.name)
        match message:
            case wire.Named(name):
                return self._named(name)
            case wire.Released(name):
                return [Show(events.Released(name))]
            case wire.Found(name, here):
                return [Show(events.Found(name, here))]

    def _named(self, name: str) -> list[Effect]:
        self.name = self.wanted = name
        self._was_named, self.deadline = True, None
        return [do.NameHeld(name), Show(events.Named(name))]

    def refused(self, refused: wire.Refused, now: float) -> list[Effect]:
        """A command was not carried out; raises `Unexpected` if there was none.

        A name that we came with, a little too soon, is asked for again.
        """
        answered, wait = self._answer(refused.to, refused.name), refused.seconds or 0
        is_too_soon = refused.code == "slow-down" and 0 < wait <= limits.RECONNECT_MOST_SECONDS
        if answered is self._claim and is_too_soon:
            self.deadline = now + wait
            return [Show(events.NameLater(refused.name or "", wait))]
        if refused.to == "username":
            self.wanted, self.deadline = self.name, None
        name = refused.name or ""
        return [Show(events.Refused(refused.to, name, refused.code, refused.seconds))]

    def tick(self, now: float) -> list[Effect]:
        """Ask again for our name."""
        if self.deadline is None or now < self.deadline:
            return []
        self.deadline = None
        if self.wanted is None or self.at is not At.IN:
            return []
        self._claim = wire.Username(self.wanted)
        self._due.append(self._claim)
        return [do.Send(self._claim)]

    def _answer(self, command: codes.RefusedCommand, name: str | None) -> wire.FromClient:
        """The command that is answered: they are in their order, each with its name."""
        due = self.due
        if due is None or (_COMMANDS.get(type(due)), getattr(due, "name", None)) != (command, name):
            raise Unexpected
        return self._due.popleft()


_COMMANDS: dict[type, codes.RefusedCommand] = {
    wire.Username: "username",
    wire.Release: "release",
    wire.Search: "search",
}
_ANSWERED: dict[type, codes.RefusedCommand] = {
    wire.Named: "username",
    wire.Released: "release",
    wire.Found: "search",
}

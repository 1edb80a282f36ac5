"""Our name, and the commands that the server answers one by one."""

from collections import deque

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.effects import Effect, Show
from chatd.engine.decisions.misplaced import misplaced, occupied
from chatd.engine.decisions.states import Away, Free, State
from chatd.errors import Unexpected
from chatd.wire import server as wire


class Presence:
    """`name` is what the server calls us, `wanted` what we want to be called."""

    def __init__(self, wanted: str | None = None, *, unlisted: bool = False) -> None:
        self._unlisted = unlisted
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

    @property
    def undecided(self) -> bool:
        """Whether an answer is due."""
        return bool(self._due)

    @property
    def due(self) -> wire.FromClient | None:
        """The command that is answered next."""
        return self._due[0] if self._due else None

    def login(self) -> wire.Login:
        """The first message of a server link."""
        self.greeting = wire.Login(self.name or self.wanted, self._unlisted, [])
        return self.greeting

    # -- the person

    def username(self, name: str, state: State) -> list[Effect]:
        """Take a name, or another one."""
        match state:
            case Away():
                self.wanted, self.name = name, None
                return []
            case Free():
                self.wanted = name
        return self.command(wire.Username(name), state)

    def command(self, message: wire.FromClient, state: State) -> list[Effect]:
        """Send a command now, or as soon as the server is back."""
        match state:
            case Free():
                self._due.append(message)
                return [do.Send(message)]
            case Away() if len(self._patient) < limits.PATIENT_COMMANDS:
                self._patient.append(message)
                word = _COMMANDS.get(type(message), "")
                return [Show(events.CommandLater(word, getattr(message, "name", "")))]
            case Away():
                return [misplaced("too many commands wait for the server", "wait for it")]
        return [occupied(state)]

    # -- the server

    def welcomed(self, name: str | None, server: str) -> list[Effect]:
        """The server answered our login, and calls us `name`; raises `Unexpected` for another
        name than we asked for."""
        asked, self.greeting = self.name or self.wanted, None
        if name not in (None, asked):
            raise Unexpected
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
        lost = [(_COMMANDS.get(type(due)), getattr(due, "name", "")) for due in self._due]
        self.wanted = self.name or self.wanted
        self._due.clear()
        self._claim = self.deadline = self.greeting = None
        return [
            misplaced(f"{word} {name}: the server has not answered", "try again")
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

    def tick(self, now: float, state: State) -> list[Effect]:
        """Ask again for our name."""
        if self.deadline is None or now < self.deadline:
            return []
        self.deadline = None
        if self.wanted is None or not isinstance(state, Free):
            return []
        self._claim = wire.Username(self.wanted)
        self._due.append(self._claim)
        return [do.Send(self._claim)]

    def _answer(self, command: wire.RefusedCommand, name: str | None) -> wire.FromClient:
        """The command that is answered: they are in their order, each with its name."""
        if not self._due:
            raise Unexpected
        due = self._due.popleft()
        if (_COMMANDS.get(type(due)), getattr(due, "name", None)) != (command, name):
            raise Unexpected
        return due


_COMMANDS: dict[type, wire.RefusedCommand] = {
    wire.Username: "username",
    wire.Release: "release",
    wire.Search: "search",
}
_ANSWERED: dict[type, wire.RefusedCommand] = {
    wire.Named: "username",
    wire.Released: "release",
    wire.Found: "search",
}

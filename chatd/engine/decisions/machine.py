"""The client's half of an introduction, state by state (protocol, "The client's states").

Pure decisions: what the person, the server, the race and the conversation do goes in, and a list
of effects comes out. `now` is in seconds of any clock that does not jump.
"""

from collections.abc import Callable, Iterable

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.decisions.asking import Asking
from chatd.engine.decisions.conversations import Conversations, Effects
from chatd.engine.decisions.effects import Effect, Show
from chatd.engine.decisions.farewell import Farewell
from chatd.engine.decisions.introductions import Introductions
from chatd.engine.decisions.misplaced import misplaced
from chatd.engine.decisions.presence import Presence
from chatd.engine.decisions.proofs import NoProofs, Proofs
from chatd.engine.decisions.requests import Outgoing, Requests
from chatd.engine.decisions.resumption import Resuming
from chatd.engine.decisions.states import Away, Free, Preparing, Racing, State, Stopped, Talking
from chatd.errors import Unexpected
from chatd.peer.conversation import Ending
from chatd.peer.message import Message
from chatd.store.contacts import Judgement, Standing, petname, standing
from chatd.store.hearing import Hears
from chatd.wire import server as wire
from chatd.wire.close import Close, Reason

__all__ = ["Away", "Free", "Machine", "Preparing", "Racing", "State", "Stopped", "Talking"]


NO_PROOFS = NoProofs()


class Machine:
    """One client: its presence at the server, whom it asks, and its conversation.

    `identity` is our key (33 bytes), `judge` says what we know about a name with a key, `proofs`
    who holds a card of whom, `hears` whom the person wants to hear. All belong to the profile,
    which may change as long as no name was taken.
    """

    def __init__(
        self,
        server: str,
        identity: bytes,
        judge: Callable[[str, bytes], Judgement],
        proofs: Proofs = NO_PROOFS,
        hears: Callable[[], Hears] = lambda: "everyone",
        *,
        unlisted: bool = False,
    ) -> None:
        self._hears = hears
        self._unlisted = unlisted
        self.proofs = proofs
        self.server = server
        self.judge = judge
        self._begin(identity, None)

    def _begin(self, identity: bytes, wanted: str | None) -> None:
        self._is_away_told = False
        self._presence = Presence(wanted, unlisted=self._unlisted)
        self._conversations = Conversations(self.judge)
        self._asking = Asking(self._conversations, identity, self.judge, self.proofs, self._hears)
        self._introducing = Introductions(self._conversations, self._asking)
        self._resuming = Resuming(self._conversations, self.proofs)
        self._farewell = Farewell(self.proofs)

    # -- what others may ask

    @property
    def state(self) -> State:
        """Where the client is."""
        return self._conversations.state

    @state.setter
    def state(self, state: State) -> None:
        self._conversations.state = state

    @property
    def identity(self) -> bytes:
        """Our key (33 bytes)."""
        return self._asking.identity

    @identity.setter
    def identity(self, identity: bytes) -> None:
        self._asking.identity = identity

    @property
    def name(self) -> str | None:
        """What the server calls us."""
        return self._presence.name

    @property
    def wanted(self) -> str | None:
        """What we want to be called."""
        return self._presence.wanted

    @property
    def requests(self) -> Requests:
        """Whom we ask, and who asks us."""
        return self._asking.requests

    @property
    def in_conversation(self) -> bool:
        """Whether bare lines are messages: from the making of a conversation to its end."""
        return self.is_suspended or isinstance(self.state, Preparing | Racing | Talking)

    @property
    def sign(self) -> str:
        """What a command begins with now: in a conversation everything else is said there."""
        return "/" if self.in_conversation else ""

    @property
    def is_suspended(self) -> bool:
        """Whether the conversation has no link at the moment."""
        return self._conversations.suspended is not None

    @property
    def is_interrupted(self) -> bool:
        """Whether that has lasted long enough for the person to know."""
        return self._resuming.is_told

    @property
    def resuming_until(self) -> float | None:
        """When a conversation without a link is given up; None where it has one."""
        return (
            self._conversations.suspended.deadline
            if self._conversations.suspended is not None
            else None
        )

    @property
    def partner(self) -> str | None:
        """The other person of a conversation, open or in the making."""
        if self._conversations.conversation is not None:
            return self._conversations.conversation.name
        return self.state.name if isinstance(self.state, Preparing | Racing) else None

    def key_of(self, name: str) -> bytes | None:
        """The key (33 bytes) of whoever has this name here and now: the other person of the
        conversation, or someone who asks."""
        if self.partner == name:
            return self._partner_key
        asking = self.requests.from_name(name)
        return asking.key if asking is not None else None

    @property
    def _partner_key(self) -> bytes | None:
        who = self._conversations.conversation or self.state
        return who.key if isinstance(who, Preparing | Racing | Talking) else None

    @property
    def partner_petname(self) -> str:
        """What we call them ourselves, '' for nothing."""
        who = self._conversations.conversation or self.state
        if isinstance(who, Preparing | Racing | Talking):
            return petname(self.judge(who.name, who.key))
        return ""

    @property
    def partner_standing(self) -> Standing:
        """What we know of the key at the other end; in a first conversation it stays new, until
        it is verified."""
        talking = self._conversations.conversation
        if talking is None:
            return "new"
        found = standing(self.judge(talking.name, talking.key))
        return "new" if talking.is_first and found == "known" else found

    @property
    def again(self) -> str | None:
        """Whom the person may want to ask once more, in a keystroke."""
        return None if self.in_conversation else self._conversations.again

    @property
    def busy(self) -> bool:
        """Whether something is undecided: a command, a request of ours, an introduction."""
        match self.state:
            case _ if self.is_suspended:
                return False  # whatever is typed is a message
            case Talking(leaving=leaving):
                return leaving is not None
            case Free() | Stopped():
                return self._presence.undecided or bool(self.requests.outgoing)
        return True

    @property
    def awaited(self) -> wire.FromClient | Outgoing | None:
        """What the server owes us the next answer to, None for nothing."""
        match self.state:
            case Away():
                return self._presence.greeting
            case Free():
                return self._presence.due or self.requests.unanswered
            case Preparing():
                return self._presence.due
        return None

    @property
    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        if isinstance(self.state, Preparing):
            return self.state.deadline
        due = (self.requests.deadline, self._resuming.deadline, self._presence.deadline)
        return min((each for each in due if each is not None), default=None)

    def login(self) -> wire.Login:
        """The first message of a server link."""
        return self._presence.login()

    # -- the person

    def drop_again(self) -> None:
        """The person does something else than to ask once more."""
        self._conversations.again = None

    def restart(self, name: str) -> None:
        """Begin again with another profile and this name."""
        self._begin(self.identity, name)

    def username(self, name: str) -> Effects:
        """Take a name, or another one."""
        return self._presence.username(name, self.state)

    def release(self, name: str) -> Effects:
        """Give a name back."""
        return self._presence.command(wire.Release(name), self.state)

    def search(self, name: str) -> Effects:
        """Ask whether someone is here."""
        return self._presence.command(wire.Search(name), self.state)

    def chat(self, name: str, now: float) -> Effects:
        """Ask someone for a conversation, or accept their request."""
        ours = self.name or self.wanted
        if ours is None:
            return [misplaced("you need a name first", "username NAME")]
        if name == ours:
            return [misplaced("that is you")]
        return self._farewell.before(name, self._asking.chat(name, now))

    def ask_anew(self, name: str, now: float) -> Effects:
        """Ask someone, also if we are asking already: with what we have learned meanwhile."""
        if name in self.requests.outgoing:
            return [*self.cancel(name), *self.chat(name, now)]
        return self.chat(name, now)

    def accept(self, name: str | None, now: float) -> Effects:
        """Accept a request; without a name the only one."""
        return self._asking.accept(name, now)

    def decline(self, name: str | None) -> Effects:
        """Decline a request; without a name the only one."""
        return self._asking.decline(name)

    def cancel(self, name: str | None) -> Effects:
        """Withdraw a request of ours, or stop what is being made."""
        match self.state:
            case _ if self.is_suspended:
                return [misplaced("the conversation is only interrupted", "/leave gives up")]
            case Preparing():
                return self._introducing.give_up("cancelled")
            case Racing():
                return self._conversations.not_met([], cancelled=True)
            case Talking():
                return [misplaced("the conversation is open", "/leave")]
        return self._asking.cancel(name)

    def part_from(self, key: bytes, names: Iterable[str]) -> Effects:
        """End whatever there is with someone: a conversation, without waiting for what is still on
        its way, one in the making, or requests of ours to these names. Requests of theirs get no
        answer."""
        self.drop_again()
        effects = self._asking.drop_all(key, names)
        if self._partner_key != key:
            return effects
        match self.state:
            case _ if self.is_suspended:
                return [*effects, *self._resuming.give_up("left")]
            case Talking():
                return [*effects, *self._conversations.leave("left", at_once=True)]
        return [*effects, *self.cancel(None)]

    def say(self, text: str) -> Effects:
        """A line for the other person, held while the conversation is being made; '' is none."""
        return self._conversations.say(text)

    def leave(self) -> Effects:
        """End the conversation and return to the server."""
        if self.is_suspended:
            return self._resuming.give_up("left")
        return self._conversations.leave("left")

    def quit(self, status: int = 0) -> Effects:
        """End everything; a second time without waiting for anything."""
        if self.is_suspended:
            return self._resuming.give_up("quit")
        return self._conversations.quit(status)

    # -- the server

    def logged_in(self, welcome: wire.Welcome, now: float) -> Effects:
        """The server answered our login; raises `Unexpected` if it did so before, or wrongly."""
        if not isinstance(self.state, Away):
            raise Unexpected
        shown = self._presence.welcomed(welcome.name, self.server)
        self.state = Free()
        self._is_away_told = False
        if not welcome.name:
            return shown
        if self.is_suspended:
            shown = [each for each in shown if not _greets(each)]
        return [*shown, *self._asking.ask_again(now), *self._here(now)]

    def _here(self, now: float) -> Effects:
        """The server knows us by name, for the first time or again."""
        effects = self._resuming.logged_in(now)
        for past in self.proofs.cut():
            self._conversations.again = past.name
            effects.append(Show(events.EndedWithTheProgram(past.name)))
            if past.is_host:
                effects += self._farewell.say(past, now, now + limits.REQUEST_SECONDS)
        return effects

    def server_lost(self, why: str, seconds: float) -> Effects:
        """The server link is gone, and the next try comes in `seconds`."""
        unanswered = self._presence.lost()
        if not isinstance(self.state, Away | Free | Preparing):
            return unanswered
        was_away = self.state == Away()
        unmade = [*unanswered, *self._conversations.unmade("server-lost")]
        self.state = Away()
        self.requests.server_lost()
        self._resuming.server_lost()
        self._farewell.server_lost()
        if was_away and self.is_suspended:
            return unmade  # it was said that the conversation waits for the server
        if self._is_away_told:
            return unmade  # once, and not at every try
        self._is_away_told = True
        asking = [] if was_away else list(self.requests.outgoing)
        return [*unmade, Show(events.ServerAway(self.server, why, seconds, asking))]

    def receive(self, message: wire.FromServer, now: float) -> Effects:
        """One message of the server; raises `Unexpected` for what no honest server sends now."""
        if isinstance(message, Close):
            return self._closed(message.reason)
        if not isinstance(self.state, Free | Preparing):
            raise Unexpected
        if (answered := self._farewell.receive(message)) is not None:
            return answered
        if (resumed := self._resuming.receive(message, now)) is not None:
            return resumed
        match message:
            case wire.Named():
                return self._named(message, now)
            case wire.Released() | wire.Found():
                return self._presence.answered(message)
            case wire.Refused():
                return self._refused(message, now)
        return [*self._resuming.anew(message), *self._introducing.receive(message, now)]

    def _closed(self, reason: Reason) -> Effects:
        # Whoever left the server for a conversation has no session that could be replaced.
        if reason != "replaced" or not isinstance(self.state, Away | Free | Preparing):
            return []
        self._conversations.worsen(1)
        ended = self._resuming.give_up("quit") if self.is_suspended else self._conversations.stop(1)
        return [Show(events.Replaced()), *ended]

    def _named(self, named: wire.Named, now: float) -> Effects:
        before, answered = self.name, self._presence.answered(named)
        # What we asked under another name, the server has ended without a word.
        again = self._asking.ask_again(now) if named.name != before else []
        resumed = self._here(now) if before is None else []
        return [*answered, *again, *resumed]

    def _refused(self, refused: wire.Refused, now: float) -> Effects:
        if refused.to in ("accept", "request"):
            return self._introducing.refused(refused)
        shown = self._presence.refused(refused, now)
        # Without a name nobody can be asked, so nothing is left waiting for one.
        return shown if self.wanted else [*shown, *self._asking.end_all()]

    # -- the meeting and the conversation

    def offer_failed(self, why: str, now: float) -> Effects:
        """Our own part of the introduction could not be made, for instance for want of a port."""
        if self.is_suspended:
            return self._resuming.offer_failed(why, now)
        return self._introducing.offer_failed(why)

    def racing(self, patience: float) -> None:
        """A path is looked for; another one, later, for so many seconds."""
        self._conversations.patience = patience

    def met(self, suite: str, path: str, secrets: tuple[bytes, ...] = ()) -> Effects:
        """A path was found; with `secrets` the conversation can be asked for later."""
        if self.is_suspended:
            return [*self._turned_away(), *self._resuming.met(path)]
        return self._conversations.met(suite, path, secrets)

    def _turned_away(self) -> Effects:
        """Whatever was under way at the server is of no interest any more."""
        if isinstance(self.state, Racing):
            return []
        self.requests.server_lost()
        self._farewell.server_lost()
        return self._presence.lost()

    def remember(self, secrets: tuple[bytes, ...]) -> Effects:
        """From now on these are the secrets of the conversation."""
        return self._conversations.remember(secrets)

    def broken(self, ending: Ending, detail: str, now: float) -> Effects:
        """The link of the conversation is gone, without an end of the conversation."""
        return self._resuming.broken(ending, detail, now)

    def abandoned(self, undelivered: list[Message]) -> Effects:
        """A conversation without a link was given up."""
        return self._resuming.abandoned(undelivered)

    def not_met(
        self, reasons: list[tuple[str, str]], now: float, *, is_answered: bool = True
    ) -> Effects:
        """There is no path: what was tried, and why it failed. Unless we were ever answered, the
        other side may know nothing of an interrupted conversation."""
        if self.is_suspended and not is_answered:
            return self._resuming.never_answered()
        if self.is_suspended:
            return self._resuming.not_met(reasons, now)
        return self._conversations.not_met(reasons)

    def over(self, ending: Ending, detail: str, undelivered: list[Message]) -> Effects:
        """The other side ended the conversation, or is gone."""
        return self._conversations.over(ending, detail, undelivered)

    def left(self, undelivered: list[Message]) -> Effects:
        """We have left the conversation."""
        return self._conversations.over(None, "", undelivered)

    def tick(self, now: float) -> Effects:
        """Whatever has run out by `now`."""
        presence = self._presence.tick(now, self.state)
        return [*presence, *self._resuming.tick(now), *self._introducing.tick(now)]


def _greets(effect: Effect) -> bool:
    """Whether it says that we are back on the server, which is not where the person is."""
    return isinstance(effect, Show) and isinstance(effect.event, events.LoggedIn)

"""The four machines of a client, and what one has to tell another (protocol, "The client's
states").

They know nothing of each other. What one says to another is a value among its effects, which is
passed on here; and here it follows whether the server is wanted: whoever talks, and wants nothing
there, has left it.
"""

from collections import deque
from collections.abc import Callable, Iterable

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.between import Again, Agreed, Between, Introduced, NotMade, Over
from chatd.engine.decisions.conversations import Conversations
from chatd.engine.decisions.effects import Effect, Show, failed
from chatd.engine.decisions.farewell import Farewells
from chatd.engine.decisions.introductions import Introductions
from chatd.engine.decisions.presence import Presence
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.request import Outgoing, Withdrawn
from chatd.engine.decisions.requests import Requests
from chatd.wire import server as wire

Effects = list[Effect]
Steps = list[Effect | Between]


class Wiring:
    """The machines of one client; whoever `stays` keeps the login through conversations. `unread`
    is how many conversations that are over have something to read: each takes the place of one."""

    def __init__(
        self,
        presence: Presence,
        requests: Requests,
        conversations: Conversations,
        proofs: Proofs,
        unread: Callable[[], int],
        *,
        stays: bool,
    ) -> None:
        self._unread = unread
        self.presence = presence
        self.requests = requests
        self.introductions = Introductions()
        self.conversations = conversations
        self.farewells = Farewells(proofs)
        self.stays = stays
        self.withdrawn = Withdrawn()
        self.unsaid: Effects = []
        """That we are back at the server, where that came while the person talked."""
        self.again: str | None = None
        """Whom the person may want to ask once more."""
        self.status = 0
        """The exit status, as it is now."""
        self.is_quitting = False
        """Whether the client ends as soon as no conversation is left."""
        self.is_replaced = False
        """Whether the server is not to be gone back to."""

    # -- what follows from where they are

    @property
    def making(self) -> Agreed | None:
        """With whom an introduction is being made."""
        made = self.introductions.made
        return made.agreed if made is not None else None

    @property
    def is_free(self) -> bool:
        """Whether the server knows us, and makes no introduction of ours."""
        return self.presence.is_known and self.making is None and not self.is_quitting

    @property
    def keys(self) -> list[bytes]:
        """Those of all conversations, and of one that is being made."""
        making = self.making
        made = [making.key] if making is not None and not making.resumes else []
        return [*(each.key for each in self.conversations), *made]

    @property
    def has_room(self) -> bool:
        """Whether there may be one more."""
        return len(self.keys) + self._unread() < limits.CONVERSATIONS

    @property
    def sendable(self) -> list[Outgoing]:
        """What the server is to be asked as soon as it is free for it."""
        waiting = self.farewells.in_the_way
        return [out for out in self.requests.unsent if out.name not in waiting]

    @property
    def wants_server(self) -> bool:
        """Whether there is a reason to be at the server."""
        if self.is_quitting:
            return False
        return (
            self.stays
            or not self.conversations
            or self.making is not None
            or bool(self.requests.outgoing)
            or self.conversations.want_server
            or self.presence.is_needed
        )

    @property
    def is_visiting(self) -> bool:
        """Whether the server is wanted for another introduction beside a conversation alone."""
        is_wanted = self.conversations.want_server and not self.conversations.are_away
        return is_wanted and not self.stays and not self.requests.outgoing

    # -- what happens to several

    def resume(self, now: float) -> Steps:
        """Interrupted conversations go on, or are given up."""
        room = limits.ASKING - len(self.requests.outgoing)
        return self.conversations.tick(now, is_free=self.is_free, room=room)

    def forgotten_there(self) -> Steps:
        """The server knows nothing of us any more."""
        self.unsaid = []
        self.requests.server_lost()
        self.conversations.server_lost()
        self.farewells.server_lost()
        return [*self.presence.lost()]

    def settled(self, steps: Iterable[Effect | Between], now: float | None = None) -> Effects:
        """Pass on what is for another machine, until effects alone are left."""
        effects: Effects = []
        queue = deque(steps)
        while queue:
            match queue.popleft():
                case (Agreed() | Introduced() | NotMade() | Again() | Over()) as told:
                    queue.extendleft(reversed(self._told(told, now or 0)))
                case effect:
                    self._look(effect)
                    effects.append(effect)
        if now is not None and self.is_free and self.sendable:
            sent = self.requests.send(now, self.farewells.in_the_way)
            return [*effects, *self.settled(sent, now)]
        return [*effects, *self._followed()]

    # -- inside

    def _told(self, told: Between, now: float) -> Steps:
        match told:
            case Again(name):
                self.again = name
            case Over(key):
                self.conversations.over(key)
                return self._back()
            case Agreed():
                return self._agreed(told, now)
            case Introduced():
                return self._introduced(told, now)
            case NotMade(key, resumes):
                return self._not_made(key, resumes=resumes)
        return []

    def _back(self) -> Steps:
        """Whoever talks to nobody any more may be at the server already."""
        is_talking = bool(self.conversations) or self.is_quitting
        unsaid, self.unsaid = ([], self.unsaid) if is_talking else (self.unsaid, [])
        return [*unsaid]

    def _agreed(self, agreed: Agreed, now: float) -> Steps:
        dialog = self.conversations.of(agreed.key)
        if not agreed.resumes and (dialog is not None or not self.has_room):
            why = failed("talking-already", dialog.name) if dialog is not None else FULL
            cancel = [do.Send(wire.Cancel(agreed.id))] if agreed.is_host else []
            return [why, *cancel]
        self.again = None
        # The server ends our other requests.
        ends = agreed.is_host and not agreed.resumes
        ended = self.requests.forget_all() if ends else []
        return [*ended, *self.introductions.begin(agreed, now)]

    def _introduced(self, introduced: Introduced, now: float) -> Steps:
        """The server forgets the introduction, and us, unless we stay."""
        ended: Steps = []
        if introduced.agreed.resumes:
            self.requests.ended_there()
        else:
            ended = self.requests.forget_all()
        self.requests.drop_from(introduced.agreed.key)
        begun = self.conversations.introduced(introduced, now)
        if self.stays and self.presence.may_stay:
            return [*begun, *ended, *self.conversations.ended_there()]
        self.presence.goes("go, and it does not stay")
        self._left()
        return [*begun, do.Depart(), *ended]

    def _not_made(self, key: bytes, *, resumes: bool) -> Steps:
        dialog = self.conversations.of(key)
        if resumes and dialog is not None and dialog.resumption is not None:
            dialog.resumption.wants_server = True
        elif resumes and dialog is not None:
            return dialog.beside.not_made()
        if self.is_quitting:
            return []
        back = self.conversations.ended_there()
        if not resumes:
            return [*back, *self.requests.end_all()]
        self.requests.ended_there()
        return back

    def _look(self, effect: Effect) -> None:
        """Remember what follows from what is about to be done."""
        match effect:
            case do.Send(wire.Cancel(id)):
                self.withdrawn.add(id)  # its "go" may be on its way
            case do.Show(
                events.PreparingFailed(held=lost)
                | events.NotConnected(held=lost)
                | events.ConversationOver(undelivered=lost)
            ) if lost and self.is_quitting:
                self.status = 1

    def _followed(self) -> Effects:
        """What follows for the server link from where everything is now."""
        if self.is_replaced:
            for dialog in self.conversations:
                if dialog.resumption is not None and not dialog.resumption.is_given_up:
                    return self.settled(dialog.give_up("quit"))
        if self.is_quitting and not self.conversations and self.presence.goes("stop"):
            return [do.CloseServer("left"), do.Stop(self.status)]
        if self.wants_server:
            return [do.Connect()] if self.presence.goes("wanted") else []
        if not self.presence.goes("not wanted"):
            return []
        self._left()
        return [do.CloseServer("left")]

    def _left(self) -> None:
        """We have left the server, which keeps what others ask us."""
        self.unsaid = []
        self.requests.left()
        self.conversations.server_lost()
        self.farewells.server_lost()
        self.presence.lost()


FULL: Show = failed("too-many-conversations")
"""The answer where there would be one more conversation than there may be."""

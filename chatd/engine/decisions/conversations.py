"""A client's way from one state to the next (protocol, "The client's states")."""

from collections.abc import Callable

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.effects import Effect, Show
from chatd.engine.decisions.misplaced import misplaced
from chatd.engine.decisions.states import (
    Away,
    Free,
    Preparing,
    Racing,
    State,
    Stopped,
    Suspended,
    Talking,
)
from chatd.noise.keys import fingerprint
from chatd.peer.conversation import Ending
from chatd.peer.message import Message
from chatd.store.contacts import Blocked, Judgement, KnownAs, petname, standing
from chatd.store.past import Past
from chatd.wire import server as wire
from chatd.wire.close import Leaving

Effects = list[Effect]

_KNOWN = (Ending.LEFT, Ending.QUIT, Ending.OVER, Ending.RESTARTED)
"""The endings that we have from the other side."""
_BY_NOBODY = (Ending.CUT_OFF, Ending.LOST, Ending.OVER, Ending.RESTARTED)
"""Those after which either may want to ask again at once."""


class Conversations:
    """The state, and everything between an introduction that is accepted and its end."""

    def __init__(self, judge: Callable[[str, bytes], Judgement]) -> None:
        self.state: State = Away()
        self.suspended: Suspended | None = None
        self.patience: float = limits.RACE_SECONDS
        """How long another link is looked for with the same keys, in seconds."""
        self.again: str | None = None
        """Whom the person may want to ask once more: a conversation with them has just ended by
        no one's will."""
        self._judge = judge
        self._status = 0

    @property
    def conversation(self) -> Talking | None:
        """The one that is open or interrupted."""
        if self.suspended is not None:
            return self.suspended.talking
        return self.state if isinstance(self.state, Talking) else None

    def is_blocked(self, name: str, key: bytes) -> bool:
        """Whether this person gets no answer of any kind."""
        return isinstance(self._judge(name, key), Blocked)

    # -- the making of a conversation

    def prepare(
        self, id: bytes, name: str, key: bytes, is_host: bool, now: float, secret: bytes = b""
    ) -> Effects:
        """The introduction is accepted: our offer comes next; `secret` is that of a card."""
        self.again = None
        self.state = Preparing(id, name, key, is_host, now + limits.PREPARING_SECONDS, secret)
        shown = [] if self.suspended else [Show(events.Preparing(name, is_host))]
        return [*shown, do.Prepare(id, is_host)]

    def unmade(self, why: events.Unmade, detail: str = "") -> Effects:
        """The introduction came to nothing; harmless when there is none."""
        if not isinstance(self.state, Preparing):
            return []
        preparing, self.state = self.state, Free()
        if self.suspended:
            return [do.Unprepare()]
        failed = events.PreparingFailed(preparing.name, why, preparing.held, detail)
        return [do.Unprepare(), Show(failed)]

    def race(self, go: wire.Go) -> Effects:
        """Both are introduced, and the server is left; harmless when not preparing."""
        if not isinstance(self.state, Preparing):
            return []
        made = self.state
        self.state = Racing(made.name, made.key, made.is_host, made.held, made.secret)
        return [do.Race(go, made.is_host, made.secret), do.Depart()]

    def met(self, suite: str, path: str, secrets: tuple[bytes, ...]) -> Effects:
        """A first path was found; with `secrets` the conversation can be asked for later."""
        if not isinstance(self.state, Racing):
            return []
        racing = self.state
        opened = self._opened(racing, suite, path)
        self.state = Talking(
            racing.name,
            key=racing.key,
            is_first=opened.standing == "new",
            is_host=racing.is_host,
        )
        return [
            do.Pin(racing.name, racing.key),
            *self.remember(secrets),
            *([do.UseUp(racing.secret)] if racing.secret else []),
            Show(opened),
            *map(do.Say, racing.held),
        ]

    def remember(self, secrets: tuple[bytes, ...]) -> Effects:
        """These are the secrets of the conversation from now on; harmless without one."""
        talking = self.conversation
        if talking is None or not secrets or secrets == talking.secrets:
            return []
        talking.secrets = secrets
        older, newest = list(secrets[:-1]), secrets[-1]
        return [do.Remember(Past(talking.name, talking.key, newest, talking.is_host, older))]

    def _opened(self, racing: Racing, suite: str, path: str) -> events.Talking:
        judged = self._judge(racing.name, racing.key)
        known_as = judged.name if isinstance(judged, KnownAs) else None
        who = fingerprint(racing.key)
        return events.Talking(
            racing.name,
            racing.is_host,
            suite,
            who,
            path,
            standing(judged),
            known_as,
            petname(judged),
        )

    def not_met(self, reasons: list[tuple[str, str]], cancelled: bool = False) -> Effects:
        """No path was found in time, or the person did not want to wait for one."""
        if not isinstance(self.state, Racing):
            return []
        failed = events.NotConnected(self.state.name, cancelled, reasons, self.state.held)
        return [do.Unprepare(), Show(failed), *self.back()]

    # -- the conversation

    def say(self, text: str) -> Effects:
        """A line for the other person; while the conversation is being made it is held."""
        match self.state:
            case _ if not text:
                return []
            case _ if self.suspended is not None:
                return [do.Say(text)]
            case Talking(leaving=None):
                return [do.Say(text)]
            case Preparing(held=held) | Racing(held=held):
                return [_hold(text, held)]
            case Talking():
                return [Show(events.NotSaid(text, "you are leaving", ""))]
        return [Show(events.NotSaid(text, "there is no conversation", "chat NAME"))]

    def leave(self, reason: Leaving, *, at_once: bool = False) -> Effects:
        """End the conversation, once what was said has arrived, or `at_once`."""
        if not isinstance(self.state, Talking):
            return [misplaced("there is no conversation to leave", "exit ends the client")]
        if self.state.leaving and not at_once:
            return []
        self.state.leaving = self.state.leaving or reason
        return [do.Leave(self.state.leaving, at_once)]

    def over(self, ending: Ending | None, detail: str, undelivered: list[Message]) -> Effects:
        """The conversation has ended: by us if `ending` is None."""
        if not isinstance(self.state, Talking):
            return []
        talking = self.state
        ended = self.ended(talking, ending, detail, undelivered)
        if talking.leaving == "quit":
            return [*ended, *self.stop(1 if undelivered else 0)]
        return [*ended, *self.back()]

    def ended(
        self, talking: Talking, ending: Ending | None, detail: str, undelivered: list[Message]
    ) -> Effects:
        """Say so, and remember it for as long as the other side may not know it."""
        if ending in _BY_NOBODY:
            self.again = talking.name
        is_known = ending in _KNOWN
        return [
            *([do.Ended(is_known)] if talking.secrets else []),
            Show(events.ConversationOver(talking.name, ending, detail, undelivered)),
        ]

    # -- the end

    def quit(self, status: int) -> Effects:
        """End everything; a second time without waiting for what is still on its way."""
        self.worsen(status)
        match self.state:
            case Talking(leaving=None):
                return self.leave("quit")
            case Talking(leaving="left") as talking:
                talking.leaving = "quit"
                return []
            case Talking():
                return [do.Leave("quit", at_once=True)]
            case Preparing(id=id):
                return [do.Send(wire.Cancel(id)), *self.stop(0)]
        return self.stop(0)

    def worsen(self, status: int) -> None:
        """The exit status will be this one at least."""
        self._status = max(self._status, status)

    def back(self) -> Effects:
        """Return to the server."""
        self.state = Away()
        return [do.Connect(soon=True)]

    def stop(self, status: int) -> Effects:
        """End now, with this exit status or a worse one; an unmade conversation is reported."""
        shown: Effects = []
        match self.state:
            case Preparing(name=name, held=held):
                shown = [Show(events.PreparingFailed(name, "cancelled", held))]
            case Racing(name=name, held=held):
                shown = [Show(events.NotConnected(name, True, [], held))]
            case _:
                held = []
        self.worsen(1 if held else status)
        self.state = Stopped()
        return [do.Unprepare(), *shown, do.CloseServer("left"), do.Stop(self._status)]


def _hold(text: str, held: list[str]) -> Show:
    if len(held) >= limits.HELD_LINES:
        return Show(events.NotSaid(text, "too many lines wait for the conversation", "wait for it"))
    held.append(text)
    return Show(events.Held(text))

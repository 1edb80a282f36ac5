"""One conversation, from "go" to its end, over all links (protocol, "The client's states")."""

from collections.abc import Callable
from enum import StrEnum

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.beside import Beside
from chatd.engine.decisions.between import Again, Between, Introduced, Over
from chatd.engine.decisions.effects import Effect, Show, failed, hold
from chatd.engine.decisions.proof_counts import Read
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.resumption import Resumption
from chatd.engine.decisions.table import Row, Table
from chatd.noise.keys import fingerprint
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.store.contact import Judgement, KnownAs, Standing, petname, standing
from chatd.store.past import Past
from chatd.wire import server as wire
from chatd.wire.close import Leaving

Steps = list[Effect | Between]
Judge = Callable[[str, bytes], Judgement]

_KNOWN = (Ending.LEFT, Ending.QUIT, Ending.OVER, Ending.RESTARTED)
"""The endings that we have from the other side."""
_BY_NOBODY = (Ending.CUT_OFF, Ending.LOST, Ending.OVER, Ending.RESTARTED)
"""Those after which either may want to ask again at once."""


class Stage(StrEnum):
    """How far a conversation is."""

    RACING = "racing"
    """Both have been introduced, and look for a path."""
    OPEN = "open"
    LEAVING = "leaving"
    """We have left, and the last messages are on their way."""
    INTERRUPTED = "interrupted"
    """It has no link."""
    OVER = "over"


CONVERSATIONS = Table(
    "A conversation",
    Row(Stage.RACING, "met", Stage.OPEN, "keeps the other's key for the name"),
    Row(Stage.RACING, "not met", Stage.OVER, "closes everything; no link after `RACE_SECONDS`"),
    Row(Stage.OPEN, "left", Stage.LEAVING, "waits for acknowledgements"),
    Row(Stage.OPEN, "broken", Stage.INTERRUPTED, "looks for a link with the same keys"),
    Row(Stage.LEAVING, "broken", Stage.INTERRUPTED, "looks for a link with the same keys"),
    Row(Stage.OPEN, "ended", Stage.OVER, "closes everything"),
    Row(Stage.LEAVING, "ended", Stage.OVER, "closes everything"),
    Row(Stage.INTERRUPTED, "met", Stage.OPEN, "takes back what it asked at the server"),
    Row(Stage.INTERRUPTED, "not met", Stage.INTERRUPTED, "wants the server, and looks on"),
    Row(Stage.INTERRUPTED, "given up", Stage.OVER, "tells its user what was not delivered"),
)


class Dialog:
    """A conversation with one person; `judge` says what we know about a name with a key.

    `secrets`, the newest last, prove later that it is this conversation, and `counts` are those in
    such proofs of the other side's.
    """

    def __init__(self, introduced: Introduced, judge: Judge) -> None:
        agreed = introduced.agreed
        self.name, self.key, self.is_host = agreed.name, agreed.key, agreed.is_host
        self.stage = Stage.RACING
        self.held = introduced.held
        self.leaving: Leaving | None = None
        self.patience: float = limits.RACE_SECONDS
        """How long another link is looked for with the same keys, in seconds."""
        self.secrets: tuple[bytes, ...] = ()
        self.counts = Read()
        self.introduced = 0.0
        """When both were introduced last."""
        self.resumption: Resumption | None = None
        """While it is interrupted."""
        self.asked: wire.Requested | None = None
        """The host's request to go on, where it has noticed an interruption before us."""
        self.beside = Beside(self)
        """What is done for a better link than the one that it has."""
        self._is_first = False
        self._card = agreed.secret
        self._judge = judge

    def goes(self, event: str) -> bool:
        """Whether this event leads somewhere from where it is; if so, it is there."""
        then = CONVERSATIONS.then(self.stage, event)
        self.stage = self.stage if then is None else Stage(then)
        return then is not None

    @property
    def secret(self) -> bytes:
        """The newest (32 bytes), empty without one."""
        return self.secrets[-1] if self.secrets else b""

    def meant(self, proof: bytes, proofs: Proofs) -> tuple[bytes, int] | None:
        """Which of its secrets this proves, and the count; None for none."""
        for secret in reversed(self.secrets):
            count = proofs.count(proof, secret, self.key)
            if count is not None:
                return secret, count
        return None

    @property
    def petname(self) -> str:
        """What we call them ourselves, '' for nothing."""
        return petname(self._judge(self.name, self.key))

    @property
    def standing(self) -> Standing:
        """What we know of the key at the other end; in a first conversation it stays new, until
        it is verified."""
        if self.stage is Stage.RACING:
            return "new"
        found = standing(self._judge(self.name, self.key))
        return "new" if self._is_first and found == "known" else found

    # -- its links

    def met(self, suite: str, path: str, secrets: tuple[bytes, ...]) -> Steps:
        """A path was found; with `secrets` the conversation can be asked for later."""
        resumption, self.resumption = self.resumption, None
        was_racing = self.stage is Stage.RACING
        if not self.goes("met"):
            return []
        if resumption is not None:
            self.stage = Stage.LEAVING if self.leaving else self.stage
            return [do.Unprepare(self.key), *resumption.met(path)]
        return self._opened(suite, path, secrets) if was_racing else []

    def _opened(self, suite: str, path: str, secrets: tuple[bytes, ...]) -> Steps:
        judged = self._judge(self.name, self.key)
        self._is_first = standing(judged) == "new"
        opened = events.Talking(
            self.name,
            self.is_host,
            suite,
            fingerprint(self.key),
            path,
            standing(judged),
            judged.name if isinstance(judged, KnownAs) else None,
            petname(judged),
            conversation=self.key,
        )
        held, self.held = self.held, []
        return [
            do.Pin(self.name, self.key),
            *self.remember(secrets),
            *([do.UseUp(self._card)] if self._card else []),
            Show(opened),
            *(do.Say(self.key, message) for message in held),
        ]

    def remember(self, secrets: tuple[bytes, ...]) -> Steps:
        """These are its secrets from now on."""
        if self.stage in (Stage.RACING, Stage.OVER) or not secrets or secrets == self.secrets:
            return []
        self.secrets = secrets
        older, newest = list(secrets[:-1]), secrets[-1]
        return [do.Remember(Past(self.name, self.key, newest, self.is_host, older))]

    def broken(self, ending: Ending, detail: str, now: float) -> Steps:
        """The link is gone: look for another."""
        if not self.goes("broken"):
            return []
        ended = self.beside.broken()
        self.counts.interrupted()
        self.resumption = Resumption(self, ending, detail, now)
        return [*ended, do.RaceAgain(self.key)]

    def not_met(
        self,
        reasons: list[tuple[str, str]],
        now: float,
        *,
        is_answered: bool = True,
        is_cancelled: bool = False,
    ) -> Steps:
        """There is no path: what was tried, and why it failed, or the person did not want to wait.

        Unless we were ever answered, the other side may know nothing of an interrupted
        conversation."""
        if not self.goes("not met"):
            return []
        if self.resumption is not None:
            return self.resumption.not_met(reasons, now, is_answered=is_answered)
        failed = events.NotConnected(
            self.name, is_cancelled, reasons, self.held, conversation=self.key
        )
        return [do.Unprepare(self.key), Show(failed), Over(self.key)]

    # -- the person

    def say(self, message: Message) -> Steps:
        """A line for the other person."""
        match self.stage:
            case Stage.RACING:
                return [hold(message, self.held, self.key)]
            case Stage.OPEN | Stage.INTERRUPTED:
                return [do.Say(self.key, message)]
        return [Show(events.NotSaid(message.text, "leaving", conversation=self.key))]

    def leave(self, reason: Leaving, *, at_once: bool = False) -> Steps:
        """End it, once what was said has arrived, or `at_once`; harmless the second time."""
        match self.stage:
            case Stage.RACING:
                return [failed("nothing-to-leave")]
            case Stage.INTERRUPTED:
                return self.give_up(reason)
            case Stage.LEAVING if not at_once:
                return []
        self.goes("left")
        self.leaving = self.leaving or reason
        return [do.Leave(self.key, self.leaving, at_once)]

    def quit(self) -> Steps:
        """The program ends; a second time without waiting for what is still on its way."""
        match self.stage:
            case Stage.RACING:
                return self.not_met([], 0, is_cancelled=True)
            case Stage.LEAVING if self.leaving == "left":
                self.leaving = "quit"
                return []
            case Stage.LEAVING:
                return [do.Leave(self.key, "quit", at_once=True)]
        return self.leave("quit")

    def give_up(self, leaving: Leaving | None = None) -> Steps:
        """The interrupted conversation is not waited for any more."""
        if self.resumption is None:
            return []
        self.leaving = leaving or self.leaving
        self.resumption.is_given_up = leaving is not None
        return [do.Abandon(self.key)]

    # -- the end

    def restarted(self) -> Steps:
        """The other side has forgotten it; one that has a link will hear of that there."""
        return self.resumption.restarted() if self.resumption is not None else []

    def over(self, ending: Ending | None, detail: str, undelivered: list[Message]) -> Steps:
        """It has ended: by us if `ending` is None."""
        return self._ended(ending, detail, undelivered) if self.goes("ended") else []

    def abandoned(self, undelivered: list[Message]) -> Steps:
        """It was given up, with what could not be delivered."""
        resumption, self.resumption = self.resumption, None
        if resumption is None or not self.goes("given up"):
            return []
        ending, detail = resumption.outcome
        ended = self._ended(ending, detail, undelivered)
        return [*ended, do.Unprepare(self.key), *resumption.taken_back()]

    def _ended(self, ending: Ending | None, detail: str, undelivered: list[Message]) -> Steps:
        """Say so, and remember it for as long as the other side may not know it."""
        over = events.ConversationOver(
            self.name, ending, detail, undelivered, conversation=self.key
        )
        return [
            *self.beside.broken(),
            *([Again(self.name)] if ending in _BY_NOBODY else []),
            *([do.Ended(self.key, ending in _KNOWN)] if self.secrets else []),
            Show(over),
            Over(self.key),
        ]

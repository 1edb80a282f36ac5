"""An introduction, from the request that was accepted to "go"; the server allows one at a time."""

from dataclasses import dataclass, field
from enum import StrEnum

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.between import Agreed, Between, Introduced, NotMade
from chatd.engine.decisions.effects import Effect, Show, hold
from chatd.engine.decisions.requests import changed
from chatd.engine.decisions.table import Row, Table
from chatd.peer.message import Message
from chatd.wire import codes
from chatd.wire import server as wire

Steps = list[Effect | Between]


class Making(StrEnum):
    """Whether there is one."""

    NONE = "none"
    PREPARING = "preparing"


_NONE, _PREPARING = Making.NONE, Making.PREPARING
INTRODUCTIONS = Table(
    "An introduction",
    Row(_NONE, "agreed", _PREPARING, "opens the listener; `accept` as guest, `offer` as host"),
    Row(_PREPARING, "agreed", _PREPARING, "drops the one before, and follows this one"),
    Row(_PREPARING, "no port", _NONE, "`decline no-port`; as guest of a resumption nothing"),
    Row(_PREPARING, "go", _NONE, "name and key are those of the request: a conversation"),
    Row(_PREPARING, "another go", _NONE, "closes the server link and dials again"),
    Row(_PREPARING, "ended", _NONE, "closes the listener"),
    Row(_PREPARING, "server lost", _NONE, "closes the listener"),
    Row(
        _PREPARING,
        "given up",
        _NONE,
        "`cancel`, closes the listener; also after `PREPARING_SECONDS`",
    ),
)


@dataclass
class Preparing:
    """We have sent our offer, or are about to; the listener is open; `held` is what was said
    meanwhile."""

    agreed: Agreed
    deadline: float
    held: list[Message] = field(default_factory=list)


class Introductions:
    """The one that is `made`, or None."""

    def __init__(self) -> None:
        self.made: Preparing | None = None

    @property
    def at(self) -> Making:
        """Where it is."""
        return _PREPARING if self.made is not None else _NONE

    @property
    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return self.made.deadline if self.made is not None else None

    def of(self, key: bytes) -> Preparing | None:
        """The one with this person."""
        return self.made if self.made is not None and self.made.agreed.key == key else None

    def makes(self, id: bytes | None) -> bool:
        """Whether this is the one."""
        return self.made is not None and self.made.agreed.id == id

    def begin(self, agreed: Agreed, now: float) -> Steps:
        """Our offer comes next."""
        # Had we just accepted someone else, the server refuses that.
        if not self._goes("agreed"):
            return []
        dropped = self._ends("agreed", "not-now")
        self.made = Preparing(agreed, now + limits.PREPARING_SECONDS)
        prepare = do.Prepare(agreed.key, agreed.id, agreed.is_host)
        if agreed.resumes:
            return [*dropped, prepare]
        shown = Show(events.Preparing(agreed.name, agreed.is_host, conversation=agreed.key))
        return [*dropped, shown, prepare]

    def say(self, message: Message) -> Show:
        """A line for whom we are to talk to."""
        return hold(message, self.made.held if self.made else [], self._key)

    def offer_failed(self, key: bytes, why: str) -> Steps:
        """Our own part of it could not be made; harmless when there is none.

        A guest that would resume leaves the request open, to accept it later.
        """
        made = self.of(key)
        if made is None:
            return []
        id, resumes = made.agreed.id, made.agreed.resumes
        said: Steps = [do.Send(wire.Decline(id, "no-port"))]
        if resumes:
            said = [do.Send(wire.Cancel(id))] if made.agreed.is_host else []
        return [*said, *self._ends("no port", "no-port", why)]

    def ended(self, id: bytes, reason: codes.Ending) -> Steps:
        """The server says that it is over; harmless when it is not this one."""
        why: events.Unmade = "no-port-there" if reason == "no-port" else reason
        return self._ends("ended", why) if self.makes(id) else []

    def refused(self, id: bytes | None) -> Steps:
        """Our acceptance was not taken."""
        return self._ends("ended", "not-now") if self.makes(id) else []

    def server_lost(self) -> Steps:
        """Harmless when there is none."""
        return self._ends("server lost", "server-lost")

    def give_up(self, why: events.Unmade) -> Steps:
        """Withdraw it; harmless when there is none."""
        if self.made is None:
            return []
        return [do.Send(wire.Cancel(self.made.agreed.id)), *self._ends("given up", why)]

    def give_up_with(self, key: bytes) -> Steps:
        """Withdraw the one with this person; harmless when there is none."""
        return self.give_up("cancelled") if self.of(key) is not None else []

    def go(self, go: wire.Go) -> Steps | None:
        """Both are introduced; None if it is not with whom we agreed."""
        made = self.made
        if made is None or (go.name, go.key) != (made.agreed.name, made.agreed.key):
            return None
        if not self._goes("go"):
            return None
        self.made = None
        return [Introduced(made.agreed, go, made.held)]

    def let_go(self, go: wire.Go) -> Steps:
        """The server has introduced us to somebody else."""
        made = self.made
        if made is None or not self.makes(go.id):
            return self._ends("another go", "server-lost")
        shown = changed(made.agreed.name, made.agreed.key, go.key)
        return [shown, *self._ends("another go", "cancelled")]

    def tick(self, now: float) -> Steps:
        """Give up what takes too long."""
        is_late = self.made is not None and now >= self.made.deadline
        return self.give_up("no-answer") if is_late else []

    # -- inside

    @property
    def _key(self) -> bytes:
        return self.made.agreed.key if self.made is not None else b""

    def _goes(self, event: str) -> bool:
        return INTRODUCTIONS.then(self.at, event) is not None

    def _ends(self, event: str, why: events.Unmade, detail: str = "") -> Steps:
        """It came to nothing; nothing is said of one that was to go on with a conversation."""
        made = self.made
        if made is None or not self._goes(event):
            return []
        self.made = None
        agreed = made.agreed
        failed = events.PreparingFailed(
            agreed.name, why, made.held, detail, conversation=agreed.key
        )
        shown = [] if agreed.resumes else [Show(failed)]
        return [do.Unprepare(agreed.key), *shown, NotMade(agreed.key, agreed.resumes)]

"""One request, in either direction, as this client knows it."""

import math
from enum import StrEnum

from msgspec import Struct

from chatd import limits
from chatd.engine.decisions.table import Row, Table
from chatd.wire.server import Request


class Ask(StrEnum):
    """How far a request of ours is."""

    WANTED = "wanted"
    """The server has not been told of it."""
    SENT = "sent"
    """The server has not answered."""
    OPEN = "open"
    """The server has it."""


ASKS = Table(
    "A request of ours",
    Row(Ask.WANTED, "sent", Ask.SENT, "`request`, with the seconds that are left"),
    Row(Ask.SENT, "asked", Ask.OPEN, "nothing"),
    Row(Ask.OPEN, "asked", Ask.OPEN, "nothing"),
    Row(Ask.SENT, "ended there", Ask.WANTED, "sends it anew, as soon as the server is free for it"),
    Row(Ask.OPEN, "ended there", Ask.WANTED, "sends it anew, as soon as the server is free for it"),
)


class Outgoing(Struct):
    """We ask `name` until `deadline`; `id` is the server's, None until it has answered; `secret`
    is the one behind the proof that the request carries."""

    name: str
    deadline: float
    id: bytes | None = None
    secret: bytes = b""
    stage: Ask = Ask.WANTED

    @property
    def ends(self) -> float:
        """When it is over, also if the server does not say so."""
        return self.deadline + (limits.ANSWER_SECONDS if self.id is not None else 0)

    def left(self, now: float) -> int:
        """The whole seconds that are left, rounded up."""
        return max(0, math.ceil(self.deadline - now))

    def message(self, now: float, proof: bytes | None = None) -> Request:
        """What asks the server for it, or asks again."""
        self._goes("sent")
        return Request(self.name, min(max(1, self.left(now)), limits.REQUEST_SECONDS), proof)

    def opened(self, id: bytes) -> None:
        """The server has it, under this id."""
        self.id = id
        self._goes("asked")

    def ended_there(self) -> None:
        """The server does not have it any more, and is to be asked again."""
        self.id = None
        self._goes("ended there")

    def _goes(self, event: str) -> None:
        self.stage = Ask(ASKS.then(self.stage, event) or self.stage)


class Incoming(Struct, frozen=True):
    """`name` asks us until `deadline`; `secret` is that of the card which it holds; `is_there`
    unless we have left the server, which keeps it for us."""

    id: bytes
    name: str
    key: bytes
    deadline: float
    secret: bytes = b""
    is_there: bool = True


class Withdrawn:
    """Introductions that we withdrew and whose "go" may be on its way; the newest ones count."""

    def __init__(self) -> None:
        self._ids: dict[bytes, None] = {}

    def add(self, id: bytes) -> None:
        """Remember one, and forget the oldest if there are too many."""
        self._ids[id] = None
        if len(self._ids) > limits.WITHDRAWN:
            del self._ids[next(iter(self._ids))]

    def discard(self, id: bytes) -> None:
        """Forget one."""
        self._ids.pop(id, None)

    def __contains__(self, id: bytes) -> bool:
        return id in self._ids

    def __len__(self) -> int:
        return len(self._ids)

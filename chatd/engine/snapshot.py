"""Where a client is at one moment: what a view needs to draw itself, as data.

All moments are in seconds of the client's own clock, whose present is `Snapshot.now`.
"""

from typing import Literal

from msgspec import Struct

from chatd.engine.transfer_state import TransferState
from chatd.store.contact import Hears, Person, Standing

Presence = Literal["connecting", "logging-in", "away", "in", "apart"]
"""At the server: `away` is between two tries to reach it, `apart` is when nobody tries, as we have
left it for a conversation."""
Stage = Literal["preparing", "racing", "open", "interrupted", "leaving"]
Identity = Literal["none", "sealed", "opening", "open"]


class Asks(Struct, frozen=True):
    """Somebody asks us, until `deadline`."""

    name: str
    key: bytes
    petname: str
    deadline: float
    holds_card: bool
    standing: Standing = "new"


class Asked(Struct, frozen=True):
    """We ask somebody, until `deadline`."""

    name: str
    deadline: float


class Awaited(Struct, frozen=True):
    """What the server owes us an answer to, until `deadline`: a command, and the name in it."""

    command: Literal["login", "username", "release", "search", "request", "introduction"]
    name: str = ""
    deadline: float | None = None


class ConversationState(Struct, frozen=True):
    """One conversation; `deadline` is when its stage ends by itself, None if it does not."""

    id: bytes
    name: str
    petname: str
    standing: Standing
    stage: Stage
    deadline: float | None = None
    unread: int = 0


class Snapshot(Struct, frozen=True, kw_only=True):
    """`name` is what the server calls us, `wanted` what we want to be called; `key` is ours and
    `server_key` that of the server, empty before it has shown it; `again` is whom we
    may want to ask once more; `busy` if something is undecided: a command, a request of ours, an
    introduction; `muted` if the person is called for nobody. `connecting_since` and `retry` are
    when the present try to reach the server began, and when the next one begins."""

    now: float
    server: str
    name: str | None = None
    wanted: str | None = None
    presence: Presence = "connecting"
    identity: Identity = "none"
    key: bytes = b""
    server_key: bytes = b""
    server_failure: str = ""
    connecting_since: float | None = None
    retry: float | None = None
    awaited: Awaited | None = None
    asking_us: tuple[Asks, ...] = ()
    asked: tuple[Asked, ...] = ()
    conversations: tuple[ConversationState, ...] = ()
    again: str | None = None
    busy: bool = False
    hears: Hears = "everyone"
    stays: bool = False
    muted: bool = False
    people: tuple[Person, ...] = ()
    transfers: tuple[TransferState, ...] = ()

    def conversation(self, id: bytes | None) -> ConversationState | None:
        """The one with this id; for None the only one, or None where there are several."""
        if id is None:
            return self.conversations[0] if len(self.conversations) == 1 else None
        return next((each for each in self.conversations if each.id == id), None)

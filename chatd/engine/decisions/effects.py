"""What the client's machine wants done; `chatd.engine.session` does it."""

from dataclasses import dataclass

from chatd.engine.decisions.events import Event
from chatd.store.past import Past
from chatd.wire.close import Leaving, Reason
from chatd.wire.server import FromClient, Go


@dataclass(frozen=True)
class Show:
    """Tell the person."""

    event: Event


@dataclass(frozen=True)
class Send:
    """Send a message to the server."""

    message: FromClient


@dataclass(frozen=True)
class Connect:
    """Dial the server, and go on until it answers; `soon` is after a conversation."""

    soon: bool


@dataclass(frozen=True)
class CloseServer:
    """End the server link with this reason; None hangs up without a word."""

    reason: Reason | None


@dataclass(frozen=True)
class Depart:
    """Hang up at the server once what was just dialled is on its way; harmless without a link."""


@dataclass(frozen=True)
class Prepare:
    """Open the listener and send our offer: OFFER as the host, ACCEPT as the guest."""

    id: bytes
    is_host: bool


@dataclass(frozen=True)
class Unprepare:
    """Close the listener and end the race, if there is one."""


@dataclass(frozen=True)
class Race:
    """Both are introduced: find a path; `secret` is that of a card, empty without one."""

    go: Go
    is_host: bool
    secret: bytes = b""


@dataclass(frozen=True)
class RaceAgain:
    """The link of the conversation is gone: find another with the same keys."""


@dataclass(frozen=True)
class Abandon:
    """The conversation without a link is given up."""


@dataclass(frozen=True)
class Say:
    """Send a text on the open conversation."""

    text: str


@dataclass(frozen=True)
class Leave:
    """End the open conversation; `at_once`, whatever is still on its way."""

    reason: Leaving
    at_once: bool = False


@dataclass(frozen=True)
class Pin:
    """Remember this person's key."""

    name: str
    key: bytes


@dataclass(frozen=True)
class UseUp:
    """A conversation was opened with the card of this secret."""

    secret: bytes


@dataclass(frozen=True)
class Remember:
    """Remember the conversation that is open, in the place of what was known of it."""

    past: Past


@dataclass(frozen=True)
class Ended:
    """Remember that the open conversation is over; if that `is_known` on the other side, forget
    it."""

    is_known: bool


@dataclass(frozen=True)
class NameHeld:
    """Remember that our profile holds this name."""

    name: str


@dataclass(frozen=True)
class Stop:
    """The client is done, with this exit status."""

    status: int


Effect = (
    Show
    | Send
    | Connect
    | CloseServer
    | Depart
    | Prepare
    | Unprepare
    | Race
    | RaceAgain
    | Abandon
    | Say
    | Leave
    | Pin
    | UseUp
    | Remember
    | Ended
    | NameHeld
    | Stop
)

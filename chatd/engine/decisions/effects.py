"""What the client's machine wants done; `chatd.engine.session` does it. And what it shows in more
than one place.

`conversation` is the other person's key (33 bytes), which stays the same while a conversation
lasts.
"""

from collections.abc import Iterable

from msgspec import Struct

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.decisions.events import Event
from chatd.engine.decisions.failures import CommandFailure
from chatd.peer.message import Message
from chatd.store.past import Past
from chatd.wire.close import Leaving, Reason
from chatd.wire.server import FromClient, Go


class Effect(Struct, frozen=True):
    """Something to be done."""


class Show(Effect, frozen=True):
    """Tell the person."""

    event: Event


class Send(Effect, frozen=True):
    """Send a message to the server."""

    message: FromClient


class Connect(Effect, frozen=True):
    """Dial the server, and go on until it answers."""


class CloseServer(Effect, frozen=True):
    """End the server link with this reason; None hangs up without a word."""

    reason: Reason | None


class Depart(Effect, frozen=True):
    """Hang up at the server once what was just dialled is on its way; harmless without a link."""


class OfConversation(Effect, frozen=True):
    """What is done in one conversation."""

    conversation: bytes


class Prepare(OfConversation, frozen=True):
    """Open the listener and send our offer: OFFER as the host, ACCEPT as the guest."""

    id: bytes
    is_host: bool


class Unprepare(OfConversation, frozen=True):
    """Close the listener of the introduction, and end its race, if there is one."""


class Race(OfConversation, frozen=True):
    """Both are introduced: find a path; `secret` is that of a card, empty without one. `beside` the
    link that there is, for a better one, or as that may be dead."""

    go: Go
    is_host: bool
    secret: bytes = b""
    beside: bool = False


class Meet(OfConversation, frozen=True):
    """Have the other side come to the server, beside the conversation."""


class FindOut(OfConversation, frozen=True):
    """The other side says at the server that its link may be dead: ask for a sign of life."""


class RaceAgain(OfConversation, frozen=True):
    """The link of the conversation is gone: find another with the same keys."""


class Abandon(OfConversation, frozen=True):
    """The conversation without a link is given up."""


class Say(OfConversation, frozen=True):
    """Send a message on the conversation."""

    message: Message


class Leave(OfConversation, frozen=True):
    """End the conversation; `at_once`, whatever is still on its way."""

    reason: Leaving
    at_once: bool = False


class Pin(Effect, frozen=True):
    """Remember this person's key."""

    name: str
    key: bytes


class UseUp(Effect, frozen=True):
    """A conversation was opened with the card of this secret."""

    secret: bytes


class Remember(Effect, frozen=True):
    """Remember this conversation, which is open, in the place of what was known of it."""

    past: Past


class Ended(Effect, frozen=True):
    """Remember that the conversation is over; if that `is_known` on the other side, forget it."""

    conversation: bytes
    is_known: bool


class NameHeld(Effect, frozen=True):
    """Remember that our profile holds this name."""

    name: str


class Stop(Effect, frozen=True):
    """The client is done, with this exit status."""

    status: int


def hold(message: Message, held: list[Message], conversation: bytes) -> Show:
    """Keep a line until the conversation opens, and say so, or that too many are kept."""
    if len(held) >= limits.HELD_LINES:
        return Show(events.NotSaid(message.text, "too-many-held", conversation=conversation))
    held.append(message)
    return Show(events.Held(message, conversation=conversation))


def failed(code: CommandFailure, *names: str) -> Show:
    """Say why not, and of whom."""
    return Show(events.CommandFailed(code, names))


def choose(code: CommandFailure, nobody: CommandFailure, names: Iterable[str]) -> Show:
    """Say which names there are to choose from, or with the code `nobody` that there are none."""
    found = sorted(names)
    return failed(code, *found) if found else failed(nobody)

"""What the client tells the person in front of it: one class per thing that can happen.

Fields hold remote text as it came; `chatd.ui.wording` makes it safe and puts it into words.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, field

from chatd.peer.conversation import Ending
from chatd.peer.message import Message
from chatd.store.contacts import Standing
from chatd.wire.server import Ending as RequestEnding
from chatd.wire.server import Refusal, RefusedCommand

Unmade = RequestEnding | Literal["server-lost", "cancelled", "not-now", "no-port-there"]
"""Why an introduction came to nothing; `no-port` is of our own."""


class Connecting(Struct, frozen=True):
    """The server is being dialled, for the `attempt`th time in a row."""

    server: str
    attempt: int


class ServerSeen(Struct, frozen=True):
    """The server's key: pinned at this moment if `first`, as expected otherwise; `known_as` is
    another address of the same server where this one is new, `names` are ours there."""

    server: str
    fingerprint: str
    first: bool
    known_as: str = ""
    names: Sequence[str] = ()


class Notice(Struct, frozen=True):
    """What the operator of the server wants people to read."""

    server: str
    text: str


class ServerAway(Struct, frozen=True):
    """The server cannot be reached or hung up; the next try comes in `seconds`."""

    server: str
    why: str
    seconds: float
    asking: list[str]


class LoggedIn(Struct, frozen=True):
    """The server knows us, under `name` if it gave us one."""

    server: str
    name: str | None
    returned: bool


class Replaced(Struct, frozen=True):
    """The same key logged in somewhere else."""


class Named(Struct, frozen=True):
    """The name is ours."""

    name: str


class Released(Struct, frozen=True):
    """The name was given back."""

    name: str


class Found(Struct, frozen=True):
    """The answer to a search."""

    name: str
    here: bool


class Refused(Struct, frozen=True):
    """The server did not carry out a command."""

    command: RefusedCommand
    name: str
    code: Refusal
    seconds: int | None


class Asking(Struct, frozen=True):
    """Our request is open; `here` is whether they are on the server now."""

    name: str
    here: bool
    seconds: int


class AskingLater(Struct, frozen=True):
    """Our request will be made as soon as the server is back."""

    name: str


class AskingEnded(Struct, frozen=True):
    """Our request came to nothing."""

    name: str
    reason: RequestEnding | Literal["cancelled"]


class RequestArrived(Struct, frozen=True):
    """Someone asks for a conversation; `resembles` is what we call somebody else whose name looks
    like theirs."""

    name: str
    fingerprint: str
    standing: Standing
    known_as: str | None
    seconds: int
    petname: str = ""
    holds_card: bool = False
    resembles: str = ""


class StaleCard(Struct, frozen=True):
    """Someone asked with a card that is not ours, or not any more; it was declined."""

    name: str


class AskedBefore(Struct, frozen=True):
    """An ask to go on with our conversation came that was answered in an earlier interruption; it
    is left open."""

    name: str


class EndedWithTheProgram(Struct, frozen=True):
    """An earlier run of the program has ended in the middle of a conversation."""

    name: str


class CardMade(Struct, frozen=True):
    """A card to give to someone: its line, what it is called, and how long it holds."""

    line: str
    id: str
    seconds: float


class RequestEnded(Struct, frozen=True):
    """A request to us is gone."""

    name: str
    reason: RequestEnding | Literal["declined-by-us"]


class KeyChanged(Struct, frozen=True):
    """A known name came with another key, and was refused."""

    name: str
    expected: str
    found: str


class OwnKey(Struct, frozen=True):
    """The server offered us ourselves, and was refused."""

    name: str


class Preparing(Struct, frozen=True):
    """The introduction is being made."""

    name: str
    is_host: bool


class PreparingFailed(Struct, frozen=True):
    """The introduction was not made; `held` are the lines typed meanwhile."""

    name: str
    why: Unmade
    held: list[str]
    detail: str = ""


class Racing(Struct, frozen=True):
    """Both have left the server and look for a path, for so many seconds: these addresses, the
    relay if there is one, or only that."""

    name: str
    candidates: list[str]
    seconds: float
    relay: bool
    relay_only: bool


INTRODUCTION = "the introduction"
"""What has failed, in `NotConnected.reasons`, where it was no address."""


class NotConnected(Struct, frozen=True):
    """No path was found; `reasons` says what was tried and why it failed."""

    name: str
    cancelled: bool
    reasons: list[tuple[str, str]]
    held: list[str]


class Talking(Struct, frozen=True):
    """The conversation is open."""

    name: str
    is_host: bool
    suite: str
    fingerprint: str
    path: str
    standing: Standing
    known_as: str | None = None
    petname: str = ""


class Said(Struct, frozen=True):
    """Our message is on its way."""

    number: int
    message: Message


class NotSaid(Struct, frozen=True):
    """Our message was not sent."""

    text: str
    why: str
    hint: str


class Held(Struct, frozen=True):
    """Our line waits for the conversation to open."""

    text: str


class Delivered(Struct, frozen=True):
    """These messages of ours were shown to the other person."""

    numbers: list[int]


class Heard(Struct, frozen=True):
    """The other person said something, so many seconds ago if that is noticeable, else 0."""

    name: str
    message: Message
    late: int = 0
    number: int = 0
    """Under which the client keeps it."""
    petname: str = ""
    """What we call them ourselves."""


class Whole(Struct, frozen=True):
    """A message that the person wants to read as a whole, bare."""

    heard: Heard


class InboxFull(Struct, frozen=True):
    """No more is taken from the other person until some of so many messages has been read."""

    name: str
    unread: int


class Leaving(Struct, frozen=True):
    """We are leaving, and wait for what is still on its way."""

    name: str
    waiting: int


class ConversationOver(Struct, frozen=True):
    """The conversation is over: by us if `ending` is None."""

    name: str
    ending: Ending | None
    detail: str
    undelivered: list[Message] = field(default_factory=list)


class Interrupted(Struct, frozen=True):
    """The link of the conversation is gone, and another one is looked for, for so many seconds."""

    name: str
    ending: Ending
    detail: str
    seconds: float


class StillAway(Struct, frozen=True):
    """There is none yet; both look for each other through the server, for so many seconds. `why`
    is what has failed on our side, '' if they just were not found."""

    name: str
    seconds: float
    why: str = ""


class CommandLater(Struct, frozen=True):
    """Our command about a name goes to the server as soon as that is back."""

    command: str
    name: str


class NameLater(Struct, frozen=True):
    """We came back too soon for our name, and ask for it again in so many seconds."""

    name: str
    seconds: int


class OnionPublished(Struct, frozen=True):
    """An onion service for the next conversation can be found."""


class OnionMissing(Struct, frozen=True):
    """There is no onion service for the next conversation, until `OnionPublished`."""

    why: str


class PortNotMapped(Struct, frozen=True):
    """The router passes no port on to us."""

    why: str


class ForwardedLeftOut(Struct, frozen=True):
    """The address of a forwarded port is not told to anybody, as the server sees us at others."""

    address: str
    places: list[str]


class Moved(Struct, frozen=True):
    """The conversation goes on over a better path, without having been interrupted."""

    name: str
    path: str


class Resumed(Struct, frozen=True):
    """The conversation goes on."""

    name: str
    path: str


class Misplaced(Struct, frozen=True):
    """A command that cannot be carried out now, and what to do instead."""

    text: str
    hint: str = ""


class Copied(str):
    """A line of our own that a person may want to copy, such as a fingerprint."""

    __slots__ = ()


class Answer(Struct, frozen=True):
    """Lines of our own that answer a command, such as `help`."""

    lines: list[str]


Event = (
    Connecting
    | ServerSeen
    | Notice
    | ServerAway
    | LoggedIn
    | Replaced
    | Named
    | Released
    | Found
    | Refused
    | Asking
    | AskingLater
    | AskingEnded
    | RequestArrived
    | StaleCard
    | AskedBefore
    | EndedWithTheProgram
    | CardMade
    | RequestEnded
    | KeyChanged
    | OwnKey
    | Preparing
    | PreparingFailed
    | Racing
    | NotConnected
    | Talking
    | Said
    | NotSaid
    | Held
    | Delivered
    | Heard
    | Whole
    | InboxFull
    | Leaving
    | ConversationOver
    | Interrupted
    | StillAway
    | Moved
    | CommandLater
    | NameLater
    | OnionPublished
    | OnionMissing
    | PortNotMapped
    | ForwardedLeftOut
    | Resumed
    | Misplaced
    | Answer
)

"""What the client tells the person in front of it: one class per thing that can happen.

Fields hold remote text as it came; `chatd.ui.wording` makes it safe and puts it into words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from chatd.peer.conversation import Ending
from chatd.peer.message import Message
from chatd.store.contacts import Standing
from chatd.wire.server import Ending as RequestEnding
from chatd.wire.server import Refusal, RefusedCommand

Unmade = RequestEnding | Literal["server-lost", "cancelled", "not-now", "no-port-there"]
"""Why an introduction came to nothing; `no-port` is of our own."""


@dataclass(frozen=True)
class Connecting:
    """The server is being dialled, for the `attempt`th time in a row."""

    server: str
    attempt: int


@dataclass(frozen=True)
class ServerSeen:
    """The server's key: pinned at this moment if `first`, as expected otherwise; `known_as` is
    another address of the same server where this one is new, `names` are ours there."""

    server: str
    fingerprint: str
    first: bool
    known_as: str = ""
    names: Sequence[str] = ()


@dataclass(frozen=True)
class Notice:
    """What the operator of the server wants people to read."""

    server: str
    text: str


@dataclass(frozen=True)
class ServerAway:
    """The server cannot be reached or hung up; the next try comes in `seconds`."""

    server: str
    why: str
    seconds: float
    asking: list[str]


@dataclass(frozen=True)
class LoggedIn:
    """The server knows us, under `name` if it gave us one."""

    server: str
    name: str | None
    returned: bool


@dataclass(frozen=True)
class Replaced:
    """The same key logged in somewhere else."""


@dataclass(frozen=True)
class Named:
    """The name is ours."""

    name: str


@dataclass(frozen=True)
class Released:
    """The name was given back."""

    name: str


@dataclass(frozen=True)
class Found:
    """The answer to a search."""

    name: str
    here: bool


@dataclass(frozen=True)
class Refused:
    """The server did not carry out a command."""

    command: RefusedCommand
    name: str
    code: Refusal
    seconds: int | None


@dataclass(frozen=True)
class Asking:
    """Our request is open; `here` is whether they are on the server now."""

    name: str
    here: bool
    seconds: int


@dataclass(frozen=True)
class AskingLater:
    """Our request will be made as soon as the server is back."""

    name: str


@dataclass(frozen=True)
class AskingEnded:
    """Our request came to nothing."""

    name: str
    reason: RequestEnding | Literal["cancelled"]


@dataclass(frozen=True)
class RequestArrived:
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


@dataclass(frozen=True)
class StaleCard:
    """Someone asked with a card that is not ours, or not any more; it was declined."""

    name: str


@dataclass(frozen=True)
class AskedBefore:
    """An ask to go on with our conversation came that was answered in an earlier interruption; it
    is left open."""

    name: str


@dataclass(frozen=True)
class EndedWithTheProgram:
    """An earlier run of the program has ended in the middle of a conversation."""

    name: str


@dataclass(frozen=True)
class CardMade:
    """A card to give to someone: its line, what it is called, and how long it holds."""

    line: str
    id: str
    seconds: float


@dataclass(frozen=True)
class RequestEnded:
    """A request to us is gone."""

    name: str
    reason: RequestEnding | Literal["declined-by-us"]


@dataclass(frozen=True)
class KeyChanged:
    """A known name came with another key, and was refused."""

    name: str
    expected: str
    found: str


@dataclass(frozen=True)
class OwnKey:
    """The server offered us ourselves, and was refused."""

    name: str


@dataclass(frozen=True)
class Preparing:
    """The introduction is being made."""

    name: str
    is_host: bool


@dataclass(frozen=True)
class PreparingFailed:
    """The introduction was not made; `held` are the lines typed meanwhile."""

    name: str
    why: Unmade
    held: list[str]
    detail: str = ""


@dataclass(frozen=True)
class Racing:
    """Both have left the server and look for a path, for so many seconds: these addresses, the
    relay if there is one, or only that."""

    name: str
    candidates: list[str]
    seconds: float
    relay: bool
    relay_only: bool


INTRODUCTION = "the introduction"
"""What has failed, in `NotConnected.reasons`, where it was no address."""


@dataclass(frozen=True)
class NotConnected:
    """No path was found; `reasons` says what was tried and why it failed."""

    name: str
    cancelled: bool
    reasons: list[tuple[str, str]]
    held: list[str]


@dataclass(frozen=True)
class Talking:
    """The conversation is open."""

    name: str
    is_host: bool
    suite: str
    fingerprint: str
    path: str
    standing: Standing
    known_as: str | None = None
    petname: str = ""


@dataclass(frozen=True)
class Said:
    """Our message is on its way."""

    number: int
    message: Message


@dataclass(frozen=True)
class NotSaid:
    """Our message was not sent."""

    text: str
    why: str
    hint: str


@dataclass(frozen=True)
class Held:
    """Our line waits for the conversation to open."""

    text: str


@dataclass(frozen=True)
class Delivered:
    """These messages of ours were shown to the other person."""

    numbers: list[int]


@dataclass(frozen=True)
class Heard:
    """The other person said something, so many seconds ago if that is noticeable, else 0."""

    name: str
    message: Message
    late: int = 0
    number: int = 0
    """Under which the client keeps it."""
    petname: str = ""
    """What we call them ourselves."""


@dataclass(frozen=True)
class Whole:
    """A message that the person wants to read as a whole, bare."""

    heard: Heard


@dataclass(frozen=True)
class InboxFull:
    """No more is taken from the other person until some of so many messages has been read."""

    name: str
    unread: int


@dataclass(frozen=True)
class Leaving:
    """We are leaving, and wait for what is still on its way."""

    name: str
    waiting: int


@dataclass(frozen=True)
class ConversationOver:
    """The conversation is over: by us if `ending` is None."""

    name: str
    ending: Ending | None
    detail: str
    undelivered: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class Interrupted:
    """The link of the conversation is gone, and another one is looked for, for so many seconds."""

    name: str
    ending: Ending
    detail: str
    seconds: float


@dataclass(frozen=True)
class StillAway:
    """There is none yet; both look for each other through the server, for so many seconds. `why`
    is what has failed on our side, '' if they just were not found."""

    name: str
    seconds: float
    why: str = ""


@dataclass(frozen=True)
class CommandLater:
    """Our command about a name goes to the server as soon as that is back."""

    command: str
    name: str


@dataclass(frozen=True)
class NameLater:
    """We came back too soon for our name, and ask for it again in so many seconds."""

    name: str
    seconds: int


@dataclass(frozen=True)
class OnionPublished:
    """An onion service for the next conversation can be found."""


@dataclass(frozen=True)
class OnionMissing:
    """There is no onion service for the next conversation, until `OnionPublished`."""

    why: str


@dataclass(frozen=True)
class PortNotMapped:
    """The router passes no port on to us."""

    why: str


@dataclass(frozen=True)
class ForwardedLeftOut:
    """The address of a forwarded port is not told to anybody, as the server sees us at others."""

    address: str
    places: list[str]


@dataclass(frozen=True)
class Moved:
    """The conversation goes on over a better path, without having been interrupted."""

    name: str
    path: str


@dataclass(frozen=True)
class Resumed:
    """The conversation goes on."""

    name: str
    path: str


@dataclass(frozen=True)
class Misplaced:
    """A command that cannot be carried out now, and what to do instead."""

    text: str
    hint: str = ""


class Copied(str):
    """A line of our own that a person may want to copy, such as a fingerprint."""

    __slots__ = ()


@dataclass(frozen=True)
class Answer:
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

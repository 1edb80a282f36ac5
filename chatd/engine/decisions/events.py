"""What the client tells the person in front of it: one class per thing that can happen.

Fields hold remote text as it came; `chatd.ui.wording` makes it safe and puts it into words.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, field

from chatd.engine.decisions.failures import CommandFailure, FilesFailure, Unsaid
from chatd.engine.snapshot import Snapshot
from chatd.engine.tags import tag
from chatd.engine.transfer_state import LeftOver, TransferState
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.store.contact import Contact, Hears, Standing
from chatd.store.safety_number import Difference
from chatd.wire.codes import Ending as RequestEnding
from chatd.wire.codes import EndOfTransfer, Refusal, RefusedCommand

Unmade = RequestEnding | Literal["server-lost", "cancelled", "not-now", "no-port-there"]
"""Why an introduction came to nothing; `no-port` is of our own."""


class Event(Struct, frozen=True, tag_field="event", tag=tag):
    """Something that happens; tagged with its name, so that it can be written as JSON and read
    again."""


class _OfName(Event, frozen=True):
    """About one name."""

    name: str


class OfConversation(Event, frozen=True, kw_only=True):
    """What happens in one conversation: that with the holder of this key (33 bytes)."""

    conversation: bytes = b""


class _With(OfConversation, frozen=True):
    """Of the conversation with whoever has this name."""

    name: str


class Connecting(Event, frozen=True):
    """The server is being dialled, for the `attempt`th time in a row."""

    server: str
    attempt: int


class ServerSeen(Event, frozen=True):
    """The server's key: pinned at this moment if `first`, as expected otherwise; `known_as` is
    another address of the same server where this one is new, `names` are ours there."""

    server: str
    fingerprint: str
    first: bool
    known_as: str = ""
    names: Sequence[str] = ()


class Notice(Event, frozen=True):
    """What the operator of the server wants people to read."""

    server: str
    text: str


class ServerAway(Event, frozen=True):
    """The server cannot be reached or hung up; the next try comes in `seconds`."""

    server: str
    why: str
    seconds: float
    asking: list[str]


class LoggedIn(Event, frozen=True):
    """The server knows us, under `name` if it gave us one."""

    server: str
    name: str | None
    returned: bool


class Replaced(Event, frozen=True):
    """The same key logged in somewhere else."""


class Named(_OfName, frozen=True):
    """The name is ours."""


class Released(_OfName, frozen=True):
    """The name was given back."""


class Found(_OfName, frozen=True):
    """The answer to a search."""

    here: bool


class Refused(Event, frozen=True):
    """The server did not carry out a command."""

    command: RefusedCommand
    name: str
    code: Refusal
    seconds: int | None


class Asking(_OfName, frozen=True):
    """Our request is open; `here` is whether they are on the server now."""

    here: bool
    seconds: int


class AskingLater(_OfName, frozen=True):
    """Our request will be made as soon as the server is back."""


class AskingEnded(_OfName, frozen=True):
    """Our request came to nothing."""

    reason: RequestEnding | Literal["cancelled"]


class RequestArrived(_OfName, frozen=True):
    """Someone asks for a conversation; `resembles` is what we call somebody else whose name looks
    like theirs."""

    fingerprint: str
    standing: Standing
    known_as: str | None
    seconds: int
    petname: str = ""
    holds_card: bool = False
    resembles: str = ""


class StaleCard(_OfName, frozen=True):
    """Someone asked with a card that is not ours, or not any more; it was declined."""


class AskedBefore(_With, frozen=True):
    """An ask to go on with our conversation came that was answered in an earlier interruption; it
    is left open."""


class EndedWithTheProgram(_OfName, frozen=True):
    """An earlier run of the program has ended in the middle of a conversation."""


class CardMade(Event, frozen=True):
    """A card to give to someone: its line, what it is called, and how long it holds."""

    line: str
    id: str
    seconds: float
    picture: bool = False
    """Whether it is wanted as a picture as well."""


class RequestEnded(_OfName, frozen=True):
    """A request to us is gone."""

    reason: RequestEnding | Literal["declined-by-us"]


class KeyChanged(_OfName, frozen=True):
    """A known name came with another key, and was refused."""

    expected: str
    found: str


class OwnKey(_OfName, frozen=True):
    """The server offered us ourselves, and was refused."""


class Preparing(_With, frozen=True):
    """The introduction is being made."""

    is_host: bool


class PreparingFailed(_With, frozen=True):
    """The introduction was not made; `held` are the messages said meanwhile."""

    why: Unmade
    held: list[Message]
    detail: str = ""


class Racing(_With, frozen=True):
    """Both have been introduced and look for a path, for so many seconds: these addresses, the
    relay if there is one, or only that. We have left the server, unless we stay there."""

    candidates: list[str]
    seconds: float
    relay: bool
    relay_only: bool
    stays: bool = False


INTRODUCTION = "the introduction"
"""What has failed, in `NotConnected.reasons`, where it was no address."""


class NotConnected(_With, frozen=True):
    """No path was found; `reasons` says what was tried and why it failed."""

    cancelled: bool
    reasons: list[tuple[str, str]]
    held: list[Message]


class Talking(_With, frozen=True):
    """The conversation is open."""

    is_host: bool
    suite: str
    fingerprint: str
    path: str
    standing: Standing
    known_as: str | None = None
    petname: str = ""


class Said(OfConversation, frozen=True):
    """Our message is on its way."""

    number: int
    message: Message


class NotSaid(OfConversation, frozen=True):
    """Our message was not sent; `why` and `hint` are an error's own words, where it has some."""

    text: str
    code: Unsaid
    why: str = ""
    hint: str = ""


class Held(OfConversation, frozen=True):
    """Our message waits for the conversation to open."""

    message: Message


class Delivered(OfConversation, frozen=True):
    """These messages of ours were shown to the other person."""

    numbers: list[int]


class Heard(_With, frozen=True):
    """The other person said something, so many seconds ago if that is noticeable, else 0."""

    message: Message
    late: int = 0
    number: int = 0
    """Under which the client keeps it."""
    petname: str = ""
    """What we call them ourselves."""


class Whole(OfConversation, frozen=True):
    """A message that the person wants to read as a whole, bare."""

    heard: Heard


class InboxFull(_With, frozen=True):
    """No more is taken from the other person until some of so many messages has been read."""

    unread: int


class Leaving(_With, frozen=True):
    """We are leaving, and wait for what is still on its way."""

    waiting: int


class ConversationOver(_With, frozen=True):
    """The conversation is over: by us if `ending` is None."""

    ending: Ending | None
    detail: str
    undelivered: list[Message] = field(default_factory=list)


class Interrupted(_With, frozen=True):
    """The link of the conversation is gone, and another one is looked for, for so many seconds."""

    ending: Ending
    detail: str
    seconds: float


class StillAway(_With, frozen=True):
    """There is none yet; both look for each other through the server, for so many seconds. `why`
    is what has failed on our side, '' if they just were not found."""

    seconds: float
    why: str = ""


class CommandLater(Event, frozen=True):
    """Our command about a name goes to the server as soon as that is back."""

    command: str
    name: str


class NameLater(_OfName, frozen=True):
    """We came back too soon for our name, and ask for it again in so many seconds."""

    seconds: int


class OnionPublished(Event, frozen=True):
    """An onion service for the next conversation can be found."""


class OnionMissing(Event, frozen=True):
    """There is no onion service for the next conversation, until `OnionPublished`."""

    why: str


class PortNotMapped(Event, frozen=True):
    """The router passes no port on to us."""

    why: str


class ForwardedLeftOut(Event, frozen=True):
    """The address of a forwarded port is not told to anybody, as the server sees us at others."""

    address: str
    places: list[str]


class Moved(_With, frozen=True):
    """The conversation goes on over a better path, without having been interrupted."""

    path: str


class Resumed(_With, frozen=True):
    """The conversation goes on."""

    path: str


class YourNames(Event, frozen=True):
    """What we have been called at this server, as no name is chosen yet."""

    server: str
    names: list[str]


class IdentitySealed(_OfName, frozen=True):
    """The identity for this name waits for its passphrase."""


class Contacts(Event, frozen=True):
    """The people known at this server."""

    contacts: list[Contact]


class Around(Event, frozen=True):
    """Who of the first contacts in the list, so many, is around."""

    names: list[str]
    looked: int


class Waiting(Event, frozen=True):
    """For whom the person waits to be around."""

    names: list[str]


class Muted(Event, frozen=True):
    """Whether the person is called to the terminal for a contact, or for anybody (None)."""

    name: str | None
    muted: bool


class Came(_OfName, frozen=True):
    """Somebody for whom the person waits is around; they are waited for no longer."""


class Nicked(_OfName, frozen=True):
    """A contact is called `petname` from now on, '' for nothing."""

    petname: str


class Forgotten(_OfName, frozen=True):
    """The key of a name is forgotten."""


class Blocked(_OfName, frozen=True):
    """Nothing more is heard of someone."""


class Unblocked(_OfName, frozen=True):
    """Someone is heard of again."""


class SafetyNumber(_OfName, frozen=True):
    """The number to compare with someone (60 digits), and whether that was done before."""

    digits: str
    verified: bool


class Verified(_OfName, frozen=True):
    """The other person has the same safety number."""


class NotVerified(_OfName, frozen=True):
    """The other person has another safety number, and what that means."""

    difference: Difference


class Hearing(Event, frozen=True):
    """Whose requests are heard from now on."""

    hears: Hears


class Staying(Event, frozen=True):
    """Whether we stay at the server while we talk, from now on."""

    stays: bool


class CardOut(Struct, frozen=True):
    """A card of ours, and how long it still holds."""

    id: str
    seconds: float


class CardGot(Struct, frozen=True):
    """A card that someone gave us, and how long it still holds."""

    name: str
    seconds: float


class Cards(Event, frozen=True):
    """The cards that hold."""

    out: list[CardOut]
    got: list[CardGot]


class CardRevoked(Event, frozen=True):
    """A card of ours is worth nothing any more."""

    id: str


class FileEntry(Struct, frozen=True):
    """One file or folder of a transfer; its size in bytes, None if that is not known."""

    path: str
    size: int | None
    is_folder: bool


class FilesGiven(OfConversation, frozen=True):
    """We have offered files: so many, of so many bytes (None: not known), the `first` of this name;
    what was left out of what the person named, and why. `number` is what a person types for it."""

    id: bytes
    number: int
    first: str
    entries: int
    size: int | None
    left_out: Sequence[tuple[str, str]] = ()


class FilesNotGiven(OfConversation, frozen=True):
    """What was to be sent under this id cannot be; `text` and `hint` are an error's own words,
    where it has some. What was left out of what the person named, and why."""

    id: bytes
    code: FilesFailure
    text: str = ""
    hint: str = ""
    left_out: Sequence[tuple[str, str]] = ()


class FilesNotTaken(OfConversation, frozen=True):
    """What is offered cannot be taken into that folder, and is still offered under this number;
    `text` are an error's own words, where it has some."""

    id: bytes
    number: int
    code: FilesFailure
    text: str = ""


class FilesOffered(OfConversation, frozen=True):
    """The other person offers files: so many, of so many bytes (None: not known), which begin with
    these. `number` is what a person types for it; `folder` is where they land as a rule of the
    person takes them, '' for none. `name` is that of whoever offers them."""

    id: bytes
    number: int
    first: str
    entries: int
    size: int | None
    listing: Sequence[FileEntry] = ()
    folder: str = ""
    name: str = ""


class FilesListed(OfConversation, frozen=True):
    """What is in one transfer: all of it, or as much as anybody reads, and how many more."""

    number: int
    listing: Sequence[FileEntry]
    more: int = 0


class TakesAlways(OfConversation, frozen=True):
    """What this person offers is taken without asking, up to so many bytes at a time; 0: nothing
    is."""

    most: int


class FilesOver(OfConversation, frozen=True):
    """Files that we gave (`ours`) or were given have ended; if `done`, with their root, and the
    `places` where they lie. So many of them were left out, as they could not be read any more, and
    so many had another size than was offered, as far as this run of the program has seen.
    `number` is what a person typed for them, 0 for nothing."""

    id: bytes
    first: str
    entries: int
    ours: bool
    why: EndOfTransfer
    root: bytes | None = None
    places: Sequence[str] = ()
    left_out: int = 0
    changed: int = 0
    number: int = 0


class FilesKnown(Event, frozen=True):
    """All files that go over, wait or are offered, by number, and what is `left_over` of transfers
    that are not known any more; `rate` is the most that is sent to each person, in bytes a second,
    None for any number."""

    transfers: Sequence[TransferState] = ()
    left_over: Sequence[LeftOver] = ()
    rate: int | None = None


class LeftOverRemoved(Event, frozen=True):
    """What was left over there is gone."""

    place: str


class FilesHeld(OfConversation, frozen=True):
    """Nothing of a transfer goes over for the moment, as the person wants it; or (not `hold`) it
    may go on."""

    number: int
    hold: bool


class FilesFirst(OfConversation, frozen=True):
    """A transfer goes before all others with the same person, in its direction."""

    number: int


class FilesLimited(Event, frozen=True):
    """Files are sent with so many bytes a second at most; None: with any number."""

    rate: int | None


class UnreadForgotten(OfConversation, frozen=True):
    """So many messages are taken for read."""

    count: int


class LinkStatus(Struct, frozen=True):
    """How a conversation is carried; `round_trip` in seconds, None before it was measured; `tried`
    is what else was tried, and why it failed."""

    path: str
    suite: str
    round_trip: float | None
    renewals: int
    sent: int
    received: int
    tried: list[tuple[str, str]]


class Carried(Struct, frozen=True):
    """A conversation that had a link: since when (seconds), how many messages are on their way, and
    its link if there is one."""

    seconds: float
    waiting: int
    link: LinkStatus | None = None


class Status(OfConversation, frozen=True):
    """Where the client is; what stands of the onion service and the router's port, '' for
    neither; and how the conversation is carried, if there is one."""

    here: Snapshot
    onion: str = ""
    port: str = ""
    carried: Carried | None = None


class CommandFailed(Event, frozen=True):
    """A command that was not carried out, or not as a whole: why, and the names or numbers that it
    is about; of "server-silent" the command and its name. `text` and `hint` are an error's own
    words, where it has some."""

    code: CommandFailure
    names: tuple[str, ...] = ()
    text: str = ""
    hint: str = ""

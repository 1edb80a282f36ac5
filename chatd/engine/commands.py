"""What a person or a program can want of a client: one class per command, data only.

Whom it is about is `name`, as the server knows them; which conversation, the other side's key
(33 bytes), which stays the same through an interruption, or None for the only one.
"""

from typing import Literal

from msgspec import Struct

from chatd.engine.tags import tag
from chatd.peer.message import TEXT
from chatd.store.contact import Hears
from chatd.transfer.manifest import FileName
from chatd.wire.codes import TransferId
from chatd.wire.fields import Kind


class Command(Struct, frozen=True, tag_field="command", tag=tag, forbid_unknown_fields=True):
    """Something wanted; tagged with its name, so that it can be written as JSON and read again."""


class _OfName(Command, frozen=True):
    """About somebody."""

    name: str


class _OfNameIfAny(Command, frozen=True):
    """About somebody, or whoever alone can be meant."""

    name: str | None = None


class _OfConversation(Command, frozen=True):
    """About one conversation, or the only one."""

    conversation: bytes | None = None


class TakeName(_OfName, frozen=True):
    """Take a name, or another one; the first decides which identity is used."""


class Unlock(Command, frozen=True):
    """The passphrase of the identity that `TakeName` found sealed; '' gives up."""

    passphrase: str

    def __repr__(self) -> str:
        return "Unlock(…)"


class ReleaseName(_OfName, frozen=True):
    """Give a name back."""


class Search(_OfName, frozen=True):
    """Ask whether someone is here."""


class Ask(_OfName, frozen=True):
    """Ask someone for a conversation, or accept their request."""


class Accept(_OfNameIfAny, frozen=True):
    """Accept a request; without a name the only one."""


class Decline(_OfNameIfAny, frozen=True):
    """Decline a request; without a name the only one."""


class Cancel(_OfNameIfAny, frozen=True):
    """Withdraw a request of ours, or stop what is being made; without a name the only one."""


class Hear(Command, frozen=True):
    """Choose whose requests are heard from now on."""

    hears: Hears


class Stay(Command, frozen=True):
    """Stay at the server while talking, or leave it for that."""

    stays: bool


class Say(Command, frozen=True):
    """Say something; `kind` is that of the message (protocol, "Conversation")."""

    text: str
    conversation: bytes | None = None
    kind: Kind = TEXT


class Leave(_OfConversation, frozen=True):
    """End a conversation, once what was said has arrived."""


class Seen(Command, frozen=True):
    """A message that came was shown to the person, as a `whole` or in part."""

    number: int
    whole: bool = True
    conversation: bytes | None = None


class ShowMessage(Command, frozen=True):
    """One message by its number, as a whole."""

    number: int
    conversation: bytes | None = None


class ShowUnread(_OfConversation, frozen=True):
    """What was not shown in a conversation, or in all of them, as much as is drawn at a time; if
    there is nothing, what was cut."""


class ForgetUnread(_OfConversation, frozen=True):
    """Take everything in a conversation, or in all of them, for read."""


class ShowStatus(_OfConversation, frozen=True):
    """Where the client is, and how a conversation is carried."""


class SendFiles(Command, frozen=True):
    """Offer files and folders, by their paths on this machine; also to somebody who is away. `id`
    is what events call the offer, random bytes; without it the client chooses."""

    paths: tuple[str, ...]
    conversation: bytes | None = None
    id: TransferId | None = None


class SendInput(Command, frozen=True):
    """Offer, `called` so, what is read once and to its end at a path of this machine, such as that
    of a pipe; otherwise as `SendFiles`."""

    path: str
    called: FileName
    conversation: bytes | None = None
    id: TransferId | None = None


class TakeFiles(Command, frozen=True):
    """Take what is offered, by its number, into a folder ('' for the usual one); without a number
    the only one."""

    transfer: int | None = None
    folder: str = ""


class TakeAlways(Command, frozen=True):
    """From now on take without asking what is offered in this conversation and has at most so many
    bytes; 0 for nothing."""

    most: int
    conversation: bytes | None = None


class EndFiles(Command, frozen=True):
    """Refuse what is offered, or cancel what goes or came in part, by its number or its `id`;
    without either the only one that is offered."""

    transfer: int | None = None
    id: TransferId | None = None


class HoldFiles(Command, frozen=True):
    """Let nothing of a transfer go over for the moment, or (not `hold`) let it go on; None for
    all."""

    transfer: int | None = None
    hold: bool = True


class HurryFiles(Command, frozen=True):
    """Let this transfer come before all others."""

    transfer: int


class LimitFiles(Command, frozen=True):
    """Send files with so many bytes a second at most, to each person, also in later runs; None for
    any number."""

    rate: int | None = None


class ShowFiles(Command, frozen=True):
    """Everything that is in one transfer, by its number."""

    transfer: int


class ListFiles(Command, frozen=True):
    """Everything that goes over, waits or is offered, and what is left over of transfers that are
    not known any more."""


class RemoveLeftOver(Command, frozen=True):
    """Remove what is left over, by the place where it lies."""

    place: str


class ListContacts(Command, frozen=True):
    """The people known at this server."""


class WaitFor(_OfNameIfAny, frozen=True):
    """Tell once when someone is around, or do not any more; without a name, for whom that is."""


class Mute(_OfNameIfAny, frozen=True):
    """Call the person to the terminal no longer for a contact, or do again; without a name for
    anybody."""


class Nick(_OfName, frozen=True):
    """Call a contact something of one's own; '' takes that away."""

    petname: str = ""


class Forget(_OfName, frozen=True):
    """Forget the key of a contact, so that the next one is taken as new."""


class Block(_OfName, frozen=True):
    """Hear nothing more of someone; whatever there is with them ends."""


class Unblock(_OfName, frozen=True):
    """Hear of someone again."""


class ShowSafetyNumber(_OfName, frozen=True):
    """The number that two people compare to know that nobody sits between them."""


class CompareSafetyNumber(_OfName, frozen=True):
    """Compare it with the 60 digits that the other person read, and remember if they are right."""

    digits: str


class MakeCard(Command, frozen=True):
    """Make an invite card; with `picture` to be shown as one."""

    picture: bool = False


class ListCards(Command, frozen=True):
    """The cards that are out, and those that were got."""


class RevokeCard(Command, frozen=True):
    """Make a card of ours worth nothing."""

    id: str


class UseCard(Command, frozen=True):
    """Take what a card says for true, and ask whoever made it."""

    line: str


class Quit(Command, frozen=True):
    """End everything; a second time without waiting. The exit status is at least this one."""

    status: Literal[0, 1] = 0

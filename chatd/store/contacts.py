"""The people known at one server: which key a name stood for, and which name a key had; and their
file."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chatd import limits
from chatd.errors import ChatdError, LocalProtocolError
from chatd.store.contact import Blocked, Contact, Judgement, KeyChanged, Known, KnownAs, New, Person
from chatd.store.documents import Document, ServerAddress
from chatd.store.lookalikes import alike
from chatd.store.moment import moment
from chatd.store.per_server import Book
from chatd.text import named

DAY = 24 * 3600


class TooManyContacts(ChatdError):
    """No room for another contact at this server."""

    text = f"you have {limits.CONTACTS} contacts at this server, and no more fit"
    hint = "forget one of them"


class UnknownContact(ChatdError):
    """There is no such contact."""

    text = "you have no contact of that name"


class Contacts:
    """The contacts at one server, in memory.

    A name stands for the key that was last introduced under it, also after that person took
    another name: who takes it over is not taken for them.
    """

    def __init__(self, contacts: Iterable[Contact] = ()) -> None:
        self._contacts = {contact.key: contact for contact in contacts}
        self._changes = 0
        self._people: tuple[int, tuple[Person, ...]] = (-1, ())

    @property
    def people(self) -> tuple[Person, ...]:
        """What they are called; the same tuple as long as nothing changes."""
        changes = self._changes  # before they are gone through: another thread may change them
        if self._people[0] != changes:
            called = tuple(Person(each.name, each.petname, each.muted) for each in self)
            self._people = (changes, called)
        return self._people[1]

    def _put(self, contact: Contact) -> None:
        self._contacts[contact.key] = contact
        self._changes += 1

    def __iter__(self) -> Iterator[Contact]:
        # A copy: it may be gone through in another thread, to be saved.
        return iter(list(self._contacts.values()))

    def __len__(self) -> int:
        return len(self._contacts)

    def judge(self, name: str, key: bytes) -> Judgement:
        """What it means that the server introduces this identity by this name."""
        contact, holder = self._contacts.get(key), self.find(name)
        if contact is not None and contact.blocked:
            return Blocked()
        if holder is not None and holder.key != key:
            return KeyChanged(holder.key)
        if contact is None:
            return New(self._resembled(name, key))
        verified = contact.verified is not None
        if contact.name == name:
            return Known(verified, contact.petname)
        return KnownAs(contact.name, verified, contact.petname, self._resembled(name, key))

    def _resembled(self, name: str, key: bytes) -> str:
        """What we call somebody else whose name, or whom we call something, that looks so."""
        others = (contact for contact in self._contacts.values() if contact.key != key)
        for other in others:
            if any(alike(name, called) for called in (*other.names, other.petname)):
                return named(other.name, other.petname)
        return ""

    def record(self, name: str, key: bytes, now: float) -> None:
        """Remember that they belong together, from now on or still.

        Raises `TooManyContacts`, and `LocalProtocolError` where `judge` says `KeyChanged`.
        """
        holder = self.find(name)
        if holder is not None and holder.key != key:
            raise LocalProtocolError("a changed key is never recorded")
        contact = self._contacts.get(key)
        if contact is None and len(self._contacts) >= limits.CONTACTS:
            raise TooManyContacts
        contact = contact or Contact(key, [], moment(now))
        self._put(_renamed(contact, [*_without(contact, name), name]))

    def talk(self, name: str, key: bytes, now: float) -> None:
        """Remember also that a conversation with them begins, to the day; raises as `record`."""
        self.record(name, key, now)
        self._change(self._contacts[key], talked=moment(now - now % DAY))

    def verify(self, key: bytes, now: float) -> None:
        """Remember that the safety number was compared; raises `UnknownContact`."""
        self._change(self._contacts.get(key), verified=moment(now))

    def block(self, name: str, key: bytes | None, now: float) -> Contact:
        """Hear nothing more of whoever has this name, or of `key`, which comes under it; returns
        who that is.

        Raises `UnknownContact`, and as `record`.
        """
        # Somebody who is blocked already keeps the names that they have.
        if key is not None and isinstance(self.judge(name, key), New | Known | KnownAs):
            self.record(name, key, now)
        return self._change(self.find(name), blocked=True)

    def unblock(self, name: str) -> None:
        """Hear of them again; raises `UnknownContact`."""
        self._change(self.find(name), blocked=False)

    def mute(self, name: str, *, muted: bool) -> None:
        """Be called to the terminal for them no longer, or again; raises `UnknownContact`."""
        self._change(self.find(name), muted=muted)

    def nick(self, name: str, petname: str) -> None:
        """Call them something of our own, shown beside their name; '' for nothing.

        `petname` is safe text of at most `limits.PETNAME` characters. Raises `UnknownContact`.
        """
        self._change(self.find(name), petname=petname)

    def forget(self, name: str) -> None:
        """Let the name stand for nobody; raises `UnknownContact`.

        The contact goes if that is its name; under a former name only the former name goes.
        """
        contact = self.find(name)
        if contact is None:
            raise UnknownContact
        if contact.name == name:
            del self._contacts[contact.key]
            self._changes += 1
        else:
            self._put(_renamed(contact, _without(contact, name)))

    def _change(self, contact: Contact | None, **fields: Any) -> Contact:
        if contact is None:
            raise UnknownContact
        changed = msgspec.structs.replace(contact, **fields)
        self._put(changed)
        return changed

    def find(self, name: str) -> Contact | None:
        """Whom this name stands for."""
        return next((contact for contact in self if name in contact.names), None)


def _without(contact: Contact, name: str) -> list[str]:
    return [known for known in contact.names if known != name]


def _renamed(contact: Contact, names: list[str]) -> Contact:
    return msgspec.structs.replace(contact, names=names[-limits.CONTACT_NAMES :])


_AtServer = Annotated[list[Contact], Meta(max_length=limits.CONTACTS)]


class _Document(Document, frozen=True):
    servers: dict[ServerAddress, _AtServer]


def contact_book(path: Path) -> Book[Contacts]:
    """Those of one profile at all its servers, and their file; raises `StorageError`."""
    return Book(path, "contacts", _Document, Contacts, list)

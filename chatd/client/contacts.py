"""The people known at one server: which key a name stood for, and which name a key had."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from chatd import limits
from chatd.client.documents import Moment, moment
from chatd.errors import ChatdError, LocalProtocolError
from chatd.wire.fields import Key, Name


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person: a key, and the names that it was introduced under, the last one last."""

    key: Key
    names: Annotated[list[Name], Meta(min_length=1, max_length=limits.CONTACT_NAMES)]
    first_seen: Moment

    @property
    def name(self) -> str:
        """What it was last introduced as."""
        return self.names[-1]


@dataclass(frozen=True)
class New:
    """Neither the name nor the key has been seen."""


@dataclass(frozen=True)
class Known:
    """The name and the key belong together."""


@dataclass(frozen=True)
class KnownAs:
    """The key is known, and was last introduced as `name`."""

    name: str


@dataclass(frozen=True)
class KeyChanged:
    """The name stands for another key, `expected`; to be refused."""

    expected: bytes


Judgement = New | Known | KnownAs | KeyChanged


class TooManyContacts(ChatdError):
    """No room for another contact at this server."""

    text = f"you have {limits.CONTACTS} contacts at this server, and no more fit"
    hint = "forget one of them"


class UnknownContact(ChatdError):
    """There is no such contact to forget."""

    text = "you have no contact of that name"


class Contacts:
    """The contacts at one server, in memory.

    A name stands for the key that was last introduced under it, also after that person took
    another name: who takes it over is not taken for them.
    """

    def __init__(self, contacts: Iterable[Contact] = ()) -> None:
        self._contacts = {contact.key: contact for contact in contacts}

    def __iter__(self) -> Iterator[Contact]:
        # A copy: it may be gone through in another thread, to be saved.
        return iter(list(self._contacts.values()))

    def __len__(self) -> int:
        return len(self._contacts)

    def judge(self, name: str, key: bytes) -> Judgement:
        """What it means that the server introduces this identity by this name."""
        holder = self._holder(name)
        if holder is not None and holder.key != key:
            return KeyChanged(holder.key)
        contact = self._contacts.get(key)
        if contact is None:
            return New()
        return Known() if contact.name == name else KnownAs(contact.name)

    def record(self, name: str, key: bytes, now: float) -> None:
        """Remember that they belong together, from now on or still.

        Raises `TooManyContacts`, and `LocalProtocolError` where `judge` says `KeyChanged`.
        """
        if isinstance(self.judge(name, key), KeyChanged):
            raise LocalProtocolError("a changed key is never recorded")
        contact = self._contacts.get(key)
        if contact is None and len(self._contacts) >= limits.CONTACTS:
            raise TooManyContacts
        contact = contact or Contact(key, [], moment(now))
        self._contacts[key] = _renamed(contact, [*_without(contact, name), name])

    def forget(self, name: str) -> None:
        """Let the name stand for nobody; raises `UnknownContact`.

        The contact goes if that is its name; under a former name only the former name goes.
        """
        contact = self._holder(name)
        if contact is None:
            raise UnknownContact
        if contact.name == name:
            del self._contacts[contact.key]
        else:
            self._contacts[contact.key] = _renamed(contact, _without(contact, name))

    def _holder(self, name: str) -> Contact | None:
        return next((contact for contact in self if name in contact.names), None)


def _without(contact: Contact, name: str) -> list[str]:
    return [known for known in contact.names if known != name]


def _renamed(contact: Contact, names: list[str]) -> Contact:
    return msgspec.structs.replace(contact, names=names[-limits.CONTACT_NAMES :])

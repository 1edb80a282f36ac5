"""What is known of a person: a contact, what it means who comes under a name, and who is heard."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from chatd import limits
from chatd.store.moment import Moment
from chatd.wire.fields import Key, Name

Hears = Literal["everyone", "cards", "contacts"]
"""Whom a person hears when somebody asks."""
CHOICES: tuple[Hears, ...] = get_args(Hears)


class Contact(Struct, frozen=True, forbid_unknown_fields=True):
    """A person: a key, and the names that it was introduced under, the last one last; when its
    safety number was compared, whether its requests are ignored, what we call it ourselves, on
    which day a conversation with it last began, in UTC, and whether it calls us to the terminal."""

    key: Key
    names: Annotated[list[Name], Meta(min_length=1, max_length=limits.CONTACT_NAMES)]
    first_seen: Moment
    verified: Moment | None = None
    blocked: bool = False
    petname: Annotated[str, Meta(max_length=limits.PETNAME)] = ""
    talked: Moment | None = None
    muted: bool = False

    @property
    def name(self) -> str:
        """What it was last introduced as."""
        return self.names[-1]


class Person(Struct, frozen=True):
    """What a contact is called: its name, and what we call it ourselves; and whether it calls us
    to the terminal, or is `muted`."""

    name: str
    petname: str
    muted: bool = False


class New(Struct, frozen=True):
    """Neither the name nor the key has been seen; `resembles` is what we call somebody else whose
    name looks like this one, '' for nobody."""

    resembles: str = ""


class Known(Struct, frozen=True):
    """The name and the key belong together; `verified` if the safety number was compared."""

    verified: bool = False
    petname: str = ""


class KnownAs(Struct, frozen=True):
    """The key is known, and was last introduced as `name`; `resembles` as in `New`."""

    name: str
    verified: bool = False
    petname: str = ""
    resembles: str = ""


class Blocked(Struct, frozen=True):
    """The key is known, and the person wants to hear nothing of it."""


class KeyChanged(Struct, frozen=True):
    """The name stands for another key, `expected`; to be refused."""

    expected: bytes


Judgement = New | Known | KnownAs | KeyChanged | Blocked

Standing = Literal["new", "known", "verified"]


def standing(judged: Judgement) -> Standing:
    """The word for it that stands beside a name."""
    if isinstance(judged, Known | KnownAs):
        return "verified" if judged.verified else "known"
    return "new"


def resembled(judged: Judgement) -> str:
    """What we call somebody else whose name looks like this one, '' for nobody."""
    return judged.resembles if isinstance(judged, New | KnownAs) else ""


def petname(judged: Judgement) -> str:
    """What we call them ourselves, '' for nothing."""
    return judged.petname if isinstance(judged, Known | KnownAs) else ""


def is_heard(hears: Hears, judged: Judgement, *, holds_card: bool) -> bool:
    """Whether a request of somebody is to be shown; a key that changed always is, loudly."""
    match judged:
        case Known() | KnownAs():
            return True
        case New():
            return hears == "everyone" or (hears == "cards" and holds_card)
    return True

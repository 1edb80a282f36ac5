"""Who was verified and who is blocked."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile import HOSTILE

from chatd import limits
from chatd.store.contact import Blocked, KeyChanged, Known, KnownAs, New, standing
from chatd.store.contacts import Contacts, TooManyContacts, UnknownContact, contact_book
from chatd.text import named, safe_line

ALICE, BOB = b"\x01" + b"a" * 32, b"\x01" + b"b" * 32


def known() -> Contacts:
    """Contacts with one person."""
    contacts = Contacts()
    contacts.record("bob", BOB, 1.0)
    return contacts


def test_verified_belongs_to_the_key() -> None:
    """It stays under a new name, and does not pass to another key of the old one."""
    contacts = known()
    contacts.verify(BOB, 2.0)
    assert contacts.judge("bob", BOB) == Known(verified=True)
    assert contacts.judge("robert", BOB) == KnownAs("bob", verified=True)
    assert standing(contacts.judge("robert", BOB)) == "verified"
    contacts.record("robert", BOB, 3.0)
    assert contacts.judge("robert", BOB) == Known(verified=True)
    assert contacts.judge("bob", ALICE) == KeyChanged(BOB)


def test_a_petname_belongs_to_the_key(tmp_path: Path) -> None:
    """It stays under a new name and on disk, in any script, and goes when it is emptied."""
    book = contact_book(tmp_path / "contacts.json")
    contacts = book.at("localhost:1712")
    contacts.record("bob", BOB, 1.0)
    contacts.nick("bob", "Бобик 🐶")
    contacts.record("robert", BOB, 2.0)
    book.save()
    again = contact_book(tmp_path / "contacts.json").at("localhost:1712")
    assert again.judge("robert", BOB) == Known(petname="Бобик 🐶")
    again.nick("robert", "")
    assert again.judge("robert", BOB) == Known()
    with pytest.raises(UnknownContact):
        again.nick("mallory", "x")


@pytest.mark.parametrize("petname", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_petname_is_shown_safely(petname: str) -> None:
    """Whoever is talked into pasting one gets no more than a strange name."""
    shown = named("bob", safe_line(petname, limits.PETNAME))
    assert shown.startswith("bob")
    assert len(shown) <= limits.PETNAME + len("bob () ") + 2
    assert not set(shown) & {*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u202e"}


def test_forgetting_takes_it_along() -> None:
    """The same key is new after that, and neither verified nor blocked."""
    contacts = known()
    contacts.verify(BOB, 2.0)
    contacts.block("bob", None, 2.0)
    contacts.forget("bob")
    assert contacts.judge("bob", BOB) == New()


def test_blocked_under_every_name() -> None:
    """It is the key that is blocked."""
    contacts = known()
    contacts.block("bob", None, 2.0)
    assert contacts.judge("bob", BOB) == contacts.judge("mallory", BOB) == Blocked()
    contacts.unblock("bob")
    assert contacts.judge("bob", BOB) == Known()


def test_someone_who_asks_can_be_blocked_without_being_known() -> None:
    """Their key is remembered for that."""
    contacts = Contacts()
    contacts.block("mallory", ALICE, 2.0)
    assert contacts.judge("mallory", ALICE) == Blocked()


def test_whoever_has_taken_a_known_name_is_not_blocked_in_its_place() -> None:
    """Blocking a name means the person whom we know by it."""
    contacts = known()
    contacts.block("bob", ALICE, 2.0)
    assert contacts.judge("bob", BOB) == Blocked()
    assert contacts.judge("alice", ALICE) == New()


@pytest.mark.parametrize(
    "change",
    [
        lambda contacts: contacts.verify(ALICE, 2.0),
        lambda contacts: contacts.block("alice", None, 2.0),
        lambda contacts: contacts.unblock("alice"),
    ],
)
def test_nobody_of_that_name(change: Callable[[Contacts], None]) -> None:
    """A clear error."""
    with pytest.raises(UnknownContact):
        change(known())


def test_blocking_strangers_is_bounded() -> None:
    """As contacts are."""
    contacts = Contacts()
    for number in range(limits.CONTACTS):
        contacts.record(f"n{number}", b"\x01" + number.to_bytes(32, "big"), 1.0)
    with pytest.raises(TooManyContacts):
        contacts.block("bob", BOB, 2.0)


def test_a_file_of_before_is_read(tmp_path: Path) -> None:
    """Contacts without the new fields are neither verified nor blocked, and both are stored."""
    path = tmp_path / "contacts.json"
    book = contact_book(path)
    book.at("s:1").record("bob", BOB, 1.0)
    book.save()
    stored = path.read_text()
    path.write_text(re.sub(r',\s*"(verified|blocked)": (null|false)', "", stored))
    assert path.read_text() != stored
    book = contact_book(path)
    assert book.at("s:1").judge("bob", BOB) == Known()
    book.at("s:1").verify(BOB, 5.0)
    book.at("s:1").block("bob", None, 5.0)
    book.save()
    contacts = contact_book(path).at("s:1")
    assert contacts.judge("bob", BOB) == Blocked()
    contacts.unblock("bob")
    assert contacts.judge("bob", BOB) == Known(verified=True)

"""What is known of people: the rules by which a key and a name are judged, and their file."""

from pathlib import Path

import pytest
from full_disk import Disk
from hypothesis import given, settings
from hypothesis import strategies as st

from chatd import limits
from chatd.errors import LocalProtocolError, Usage
from chatd.files import StorageError, write_private
from chatd.store.contact import KeyChanged, Known, KnownAs, New, Person
from chatd.store.contacts import Contacts, TooManyContacts, UnknownContact, contact_book

SERVER = "chat.example.org:1712"
BOB = b"\x01" * 33
CAROL = b"\x02" * 33


def known(*pairs: tuple[str, bytes]) -> Contacts:
    contacts = Contacts()
    for now, (name, key) in enumerate(pairs):
        contacts.record(name, key, now)
    return contacts


def test_nobody_is_known_at_first() -> None:
    """An unseen name with an unseen key is new, and judging it does not make it known."""
    contacts = known()
    assert contacts.judge("bob", BOB) == New()
    assert contacts.judge("bob", BOB) == New()
    assert len(contacts) == 0


def test_a_recorded_pair_is_known() -> None:
    """The same name and key belong together; recording them again changes nothing."""
    contacts = known(("bob", BOB), ("bob", BOB))
    assert contacts.judge("bob", BOB) == Known()
    [bob] = contacts
    assert (bob.names, bob.first_seen.timestamp()) == (["bob"], 0)


def test_the_day_of_the_last_conversation(tmp_path: Path) -> None:
    """No more than the day is kept, and it stays through other changes and the file."""
    book = contact_book(tmp_path / "contacts.json")
    contacts = book.at(SERVER)
    contacts.record("bob", BOB, 1)
    assert next(iter(contacts)).talked is None
    contacts.talk("bob", BOB, 5 * 86400 + 4321.5)
    contacts.record("robert", BOB, 9 * 86400)
    book.save()
    [bob] = contact_book(tmp_path / "contacts.json").at(SERVER)
    assert bob.talked is not None
    assert (bob.talked.timestamp(), bob.name) == (5 * 86400, "robert")


def test_whom_one_is_not_called_for(tmp_path: Path) -> None:
    """It is kept with the person, and told of whoever there is; nobody is muted at first."""
    book = contact_book(tmp_path / "contacts.json")
    contacts = book.at(SERVER)
    contacts.record("bob", BOB, 1)
    contacts.mute("bob", muted=True)
    book.save()
    contacts = contact_book(tmp_path / "contacts.json").at(SERVER)
    assert contacts.people == (Person("bob", "", muted=True),)
    contacts.mute("bob", muted=False)
    assert contacts.people == (Person("bob", ""),)
    with pytest.raises(UnknownContact):
        contacts.mute("carol", muted=True)


def test_a_known_key_with_a_new_name() -> None:
    """Someone with another name is known as what they were last introduced as."""
    contacts = known(("bob", BOB))
    assert contacts.judge("robert", BOB) == KnownAs("bob")
    contacts.record("robert", BOB, 1)
    assert contacts.judge("robert", BOB) == Known()
    assert contacts.judge("bob", BOB) == KnownAs("robert")


def test_a_known_name_with_another_key() -> None:
    """A name that stands for another key is refused, with the key that was expected."""
    assert known(("bob", BOB)).judge("bob", CAROL) == KeyChanged(BOB)


def test_a_name_that_looks_like_a_contact() -> None:
    """Whoever takes it is said to resemble that contact: somebody new, or known by another name."""
    contacts = known(("bob", BOB), ("carol", CAROL))
    assert contacts.judge("b0b", b"\x03" * 33) == New("bob")
    assert contacts.judge("bob_", CAROL) == KnownAs("carol", resembles="bob")
    assert contacts.judge("bob_", BOB) == KnownAs("bob")
    assert contacts.judge("rob", b"\x03" * 33) == New()


def test_a_name_that_looks_like_what_we_call_somebody() -> None:
    """The same for a former name, and for a name of our own for them."""
    contacts = known(("x77", BOB), ("bob", BOB), ("carol", CAROL))
    contacts.nick("carol", "Caro Lina")
    assert contacts.judge("x_77", b"\x03" * 33) == New("bob")
    assert contacts.judge("caro1ina", b"\x03" * 33) == New("carol (Caro Lina)")


def test_what_people_are_called() -> None:
    """The same tuple as long as nothing changes, and another one after any change."""
    contacts = known(("bob", BOB), ("carol", CAROL))
    before = contacts.people
    assert before == (Person("bob", ""), Person("carol", ""))
    assert contacts.people is before
    contacts.nick("bob", "Bobby")
    assert contacts.people == (Person("bob", "Bobby"), Person("carol", ""))
    contacts.record("caro", CAROL, 0)
    assert contacts.people[1] == Person("caro", "")
    contacts.forget("bob")
    assert contacts.people == (Person("caro", ""),)


def test_a_former_name_is_not_free() -> None:
    """Who takes over the name that someone gave up is not taken for them."""
    assert known(("bob", BOB), ("robert", BOB)).judge("bob", CAROL) == KeyChanged(BOB)


def test_a_known_key_with_the_name_of_another() -> None:
    """That the key is known does not let it take the name of another contact."""
    contacts = known(("bob", BOB), ("carol", CAROL))
    assert contacts.judge("bob", CAROL) == KeyChanged(BOB)


def test_a_changed_key_is_never_recorded() -> None:
    """Recording cannot be used to replace a pin."""
    contacts = known(("bob", BOB))
    with pytest.raises(LocalProtocolError):
        contacts.record("bob", CAROL, 1)
    assert contacts.judge("bob", BOB) == Known()
    assert contacts.judge("carol", CAROL) == New()


def test_forgetting_frees_the_name_and_the_key() -> None:
    """After forgetting, another key may have the name, and the old key is new again."""
    contacts = known(("robert", BOB), ("bob", BOB))
    contacts.forget("bob")
    assert contacts.judge("bob", CAROL) == New()
    assert contacts.judge("robert", BOB) == New()


def test_forgetting_a_former_name_keeps_the_contact() -> None:
    """Under a former name only that name is freed; the person stays known."""
    contacts = known(("bob", BOB), ("robert", BOB))
    contacts.forget("bob")
    assert contacts.judge("bob", CAROL) == New()
    assert contacts.judge("robert", BOB) == Known()


@pytest.mark.parametrize("name", ["carol", "", "\x1b[2J"])
def test_forgetting_someone_unknown_says_so(name: str) -> None:
    """A name that stands for nobody cannot be forgotten, and the text does not repeat it."""
    with pytest.raises(UnknownContact, match="no contact of that name"):
        known(("bob", BOB)).forget(name)


def test_contacts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit those who are known can still change; one more person is refused."""
    monkeypatch.setattr(limits, "CONTACTS", 2)
    contacts = known(("bob", BOB), ("carol", CAROL))
    contacts.record("robert", BOB, 3)
    with pytest.raises(TooManyContacts):
        contacts.record("dave", b"\x03" * 33, 4)
    assert len(contacts) == 2
    contacts.forget("carol")
    contacts.record("dave", b"\x03" * 33, 5)


def test_the_names_of_a_contact_are_bounded() -> None:
    """As many names as the limit are kept; with one more the oldest is free again."""
    names = [f"bob{number}" for number in range(limits.CONTACT_NAMES + 1)]
    contacts = known(*((name, BOB) for name in names[:-1]))
    assert contacts.judge(names[0], CAROL) == KeyChanged(BOB)
    contacts.record(names[-1], BOB, 0)
    assert contacts.judge(names[0], CAROL) == New()
    assert contacts.judge(names[1], CAROL) == KeyChanged(BOB)


NAMES = st.sampled_from(["alice", "bob", "carol", "dave"])
KEYS = st.sampled_from([bytes([number]) * 33 for number in range(4)])


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), NAMES, KEYS)))
def test_a_name_never_stands_for_two_keys(steps: list[tuple[bool, str, bytes]]) -> None:
    """After any introductions and forgetting, each name has one key and each key one contact."""
    contacts = Contacts()
    for forget, name, key in steps:
        if forget:
            if any(name in contact.names for contact in contacts):
                contacts.forget(name)
        elif not isinstance(contacts.judge(name, key), KeyChanged):
            contacts.record(name, key, 0)
            assert contacts.judge(name, key) == Known()
    names = [name for contact in contacts for name in contact.names]
    assert len(names) == len(set(names))
    assert len({contact.key for contact in contacts}) == len(contacts)


def test_a_book_comes_back(tmp_path: Path) -> None:
    """Saved contacts are there in the next process, apart for each server."""
    book = contact_book(tmp_path / "contacts.json")
    book.at(SERVER).record("bob", BOB, 0)
    book.at("other:1").record("bob", CAROL, 0)
    book.save()
    again = contact_book(tmp_path / "contacts.json")
    assert again.at(SERVER).judge("bob", BOB) == Known()
    assert again.at("other:1").judge("bob", CAROL) == Known()
    assert again.at("third:1").judge("bob", CAROL) == New()


def test_a_full_book_comes_back(tmp_path: Path) -> None:
    """As many contacts, and names of one, as the limits allow can be written and read."""
    book = contact_book(tmp_path / "contacts.json")
    for number in range(limits.CONTACTS):
        book.at(SERVER).record(f"n{number}", number.to_bytes(33, "big"), 0)
    for turn in range(limits.CONTACT_NAMES):
        book.at(SERVER).record(f"turn{turn}", bytes(33), 0)
    book.save()
    assert len(contact_book(tmp_path / "contacts.json").at(SERVER)) == limits.CONTACTS


def test_a_damaged_book_is_not_opened(tmp_path: Path) -> None:
    """Contacts that cannot be read stop the start, so that they are never overwritten."""
    write_private(tmp_path / "contacts.json", b"{")
    with pytest.raises(StorageError, match=r"contacts file .* is damaged"):
        contact_book(tmp_path / "contacts.json")


def test_a_failed_save_loses_nothing(tmp_path: Path, disk: Disk) -> None:
    """What could not be saved still holds, and the next save that works stores it."""
    book = contact_book(tmp_path / "contacts.json")
    book.at(SERVER).record("bob", BOB, 0)
    disk.full = True
    with pytest.raises(StorageError, match="disk is full"):
        book.save()
    assert book.at(SERVER).judge("bob", CAROL) == KeyChanged(BOB)
    disk.full = False
    book.at(SERVER).record("carol", CAROL, 0)
    book.save()
    assert len(contact_book(tmp_path / "contacts.json").at(SERVER)) == 2


@pytest.mark.parametrize("server", ["", "a\nb:1", "\ud800:1"])
def test_a_book_has_no_entry_for_strange_addresses(tmp_path: Path, server: str) -> None:
    """What cannot be an address is refused before it could spoil the file."""
    book = contact_book(tmp_path / "contacts.json")
    with pytest.raises(Usage):
        book.at(server)
    book.save()

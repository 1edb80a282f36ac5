"""Whom a person hears; whoever is not heard sees what they see of someone who does not answer."""

from pathlib import Path

import pytest
from machine_cases import BOB, CAROL, DAVE, ID, ID2, NOW, OURS, WELCOME, judge
from test_machine_cards import DATA, OneCard

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.machine import Machine
from chatd.store.contact import CHOICES, Hears
from chatd.store.documents import Damaged
from chatd.store.hearing import FILE, Hearing
from chatd.wire import server as wire


class CardOfDave(OneCard):
    """Dave, whom we do not know, holds a card of ours."""

    def behind(self, data: bytes, asker: bytes) -> bytes | None:
        return b"?" * 32 if asker == DAVE else None


def client(hears: Hears) -> Machine:
    """Logged in as alice, who hears these."""
    machine = Machine("host:1", OURS, judge, CardOfDave(), lambda: hears)
    machine.username("alice")
    machine.logged_in(WELCOME, NOW)
    return machine


@pytest.mark.parametrize(
    ("hears", "heard"),
    [
        ("everyone", ["contact", "card", "stranger"]),
        ("cards", ["contact", "card"]),
        ("contacts", ["contact"]),
    ],
)
def test_whom_one_hears(hears: Hears, heard: list[str]) -> None:
    """Contacts always, holders of a card and strangers as one likes; the others get no answer."""
    asks = {
        "contact": wire.Requested(ID, "bob", BOB, 60, None),
        "card": wire.Requested(ID, "dave", DAVE, 60, DATA),
        "stranger": wire.Requested(ID, "dave", DAVE, 60, None),
    }
    for who, message in asks.items():
        machine = client(hears)
        shown = machine.receive(message, NOW)
        assert bool(shown) == (who in heard) == bool(machine.requests.incoming)
        assert not any(isinstance(effect, do.Send) for effect in shown)


def test_whom_one_asks_is_heard() -> None:
    """Two strangers who ask each other find each other, whomever they hear."""
    machine = client("contacts")
    machine.chat("dave", NOW)
    machine.receive(wire.Requested(ID, "dave", DAVE, 60, None), NOW)
    assert machine.requests.from_name("dave") is None  # it was accepted by itself


def test_a_changed_key_is_always_said() -> None:
    """Whoever comes under the name of a contact with another key is no stranger."""
    (shown,) = client("contacts").receive(wire.Requested(ID, "bob", DAVE, 60, None), NOW)
    assert isinstance(shown, do.Show)
    assert isinstance(shown.event, e.KeyChanged)


def test_those_who_are_not_heard_take_no_place() -> None:
    """However many ask."""
    machine = client("contacts")
    for number in range(100):
        id = number.to_bytes(16, "big")
        assert machine.receive(wire.Requested(id, f"n{number}", DAVE, 60, None), NOW) == []
    assert machine.receive(wire.Requested(ID2, "carol", CAROL, 60, None), NOW)


def test_the_choice_is_kept(tmp_path: Path) -> None:
    """Everyone at first, then what was chosen last."""
    assert Hearing(tmp_path).hears == "everyone"
    for choice in reversed(CHOICES):
        Hearing(tmp_path).choose(choice)
        assert Hearing(tmp_path).hears == choice


def test_who_is_muted_and_waited_for_is_kept(tmp_path: Path) -> None:
    """Each beside the others, in files of before as well, which know nothing of them."""
    Hearing(tmp_path).choose("cards")
    Hearing(tmp_path).mute(muted=True)
    Hearing(tmp_path).wait_for(["ann", "bob"])
    kept = Hearing(tmp_path)
    assert (kept.hears, kept.muted, kept.awaited) == ("cards", True, ("ann", "bob"))
    kept.mute(muted=False)
    assert not Hearing(tmp_path).muted
    (tmp_path / FILE).write_text('{"version": 2, "hears": "contacts"}')
    old = Hearing(tmp_path)
    assert (old.hears, old.muted, old.awaited) == ("contacts", False, ())


def test_no_more_are_waited_for_than_there_may_be(tmp_path: Path) -> None:
    """A file with one more is not ours."""
    names = [f"n{number}" for number in range(limits.WAITED_FOR)]
    Hearing(tmp_path).wait_for(names)
    assert Hearing(tmp_path).awaited == tuple(names)
    kept = (tmp_path / FILE).read_text()
    (tmp_path / FILE).write_text(kept.replace('"n0"', '"n0", "more"'))
    with pytest.raises(Damaged):
        Hearing(tmp_path)

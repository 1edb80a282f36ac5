"""What goes wrong in the background is said, whatever it is."""

from types import SimpleNamespace
from typing import Any

import pytest
from simulation.story import MemoryProfiles, at_once
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from chatd.engine.decisions import events
from chatd.engine.open_profile import OpenProfile
from chatd.engine.shutdown import Shutdown
from chatd.errors import ChatdError, unforeseen
from chatd.files import StorageError
from chatd.noise.keys import REAL
from chatd.store.contact import Person


@pytest.mark.parametrize(
    ("error", "text", "hint"),
    [
        (StorageError("the disk is full", "free some"), "the disk is full", "free some"),
        (OSError(28, "No space left on device"), "the system says: no space left on device", ""),
        (OSError(24, "Too many open files"), "too many files are open", "let it open more"),
        (ZeroDivisionError("secret"), "an error inside chatd: ZeroDivisionError", "report"),
    ],
)
def test_errors_that_nobody_foresaw_are_shown(error: Exception, text: str, hint: str) -> None:
    """Ours in their own words, all others by their kind, and never by what they hold."""
    shown: list[Any] = []
    world: Any = SimpleNamespace(in_background=at_once, wall_clock=lambda: 0.0)
    profiles: Any = MemoryProfiles(REAL)
    profile = OpenProfile(profiles, world, Shutdown(Clock()), shown.append)
    profile.take(("host:1",), "alice")

    def save() -> None:
        raise error

    profiles.profile.contacts.save = save
    profile.pin("bob", b"\1" * 33)
    [told] = shown
    assert isinstance(told, events.CommandFailed)
    assert told.code == "not-remembered"
    assert told.text.startswith(text)
    assert hint in told.hint
    assert "secret" not in told.text


def test_whom_one_talks_to_is_a_contact_at_once() -> None:
    """Also while the disk has not taken it yet: `verify` right after the first words finds them."""
    world: Any = SimpleNamespace(in_background=lambda _: Deferred(), wall_clock=lambda: 0.0)
    profiles: Any = MemoryProfiles(REAL)
    profile = OpenProfile(profiles, world, Shutdown(Clock()), [].append)
    profile.take(("host:1",), "alice")
    profile.pin("bob", b"\1" * 33)
    assert profile.people == (Person("bob", ""),)


def test_what_is_remembered_is_stored_in_order() -> None:
    """A program that is killed never leaves a conversation without the name it was had under."""
    begun: list[Deferred[None]] = []

    def in_background(work: Any) -> Deferred[None]:
        begun.append(Deferred())
        return begun[-1]

    world: Any = SimpleNamespace(in_background=in_background, wall_clock=lambda: 0.0)
    profiles: Any = MemoryProfiles(REAL)
    profile = OpenProfile(profiles, world, Shutdown(Clock()), [].append)
    profile.take(("host:1",), "alice")
    profile.name_held("alice")
    profile.pin("bob", b"\1" * 33)
    profile.ended(b"\1" * 33, is_known=True)
    for number in (1, 2, 3):
        assert len(begun) == number
        begun[-1].callback(None)
    assert len(begun) == 3


def test_a_disk_that_fails_stops_nothing_behind_it() -> None:
    """What could not be stored is said, and what comes next is stored all the same."""
    begun: list[Deferred[None]] = []
    shown: list[Any] = []

    def in_background(work: Any) -> Deferred[None]:
        begun.append(Deferred())
        return begun[-1]

    world: Any = SimpleNamespace(in_background=in_background, wall_clock=lambda: 0.0)
    profiles: Any = MemoryProfiles(REAL)
    profile = OpenProfile(profiles, world, Shutdown(Clock()), shown.append)
    profile.take(("host:1",), "alice")
    profile.name_held("alice")
    profile.pin("bob", b"\1" * 33)
    begun[0].errback(StorageError("the disk is full", "free some"))
    assert shown == [
        events.CommandFailed("not-remembered", text="the disk is full", hint="free some")
    ]
    assert len(begun) == 2


def test_what_is_ours_stays_what_it_is() -> None:
    """An error with words of its own is not explained again."""
    error = ChatdError("no", "do this")
    assert unforeseen(error) is error

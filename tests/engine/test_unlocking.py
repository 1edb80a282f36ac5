"""A name whose identity is under a passphrase."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from chatd import limits
from chatd.engine import commands as c
from chatd.engine.decisions import events as e
from chatd.engine.dispatch import carry_out
from chatd.engine.unlocking import Unlocking
from chatd.store.identity_file import PassphraseNeeded
from chatd.store.sealed import Sealed, WrongPassphrase

SEALED = Sealed(bytes(32), bytes(16), 64, 1, 1, bytes(12), bytes(16))
WORD = "open sesame"


class Desk:
    """What the taking of a name needs of a session; `working` is what waits for the disk."""

    def __init__(self) -> None:
        self.profile = SimpleNamespace(
            is_there=False, unlock=self._unlock, in_background=self._in_background
        )
        self.machine = SimpleNamespace(drop_again=lambda: None)
        self.unlocking = Unlocking(self)  # type: ignore[arg-type]
        self.working: list[tuple[Callable[[], None], Callable[[], None]]] = []
        self.shown: list[e.Event] = []
        self.taken: list[str] = []
        self.failed: list[str] = []
        self.is_open = False

    def do(self, command: c.Command) -> None:
        carry_out(self, command)  # type: ignore[arg-type]

    def take_name(self, name: str) -> None:
        if name == "sealed" and not self.is_open:
            raise PassphraseNeeded(SEALED)
        self.taken.append(name)
        self.profile.is_there = True

    def show(self, event: e.Event) -> None:
        self.shown.append(event)

    def fail(self, error: Exception) -> None:
        self.failed.append(str(error))

    def tries(self, word: str) -> None:
        """A passphrase is given, and tried."""
        self.do(c.Unlock(word))
        assert self.unlocking.identity == "opening"
        for work, then in self.working:
            work()
            then()
        self.working.clear()

    def _unlock(self, sealed: Any, word: str) -> None:
        assert sealed is SEALED
        if word != WORD:
            raise WrongPassphrase
        self.is_open = True

    def _in_background(self, work: Callable[[], None], then: Callable[[], None]) -> None:
        self.working.append((work, then))


@pytest.fixture
def desk() -> Desk:
    """Somebody who has chosen the name of a sealed identity."""
    made = Desk()
    made.do(c.TakeName("sealed"))
    assert made.shown == [e.IdentitySealed("sealed")]
    assert made.unlocking.identity == "sealed"
    return made


def test_the_passphrase_takes_the_name(desk: Desk) -> None:
    """It is tried in the background, and then all is as with any name."""
    desk.tries(WORD)
    assert desk.taken == ["sealed"]
    assert desk.unlocking.identity == "open"


def test_a_wrong_one_is_asked_for_again(desk: Desk) -> None:
    """Up to three times; the third is the end of everything."""
    told = e.CommandFailed("not-unlocked", text="that is not the passphrase")
    for number in range(1, limits.PASSPHRASE_TRIES):
        desk.tries("close sesame")
        assert desk.shown[1:] == [told] * number
        assert desk.unlocking.identity == "sealed"
    desk.tries("close sesame")
    assert desk.failed == ["that is not the passphrase"]
    assert desk.taken == []


def test_giving_up_leaves_it_open_which_name(desk: Desk) -> None:
    """Another one can be taken, and three tries begin anew with the sealed one."""
    desk.tries("close sesame")
    desk.do(c.Unlock(""))
    assert desk.unlocking.identity == "none"
    desk.do(c.TakeName("alice"))
    assert desk.taken == ["alice"]


def test_what_is_no_name_is_not_taken(desk: Desk) -> None:
    """It is told with what was given, safe to show and cut, however long it is."""
    desk.do(c.TakeName("b\x1bd" + 99 * "x"))
    told = desk.shown[-1]
    assert isinstance(told, e.CommandFailed)
    assert told.code == "bad-name"
    assert "\x1b" not in told.names[0]
    assert len(told.names[0]) == 40
    assert desk.taken == []


def test_a_passphrase_that_nobody_waits_for(desk: Desk) -> None:
    """It is told so, and so is one beside the one that is being tried."""
    desk.do(c.Unlock(WORD))
    desk.do(c.Unlock(WORD))
    assert len(desk.working) == 1
    assert desk.shown[-1] == e.CommandFailed("no-passphrase-wanted")


def test_a_passphrase_is_in_no_traceback() -> None:
    """What is printed of the command does not have it."""
    assert WORD not in repr(c.Unlock(WORD))

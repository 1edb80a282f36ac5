"""The soak's own account of introductions finds who did not agree."""

import pytest
from soak.introductions import Introductions
from soak.names import Names

ID = b"i" * 16


@pytest.fixture
def introductions() -> Introductions:
    """Ann and Bob hold names, and Ann asks Bob."""
    faults: list[str] = []
    names = Names(faults)
    for who in ("ann", "bob"):
        names.claims(who, f"n-{who}")
        names.told(who, f"n-{who}")
    found = Introductions(names, faults)
    found.asks("ann", "n-bob", b"proof")
    found.asked("ann", "n-bob", ID, crossing=False)
    found.requested("bob", "n-bob", ID, "n-ann", "ann", b"proof")
    assert faults == []
    return found


def go(introductions: Introductions) -> list[str]:
    """Both are introduced; what is wrong with that."""
    introductions.going("ann", ID, "n-bob", "bob", b"bob's")
    introductions.going("bob", ID, "n-ann", "ann", b"ann's")
    return introductions._faults


def test_both_agree(introductions: Introductions) -> None:
    """Whoever said so is introduced."""
    introductions.accepts("bob", ID, b"bob's")
    introductions.accepted("ann", ID, "bob")
    introductions.offers("ann", ID, b"ann's")
    assert go(introductions) == []
    assert introductions.made == 2


@pytest.mark.parametrize("agreed", ["bob", "ann", ""])
def test_one_does_not_agree(introductions: Introductions, agreed: str) -> None:
    """Neither may be introduced then."""
    if agreed == "bob":
        introductions.accepts("bob", ID, b"bob's")
    if agreed == "ann":
        introductions.offers("ann", ID, b"ann's")
    assert len(go(introductions)) == 2


def test_withdrawn_before(introductions: Introductions) -> None:
    """What the server had read before the last part was said."""
    introductions.accepts("bob", ID, b"bob's")
    introductions.withdraws("bob", ID)
    introductions.passed("bob", ID)
    introductions.offers("ann", ID, b"ann's")
    assert "after it had been withdrawn" in go(introductions)[0]


def test_withdrawn_too_late(introductions: Introductions) -> None:
    """Messages cross."""
    introductions.accepts("bob", ID, b"bob's")
    introductions.offers("ann", ID, b"ann's")
    introductions.withdraws("ann", ID)
    introductions.withdraws("bob", ID)
    introductions.passed("bob", ID)
    assert go(introductions) == []


def test_another_offer(introductions: Introductions) -> None:
    """Offers arrive as they were written."""
    introductions.accepts("bob", ID, b"something")
    introductions.offers("ann", ID, b"ann's")
    assert go(introductions) == ["ann got an offer that bob did not make"]


def test_a_request_that_nobody_made(introductions: Introductions) -> None:
    """By its asker, its name, its proof, and whom it is for."""
    introductions.requested("bob", "n-bob", b"j" * 16, "n-ann", "ann", b"other")
    introductions.requested("bob", "n-bob", b"k" * 16, "n-eve", "ann", b"proof")
    introductions.requested("eve", "n-eve", b"l" * 16, "n-ann", "ann", b"proof")
    assert len(introductions._faults) == 3


def test_what_nobody_knows(introductions: Introductions) -> None:
    """Ends and acceptances of introductions that were never told."""
    introductions.ended("eve", ID)
    introductions.accepted("ann", ID, "eve")
    introductions.asked("eve", "n-ann", ID, crossing=True)
    assert len(introductions._faults) == 3

"""Onion addresses (Tor's rend-spec-v3, section 6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onions import OURS, THEIRS, onion

from chatd.dialling import dialable, introducible
from chatd.onion import LENGTH, dialable_onions, is_onion

KNOWN = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"
"""An address of rend-spec-v3's own examples."""


def test_an_address_of_the_standard() -> None:
    """It is one, as long as nothing of it is changed."""
    assert is_onion(KNOWN)
    assert len(KNOWN) == LENGTH


@given(st.binary(min_size=32, max_size=32))
def test_every_key_has_one(key: bytes) -> None:
    """Of version 3, and of no other."""
    assert is_onion(onion(key))
    assert not is_onion(onion(key, version=2))


@given(st.integers(0, 55), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_slip_of_the_pen_is_noticed(place: int, letter: str) -> None:
    """The checksum finds every one that is tried here."""
    changed = OURS[:place] + letter + OURS[place + 1 :]
    assert is_onion(changed) == (changed == OURS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".onion",
        "expyuzz4wqqyqhjn.onion",
        OURS.upper(),
        OURS.removesuffix(".onion"),
        "www." + OURS,
        OURS + ".",
        "0" + OURS[1:],
        "\x1b[2J" + OURS[4:],
        "é" + OURS[1:],
    ],
)
def test_what_looks_like_one(text: str) -> None:
    """Another version, another spelling, a name inside it, or letters that are none."""
    assert not is_onion(text)


@given(st.text(max_size=70))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing is raised."""
    is_onion(text)
    is_onion(text[:56] + ".onion")


def test_a_server_passes_them_on() -> None:
    """They say nothing of where anybody is."""
    assert introducible([(OURS, 1712)], [], ["127.0.0.1"]) == [(OURS, 1712)]
    assert introducible([(OURS[:-7] + "x.onion", 1712)], ["8.8.8.8"], ["8.8.8.8"]) == []


def test_whoever_is_not_behind_tor_does_not_dial_them() -> None:
    """A name would be looked up, and a resolver would learn it."""
    dialled, refused = dialable(
        [(OURS, 1712)], server_is_loopback=True, mine=["127.0.0.1"], theirs=[(OURS, 1)], own=[]
    )
    assert dialled == []
    assert {candidate[0] for candidate, _ in refused} == {OURS}
    assert all("only chat --tor" in why for _, why in refused)


def test_behind_tor_nothing_else_is_dialled() -> None:
    """No address, no other name, not oneself; and what is refused is safe to show."""
    offered = [
        ("127.0.0.1", 1),
        ("8.8.8.8", 1),
        (OURS, 1),
        (THEIRS, 1),
        (THEIRS, 1),
        ("\x1b[2J", 1),
    ]
    dialled, refused = dialable_onions(offered, own=OURS)
    assert dialled == [(THEIRS, 1)]
    assert len(refused) == 4
    assert "\x1b" not in str(refused)

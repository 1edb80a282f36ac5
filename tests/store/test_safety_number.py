"""Safety numbers (protocol, "Safety numbers")."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from hypothesis import given
from hypothesis import strategies as st

from chatd.store import safety_number

ALICE, BOB, CAROL = (b"\x01" + letter * 32 for letter in (b"a", b"b", b"c"))
DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol" / "cards-and-proofs.md"


@pytest.mark.parametrize(("identity", "byte"), [(ALICE, "61"), (BOB, "62")])
def test_the_digits_are_those_of_the_document(identity: bytes, byte: str) -> None:
    """Computed by another library, and written down for others to compare with."""
    data = PBKDF2HMAC(SHA256(), 30, b"chatd/1 safety number", 100_000).derive(identity)
    groups = [int.from_bytes(data[i : i + 5], "big") % 100_000 for i in range(0, 30, 5)]
    digits = " ".join(f"{group:05}" for group in groups)
    assert safety_number.half(identity) == digits.replace(" ", "")
    row = re.search(rf"32 bytes `{byte}` \| `([0-9 ]+)`", DOCUMENT.read_text("utf-8"))
    assert row is not None
    assert row[1] == digits


def test_both_sides_see_the_same_number() -> None:
    """Whoever asks, and it is another for another pair."""
    assert safety_number.number(ALICE, BOB) == safety_number.number(BOB, ALICE)
    assert safety_number.number(ALICE, BOB) == safety_number.half(ALICE) + safety_number.half(BOB)
    assert safety_number.number(ALICE, CAROL) != safety_number.number(ALICE, BOB)


def test_what_is_shown_can_be_pasted() -> None:
    """In rows, in one line, with other signs between the groups."""
    digits = safety_number.number(ALICE, BOB)
    rows = safety_number.shown(digits)
    assert [len(row) for row in rows] == [17] * 4
    for text in (" ".join(rows), digits, "-".join(rows), digits[:30] + "\t" + digits[30:]):
        assert safety_number.pasted(text) == digits


@pytest.mark.parametrize(
    "text", ["", "1" * 59, "1" * 61, "x" * 60, "\N{ARABIC-INDIC DIGIT ONE}" * 60]
)
def test_what_is_no_number(text: str) -> None:
    """Too short, too long, and digits of other scripts."""
    assert safety_number.pasted(text) is None


@given(st.text(max_size=200))
def test_any_paste_is_a_number_or_none(text: str) -> None:
    """Nothing else comes of it."""
    digits = safety_number.pasted(text)
    assert digits is None or re.fullmatch(r"[0-9]{60}", digits)


def test_what_a_difference_means() -> None:
    """Who has the wrong key can be told from the half that is the same."""
    ours, theirs = ALICE, BOB
    assert safety_number.difference(safety_number.number(ALICE, BOB), ours, theirs) is None
    theirs_for_us = safety_number.number(CAROL, BOB)
    assert safety_number.difference(theirs_for_us, ours, theirs) == "their-key-for-us"
    ours_for_them = safety_number.number(ALICE, CAROL)
    assert safety_number.difference(ours_for_them, ours, theirs) == "our-key-for-them"
    assert safety_number.difference("0" * 60, ours, theirs) == "two-others"


def test_the_words_are_those_of_the_document() -> None:
    """Twenty, of which the first ten are those of the half in the document."""
    found = safety_number.words(safety_number.number(ALICE, BOB))
    assert len(found) == 20
    text = " ".join(DOCUMENT.read_text("utf-8").split())
    half = " ".join(safety_number.words(safety_number.half(ALICE) * 2)[:10])
    assert f"the first half above is `{half}`" in text


@given(st.text("0123456789", min_size=60, max_size=60))
def test_words_stand_for_the_whole_number(digits: str) -> None:
    """Each number has its own, which are read back in any case and spacing."""
    found = safety_number.words(digits)
    assert safety_number.pasted("  ".join(found).upper()) == digits


def test_a_slip_in_words_is_noticed() -> None:
    """A wrong word makes it another number, and mostly none; so does one too few or no word."""
    found = safety_number.words(safety_number.number(ALICE, BOB))
    noticed = 0
    for at in range(20):
        slip = [*found[:at], "zoo" if found[at] != "zoo" else "abandon", *found[at + 1 :]]
        read = safety_number.pasted(" ".join(slip))
        assert read != safety_number.number(ALICE, BOB)
        noticed += read is None
    assert noticed >= 12
    assert safety_number.pasted(" ".join(found[:-1])) is None
    assert safety_number.pasted(" ".join(["chatd", *found[1:]])) is None

"""Invite cards as lines (protocol, "Invite cards")."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chatd import limits
from chatd.store.card import BadCard, Card, is_whole, read, write
from chatd.store.card_prefix import PREFIX, is_card

CARD = Card(
    "chat.example.org:1712",
    True,
    b"\x01" + b"s" * 32,
    "alice",
    b"\x01" + b"a" * 32,
    b"?" * 32,
    1_800_000_000,
)


def sealed(body: bytes) -> str:
    """A card with a right checksum over any body."""
    data = body + hashlib.sha256(body).digest()[:4]
    return PREFIX + base64.urlsafe_b64encode(data).decode().rstrip("=")


def body(card: Card = CARD) -> bytes:
    """What is under the checksum of a card."""
    text = write(card).removeprefix(PREFIX)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[:-4]


def test_a_card_is_what_the_document_says() -> None:
    """Its bytes, put together by hand."""
    fixed = b"\x01\x01" + (1_800_000_000).to_bytes(4, "big") + CARD.server_key + CARD.identity
    texts = b"\x00\x05alice" + b"\x00\x15chat.example.org:1712"
    assert write(CARD) == sealed(fixed + CARD.secret + texts)


@pytest.mark.parametrize("card", [CARD, replace(CARD, tls=False, server="[::1]:1", name="b")])
def test_what_was_written_can_be_read(card: Card) -> None:
    """It is one line without spaces, and fits into a QR code."""
    line = write(card)
    assert read(line) == card
    assert line.split() == [line]
    assert is_card(line)
    assert len(line) < 300


@given(
    st.integers(20, 100), st.sampled_from(["chat.example.org:1712", "a.example:1", "[::1]:65535"])
)
def test_rows_are_waited_for_until_it_is_whole(columns: int, server: str) -> None:
    """Whatever the width at which it was broken, and no longer."""
    line = write(replace(CARD, server=server))
    rows = [line[at : at + columns] + "\n" for at in range(0, len(line), columns)]
    for count in range(1, len(rows)):
        assert not is_whole("".join(rows[:count]))
    assert is_whole("".join(rows))
    assert read("".join(rows)) == replace(CARD, server=server)


@pytest.mark.parametrize(
    "rows",
    [
        "hello\n",
        PREFIX + "\n",
        PREFIX + "####\n",
        PREFIX + "ZZZZ\n",
        PREFIX + "A" * (limits.CARD + 1) + "\n",
        write(CARD)[:80] + "\n\n",
        write(CARD)[:80] + "\nhello, you\n",
    ],
)
def test_what_becomes_no_card_is_not_waited_for(rows: str) -> None:
    """Other words, another version, too much of it, or an empty row."""
    assert is_whole(rows)


def test_a_terminal_may_have_broken_it() -> None:
    """Line breaks, spaces, our own gutter and a prefix of plain output are passed over."""
    line = write(CARD)
    broken = "\n┆ ".join(line[at : at + 40] for at in range(0, len(line), 40))
    assert read(f"  * {broken} \r\n") == CARD


@given(st.integers(0, 210), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_wrong_character_is_found(at: int, char: str) -> None:
    """Whatever differs is refused, or reads as the same."""
    line = write(CARD)
    changed = line[:at] + char + line[at + 1 :]
    try:
        assert read(changed) == CARD
    except BadCard:
        assert changed != line


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        body()[:-1],
        body() + b"\0",
        b"\x02" + body()[1:],
        b"\x01\x02" + body()[2:],
        body().replace(b"\x00\x05alice", b"\x00\x05al ce"),
        body().replace(b"\x00\x05alice", b"\x00\x00"),
        body().replace(b"\x00\x15chat.", b"\xff\x15chat."),
        body().replace(b"chat.", b"ch\x1b[."),
        body().replace(b"chat.", b"\xff\xff\xff\xff\xff"),
    ],
)
def test_a_forged_card_is_refused(bad: bytes) -> None:
    """A right checksum does not make a card of it."""
    with pytest.raises(BadCard):
        read(sealed(bad))


@given(st.text(max_size=300))
def test_any_text_is_a_card_or_none(text: str) -> None:
    """Nothing else comes of it."""
    with pytest.raises(BadCard):
        read(PREFIX + text)


def test_a_text_without_an_end_is_not_decoded() -> None:
    """More than the longest card is refused as it is."""
    with pytest.raises(BadCard):
        read(PREFIX + "A" * (limits.CARD + 1))

"""Tokens for the door (protocol, "Tokens"); values are in test_wire_values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.wire.seeds import Seeds
from chatd.wire.token import DOOR, LASTING, NAMED, Token, seal, unseal

EPOCH = limits.EPOCH_SECONDS
NOW = 10.5 * EPOCH
WHO = b"\x01" + b"w" * 32
SEEDS = Seeds(6, bytes(32))


def token(number: int = 7, identity: bytes = WHO) -> Token:
    """One of someone's."""
    return Token(LASTING, 0x01020304, number, identity)


def test_it_opens_to_what_it_was_made_of() -> None:
    """With the epoch in which that was."""
    assert unseal(SEEDS, NOW, seal(SEEDS, NOW, token())) == (token(), 10)
    assert len(seal(SEEDS, NOW, token())) == limits.DOOR == DOOR


@given(st.integers(0, limits.DOOR * 8 - 1))
def test_no_bit_of_it_can_be_changed(bit: int) -> None:
    """Rank, run, number and identity are all covered."""
    changed = bytearray(seal(SEEDS, NOW, token()))
    changed[bit // 8] ^= 1 << bit % 8
    assert unseal(SEEDS, NOW, bytes(changed)) is None


@given(st.binary(max_size=100))
def test_anything_else_is_nothing(data: bytes) -> None:
    """Whatever the length."""
    assert unseal(SEEDS, NOW, data) is None


@pytest.mark.parametrize(
    ("later", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_it_is_good_in_its_epoch_and_the_next(later: int, good: bool) -> None:
    """And in the one before, for whoever has another date."""
    opened = unseal(SEEDS, NOW + later * EPOCH, seal(SEEDS, NOW, token()))
    assert (opened is not None) == good


def test_another_server_does_not_take_it() -> None:
    """It is good under its own seed only."""
    assert unseal(Seeds(6, bytes(range(32))), NOW, seal(SEEDS, NOW, token())) is None


def test_nothing_tells_two_visits_of_one_from_those_of_two() -> None:
    """In a recording of 1,000 visits of two people no place has a byte that comes more often than
    chance has it, or that two of one person share more often than two of both."""
    other = b"\x01" + b"o" * 32
    visits = [seal(SEEDS, NOW, token(number, (WHO, other)[number % 2])) for number in range(1000)]
    assert len(set(visits)) == len(visits)
    for place in range(limits.DOOR):
        for step in (1, 2):
            pairs = zip(visits, visits[step:], strict=False)
            assert sum(a[place] == b[place] for a, b in pairs) < 25  # 4 by chance
        counts = [sum(each[place] == value for each in visits) for value in range(256)]
        assert max(counts) < 25


def test_ranks_are_in_order() -> None:
    """The higher goes first."""
    assert 0 < NAMED < LASTING

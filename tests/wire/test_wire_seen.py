"""Where the server sees a client (protocol, "Where the server sees a client")."""

from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.wire.place import pack, unpack
from chatd.wire.seeds import Seeds
from chatd.wire.seen import BadVoucher, commitment, mask, unmask, vouch, vouched

EPOCH = limits.EPOCH_SECONDS
NOW = 10.5 * EPOCH
SEEDS = Seeds(6, bytes(32))
PLACE = ("2a01:4f8::5", 41234)
RANDOM = bytes(range(16))


@pytest.mark.parametrize(
    "place", [("203.0.113.5", 41234), PLACE, ("::1", 1), ("0.0.0.0", 65535), ("::2", 0), None]
)
def test_a_masked_place_is_read_back(place: tuple[str, int] | None) -> None:
    """IPv4 in its own form, and nothing where the server does not know."""
    assert unmask(mask(bytes(16), place)) == place
    assert len(mask(bytes(16), place)) == limits.SEEN


def test_an_address_is_not_found_in_what_passes() -> None:
    """A router that rewrites its own address wherever it stands does not find it, nor zeros."""
    for number in range(100):
        nonce = number.to_bytes(16)
        assert bytes((203, 0, 113, 5)) not in mask(nonce, ("203.0.113.5", 41234))
        assert bytes(4) not in mask(nonce, None)[16:]


@given(st.binary(min_size=34, max_size=34))
def test_whatever_is_masked_is_a_place(data: bytes) -> None:
    """A server can write any 34 bytes; they are an address in text form and a port, or nothing."""
    place = unmask(data)
    assert pack(place) == pack(unpack(pack(place)))


@pytest.mark.parametrize(
    "place",
    [
        ("1.2.3.4.5", 1),
        ("1.2.3", 1),
        ("01.2.3.4", 1),
        ("1.2.3.256", 1),
        (" 1.2.3.4", 1),
        ("+1.2.3.4", 1),
        ("", 1),
        ("::1", 65536),
        ("::1", -1),
    ],
)
def test_what_is_no_place_is_not_packed(place: tuple[str, int]) -> None:
    """An address in text form and a port."""
    with pytest.raises(ValueError, match=r"."):
        pack(place)


def voucher(now: float = NOW) -> bytes:
    """For whoever knows RANDOM."""
    return vouch(SEEDS, now, PLACE, commitment(RANDOM))


def test_a_voucher_says_where_its_owner_was_seen() -> None:
    """It is shown with the bytes behind its commitment."""
    assert vouched(SEEDS, NOW, voucher(), RANDOM) == PLACE
    assert len(voucher()) == limits.VOUCHER


@given(st.binary(min_size=16, max_size=16).filter(lambda data: data != RANDOM))
def test_a_copied_voucher_is_of_no_use(other: bytes) -> None:
    """Whoever saw it on its way, or was given it by somebody else, does not know what it is for."""
    with pytest.raises(BadVoucher):
        vouched(SEEDS, NOW, voucher(), other)


@given(st.integers(0, limits.VOUCHER * 8 - 1))
def test_no_bit_of_a_voucher_can_be_changed(bit: int) -> None:
    """Address, port, time and code are all covered."""
    changed = bytearray(voucher())
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadVoucher):
        vouched(SEEDS, NOW, bytes(changed), RANDOM)


@pytest.mark.parametrize(
    ("later", "good"), [(-61, False), (-60, True), (0, True), (60, True), (61, False)]
)
def test_a_voucher_is_good_for_a_minute(later: int, good: bool) -> None:
    """Before and after, as others have other clocks."""
    made = voucher(int(NOW))
    with nullcontext() if good else pytest.raises(BadVoucher):
        assert vouched(SEEDS, int(NOW) + later, made, RANDOM) == PLACE


def test_the_end_of_an_epoch_does_not_matter() -> None:
    """One that was asked for just before is taken just after."""
    made = voucher(11 * EPOCH - 1)
    assert vouched(SEEDS, 11 * EPOCH + 1, made, RANDOM) == PLACE


def test_another_server_does_not_take_it() -> None:
    """It is good under its own seed only."""
    with pytest.raises(BadVoucher):
        vouched(Seeds(6, bytes(range(32))), NOW, voucher(), RANDOM)

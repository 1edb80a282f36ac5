"""Prologues and the keys of an introduction, built a second time from their description."""

import hashlib
import hmac
import struct

import pytest
from msgspec.structs import replace
from wire_pairs import HOST, INTRODUCTION, OTHERS, identity

from chatd.errors import NoCommonSuite
from chatd.wire.keying import Party, common_suite, lp, renewal_prologue, server_prologue

SECRET = bytes(32)


def prefixed(*parts: bytes) -> bytes:
    """Each part behind its length."""
    return b"".join(struct.pack(">H", len(part)) + part for part in parts)


def test_the_server_prologue_binds_greeting_suite_and_door() -> None:
    """Each with its length before it, so that nothing can move from one into the next."""
    expected = b"chatd/1 server\0\0\x0bCHATD/2 gcm\0\x03cbc\0\x04door"
    assert server_prologue(b"CHATD/2 gcm", "cbc", b"door") == expected


def test_new_keys_are_bound_to_the_handshake_before() -> None:
    """The label, a zero, and its hash."""
    assert renewal_prologue(SECRET) == b"chatd/1 again\0" + SECRET


def test_a_length_is_two_bytes() -> None:
    """Up to 65,535; more cannot be said."""
    for size in (0, 1, 32_768, 65_535):
        assert lp(bytes(size)) == size.to_bytes(2) + bytes(size)
    with pytest.raises(struct.error):
        lp(bytes(65_536))


def test_the_peer_prologue_binds_all_that_was_introduced() -> None:
    """The label, a zero, and nine fields with their lengths, in their order."""
    i = INTRODUCTION
    fields = (i.server_key, i.id, b"alice", i.host.identity, b"bob", i.guest.identity)
    expected = prefixed(*fields, i.host.offer, i.guest.offer, b"gcm")
    assert i.prologue() == b"chatd/1 peer\0" + expected


@pytest.mark.parametrize("changed", OTHERS)
def test_every_part_of_an_introduction_changes_the_prologue(changed: str) -> None:
    """Nothing can differ between two people without their handshake failing."""
    assert OTHERS[changed].prologue() != INTRODUCTION.prologue()


def test_the_boundaries_of_fields_are_bound() -> None:
    """Bytes that move from one field to the next give another prologue."""
    one = Party("ab", identity(HOST), b"x", SECRET)
    other = Party("a", identity(HOST), b"x", SECRET)
    moved = replace(INTRODUCTION, id=b"i" * 15 + b"a")
    assert replace(moved, host=one).prologue() != replace(moved, host=other).prologue()


def test_psk_and_knock_are_hkdf_over_both_secrets() -> None:
    """RFC 5869 by hand: salt is the id, the input both secrets, the host's first."""
    i = INTRODUCTION
    extracted = hmac.digest(i.id, i.host.secret + i.guest.secret, hashlib.sha256)
    first = hmac.digest(extracted, b"chatd/1 peer\x01", hashlib.sha256)
    second = hmac.digest(extracted, first + b"chatd/1 peer\x02", hashlib.sha256)
    assert i.psk_and_knock() == (first, second[:16])


@pytest.mark.parametrize("side", ["host", "guest"])
def test_each_secret_changes_psk_and_knock(side: str) -> None:
    """Neither side alone decides the keys."""
    other = replace(INTRODUCTION, **{side: replace(getattr(INTRODUCTION, side), secret=SECRET)})
    for before, after in zip(INTRODUCTION.psk_and_knock(), other.psk_and_knock(), strict=True):
        assert before != after


def test_the_host_prefers_and_the_guest_allows() -> None:
    """The first suite of the host's list that the guest has too."""
    assert common_suite(["cbc", "gcm"], ["gcm", "cbc"]) == "cbc"
    assert common_suite(["new", "gcm"], ["gcm", "cbc"]) == "gcm"


@pytest.mark.parametrize("guests", [[], ["cbc"]])
def test_without_a_common_suite_there_is_no_link(guests: list[str]) -> None:
    """Nothing is chosen that one side does not have."""
    with pytest.raises(NoCommonSuite):
        common_suite(["gcm"], guests)

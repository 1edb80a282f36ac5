"""Tickets to the relay (protocol.md, "Tickets")."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.wire import ticket as module
from chatd.wire.ticket import BadTicket, Ticket, issue, pair_of, pseudonym, verify

KEY = bytes(range(32))
TICKET = Ticket(1_000, b"p" * 16, b"someone!", 1)


def test_a_ticket_is_what_the_document_says() -> None:
    """Its bytes, put together by hand."""
    fields = bytes.fromhex("000003e8") + b"p" * 16 + b"someone!" + b"\x01"
    mac = hmac.new(KEY, b"chatd/1 relay ticket" + fields, hashlib.sha256).digest()
    assert issue(KEY, TICKET) == fields + mac
    assert len(fields + mac) == limits.RELAY_TICKET == module.TICKET


def test_a_pair_and_a_person_are_what_the_document_says() -> None:
    """Both are pseudonyms under the key of the relay."""
    person = hmac.new(KEY, b"chatd/1 relay person" + b"who", hashlib.sha256).digest()
    pair = hmac.new(KEY, b"chatd/1 relay pair" + b"which", hashlib.sha256).digest()
    assert (pseudonym(KEY, b"who"), pair_of(KEY, b"which")) == (person[:8], pair[:16])


def test_a_ticket_is_good_until_it_runs_out() -> None:
    """The last moment is the one before its expiry."""
    assert verify(KEY, issue(KEY, TICKET), 999.9) == TICKET
    with pytest.raises(BadTicket):
        verify(KEY, issue(KEY, TICKET), 1_000)


def test_another_relay_does_not_take_it() -> None:
    """A ticket is good under its own key only."""
    with pytest.raises(BadTicket):
        verify(bytes(32), issue(KEY, TICKET), 0)


@given(st.integers(0, limits.RELAY_TICKET * 8 - 1))
def test_no_bit_of_it_can_be_changed(bit: int) -> None:
    """Expiry, pair, person, side and code are all covered."""
    changed = bytearray(issue(KEY, TICKET))
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadTicket):
        verify(KEY, bytes(changed), 0)


@given(st.binary(max_size=200))
def test_anything_else_is_refused(data: bytes) -> None:
    """Whatever the length."""
    with pytest.raises(BadTicket):
        verify(KEY, data, 0)

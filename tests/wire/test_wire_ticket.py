"""Tickets to the relay (protocol, "Tickets"); values are in test_wire_values."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chatd import limits
from chatd.wire import ticket as module
from chatd.wire.seeds import Seeds
from chatd.wire.ticket import GUEST, HOST, BadTicket, OwnTicket, admit, issue, pair_of, pseudonym

EPOCH = limits.EPOCH_SECONDS
NOW = 10.5 * EPOCH
GREETING, OTHER = b"CHATD/2 relay one", b"CHATD/2 relay two"


def seeds() -> Seeds:
    """Those of a relay; the present epoch is 10."""
    return Seeds(9, bytes(range(32)))


def own(side: int = HOST, introduction: bytes = b"which", seconds: int = 60) -> OwnTicket:
    """A ticket of someone."""
    return issue(seeds(), NOW, introduction, b"who", side, seconds)


def test_it_says_to_the_relay_what_it_was_made_of() -> None:
    """Pair and person are pseudonyms under the seed of the epoch."""
    ticket, seed = admit(seeds(), NOW, own().shown(GREETING), GREETING), seeds().at(10)
    assert (ticket.side, ticket.expiry) == (HOST, int(NOW) + 60)
    assert (ticket.pair, ticket.person) == (pair_of(seed, b"which"), pseudonym(seed, b"who"))
    assert len(own().ticket) == limits.RELAY_TICKET == module.TICKET
    assert len(own().secret) == limits.RELAY_SECRET == module.SECRET
    assert len(own().shown(GREETING)) == limits.RELAY_SHOWN == module.SHOWN


def test_a_ticket_is_good_until_it_runs_out() -> None:
    """The last moment is the one before its expiry."""
    shown, end = own().shown(GREETING), int(NOW) + 60
    admit(seeds(), end - 0.1, shown, GREETING)
    with pytest.raises(BadTicket):
        admit(seeds(), end, shown, GREETING)


def test_another_relay_does_not_take_it() -> None:
    """A ticket is good under its own seed only."""
    with pytest.raises(BadTicket):
        admit(Seeds(9, bytes(32)), NOW, own().shown(GREETING), GREETING)


@given(st.integers(0, limits.RELAY_SHOWN * 8 - 1))
def test_no_bit_of_it_can_be_changed(bit: int) -> None:
    """Expiry, pair, person, side and proof are all covered."""
    changed = bytearray(own().shown(GREETING))
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(BadTicket):
        admit(seeds(), NOW, bytes(changed), GREETING)


@given(st.binary(max_size=200))
def test_anything_else_is_refused(data: bytes) -> None:
    """Whatever the length."""
    with pytest.raises(BadTicket):
        admit(seeds(), NOW, data, GREETING)


def test_what_was_said_on_one_link_is_nothing_on_another() -> None:
    """The proof is over the greeting of its own connection."""
    with pytest.raises(BadTicket):
        admit(seeds(), NOW, own().shown(GREETING), OTHER)


def test_one_side_cannot_show_the_ticket_of_the_other() -> None:
    """Each has a secret of its own, so that nobody throws the other person out."""
    copied = replace(own(GUEST), secret=own(HOST).secret)
    with pytest.raises(BadTicket):
        admit(seeds(), NOW, copied.shown(GREETING), GREETING)


def test_nothing_in_two_tickets_of_one_person_is_alike() -> None:
    """Over a thousand introductions, no two bytes at one place agree more often than chance has it,
    and a ticket of someone else is no more unlike."""
    many = [own(introduction=b"%d" % number).ticket for number in range(1000)]
    assert len(set(many)) == len(many)
    for place in range(limits.RELAY_TICKET):
        same = sum(a[place] == b[place] for a, b in pairwise(many))
        assert same < 25  # 4 by chance


@pytest.mark.parametrize(
    ("later", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_relay_with_another_date(later: int, good: bool) -> None:
    """It reads what was made in its own epoch, in the one before and in the one after."""
    theirs, now = Seeds(6, seeds_of(6)), NOW + later * EPOCH
    shown = issue(Seeds(6, seeds_of(6)), NOW, b"which", b"who", HOST, 5 * EPOCH).shown(GREETING)
    if good:
        assert admit(theirs, now, shown, GREETING).side == HOST
    else:
        with pytest.raises(BadTicket):
            admit(theirs, now, shown, GREETING)


def seeds_of(epoch: int) -> bytes:
    """The seed of an epoch from 6 on."""
    return Seeds(6, bytes(32)).at(epoch)

"""Openings compute with the primitives that they are given, and make each key pair once."""

from random import Random

from msgspec.structs import replace
from simulated.primitives import fake_primitives
from wire_pairs import DOOR, INTRODUCTION, LABELS, SEEN, accept_any, assert_joined, identity, join

from chatd.noise.keys import REAL
from chatd.wire.direct_opening import GuestSide, HostSide
from chatd.wire.early import with_kept_keys
from chatd.wire.server_opening import ClientSide, ServerSide

FAKE = fake_primitives(Random(7))
ONE, OTHER = FAKE.dh.generate_keypair(), FAKE.dh.generate_keypair()


def test_a_server_link_computes_with_what_it_is_given() -> None:
    """Both sides of a simulation have its functions, and no others would fit its keys."""
    ours = ServerSide(ONE, LABELS, lambda: SEEN, FAKE)
    theirs = ClientSide(OTHER, LABELS, accept_any, DOOR, FAKE)
    join(ours, theirs)
    assert_joined(ours, theirs)


def test_a_direct_link_computes_with_what_it_is_given() -> None:
    """Likewise."""
    known = replace(
        INTRODUCTION,
        host=replace(INTRODUCTION.host, identity=identity(ONE)),
        guest=replace(INTRODUCTION.guest, identity=identity(OTHER)),
    )
    ours = HostSide(known, ONE, lambda _: None, dialled=False, primitives=FAKE)
    theirs = GuestSide(known, OTHER, lambda: None, dialled=True, primitives=FAKE)
    join(ours, theirs)
    assert_joined(ours, theirs)


def test_kept_keys_are_made_once() -> None:
    """One pair of each kind however often it is asked for, and others for the next handshake."""
    kept, again = with_kept_keys(REAL), with_kept_keys(REAL)
    for each in (kept, again):
        assert each.dh.generate_keypair() is each.dh.generate_keypair()
        assert each.kem.generate_keypair() is each.kem.generate_keypair()
    assert kept.dh.generate_keypair() != again.dh.generate_keypair()
    assert kept.kem.generate_keypair() != again.kem.generate_keypair()


def test_kept_keys_leave_everything_else_as_it_is() -> None:
    """The same names, lengths and functions."""
    kept = with_kept_keys(REAL)
    assert (kept.dh.name, kept.dh.length) == (REAL.dh.name, REAL.dh.length)
    assert kept.dh.keypair_from_private(bytes(32)) == REAL.dh.keypair_from_private(bytes(32))
    pair, other = kept.dh.generate_keypair(), REAL.dh.generate_keypair()
    assert kept.dh.dh(pair, other.public) == REAL.dh.dh(other, pair.public)
    sizes = (REAL.kem.name, REAL.kem.public_length, REAL.kem.ciphertext_length)
    assert (kept.kem.name, kept.kem.public_length, kept.kem.ciphertext_length) == sizes
    ciphertext, secret = kept.kem.encapsulate(kept.kem.generate_keypair().public)
    assert kept.kem.decapsulate(kept.kem.generate_keypair(), ciphertext) == secret

"""Values that were computed outside of this code, for every form that a seed takes part in."""

import hashlib

from protocol_example import DOOR, NOW, RELAY

from chatd.noise.keys import X25519, encode_identity
from chatd.wire import lines, seen, ticket, token
from chatd.wire.keying import server_prologue

BOB = encode_identity(X25519().keypair_from_private(b"\x11" * 32).public)
INTRODUCTION = bytes(range(16))
GREETING = b"CHATD/1 gcm,cbc Q0NDQ0NDQ0NDQ0NDQ0NDQ2ch7JsNvsGRW1fuCWJgRchS4w=="


TOKEN = token.Token(2, 0x01020304, 7, BOB)


def words(text: str) -> bytes:
    """Hexadecimal in several lines."""
    return bytes.fromhex(text)


def test_the_seed_of_the_next_epoch() -> None:
    """It follows from the one before."""
    assert DOOR.at(DOOR.first + 1) == words(
        "87c5f5a46b085e051446fa622ddc6cf9604877afaba4c6c0ae1794c587472176"
    )


def test_a_token_for_the_door() -> None:
    """Its key, and its bytes."""
    assert DOOR.key(DOOR.first, b"chatd/1 door", 64) == words(
        "68094e6112d16b4b797e49e062de3f74513ad26bb6765bf0f1d28c904bb8f9b8"
        "042bfdc1b2b4bddfe4004c84e75a538c844655dee3b5712134d38f7efa20526d"
    )
    assert token.seal(DOOR, NOW, TOKEN) == words(
        "fed0687c8247289c604777e1f7761ec30c2397c4cab06a45fd78718a06439b43"
        "d0cd05698a2df672869446bee3eef791458fdcf1684d078eb540"
    )


def test_a_ticket_to_the_relay() -> None:
    """Pair, person, the ticket itself and its owner's secret."""
    assert RELAY.key(RELAY.first, b"chatd/1 relay ticket", 64) == words(
        "5188e3df0c15b559f9cc3b9304624d3bf039f65a834cc25b77177494c7bcff06"
        "367b661f4a37db83ce5e7cecb5cab1bdb28f537f338e49e42b5f3d183adba74d"
    )
    assert ticket.pair_of(RELAY.seed, INTRODUCTION) == words("38405309db4518e821fd6bd28ae4cd0b")
    assert ticket.pseudonym(RELAY.seed, BOB) == words("3c38430b63ae1472")
    place = ticket.issue(RELAY, NOW, INTRODUCTION, BOB, ticket.GUEST, 0)
    assert place.ticket == words(
        "e92a2ef0bd9c6db53bf10f0119189a495e769688829a7e598e3be2f590fc09209d2ec474f4adf54267cdeef7e0"
    )
    assert place.secret == words("72615efc57b8e59f8b1ff4bf11ec387d992363ba0d85db5ae8747e5257189552")


def test_where_a_client_is_seen() -> None:
    """The greeting with the masked address, and its length."""
    field = seen.mask(b"\x43" * 16, ("203.0.113.5", 41234))
    assert b"CHATD/1 gcm,cbc " + lines.encode(field) == GREETING
    assert len(GREETING) == 64


def test_the_proof_of_a_ticket() -> None:
    """It is over the greeting line; ticket and proof make one line."""
    place = ticket.issue(RELAY, NOW, INTRODUCTION, BOB, ticket.GUEST, 0)
    shown = place.shown(GREETING)
    assert shown[45:] == words("3515a0b4840a517948b0bf09d44b2a4c74c0379864ed24b9088d1a917696bcb5")
    assert lines.relay(shown) == (
        b"RELAY 6Sou8L2cbbU78Q8BGRiaSV52loiCmn5Zjjvi9ZD8CSCdLsR09K31QmfN7v"
        b"fgNRWgtIQKUXlIsL8J1EsqTHTAN5hk7SS5CI0akXaWvLU="
    )
    assert len(lines.relay(shown)) == 110


def test_a_voucher() -> None:
    """Its key, the commitment, its bytes, and both lines."""
    committed = seen.commitment(b"\x44" * 16)
    voucher = seen.vouch(DOOR, NOW, ("2a01:4f8::5", 41234), committed)
    assert DOOR.key(DOOR.first, b"chatd/1 seen", 32) == words(
        "5055985e4de17b3d823febf5737787350388207ba285b3f3d2e04146f4aef383"
    )
    assert committed == words("7e3b6f4c31258c66354f3a820d77132ff3c247140ec1f8cf123d4018214870c8")
    assert voucher == words(
        "2a0104f8000000000000000000000005a1126afd86c0e6668c8ed936b876a8d76805728847fb"
    )
    assert (len(lines.seen(committed)), len(lines.seen(voucher))) == (49, 57)


def test_the_prologue_of_a_server_link() -> None:
    """Greeting, suite and door field are in it; the first line has its length."""
    door = token.seal(DOOR, NOW, TOKEN)
    prologue = server_prologue(GREETING, "gcm", door)
    assert hashlib.sha256(prologue).digest() == words(
        "54f85c2ac4ea8ea7670fcd4c01ef628805bc8608d791377e3047000948eaf70c"
    )
    assert len(lines.first("gcm", bytes(1216), door)) == 1715

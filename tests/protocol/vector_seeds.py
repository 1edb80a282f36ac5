"""The vectors of what a server and a relay make under their seeds, and of cards."""

import base64
import hashlib
from typing import Any

from msgspec.structs import asdict, replace
from protocol_example import DOOR, INITIATOR, INTRODUCER, NOW, RELAY, RESPONDER, SEEN

from chatd.noise.keys import encode_identity
from chatd.store import card
from chatd.wire import lines, seen, ticket, token
from chatd.wire.seeds import Seeds

IDENTITY = encode_identity(INITIATOR.public)
INTRODUCTION = bytes(range(16))
PLACES = [("203.0.113.5", 41234), ("2a01:4f8::5", 41234), ("0.0.0.0", 0), None]


def _seeds(which: Seeds) -> dict[str, Any]:
    return {
        "epoch": which.first,
        "seed": which.seed.hex(),
        "next_seed": which.at(which.first + 1).hex(),
        "seed_after_three": which.at(which.first + 3).hex(),
    }


def door() -> dict[str, Any]:
    """The door's seed, its tokens, the vouchers, and where clients are seen."""
    key = DOOR.key(DOOR.first, b"chatd/1 door", 64)
    return _seeds(DOOR) | {
        "door_key": key.hex(),
        "tokens": [_token(rank, number) for rank, number in ((2, 7), (1, 8), (0, 2**32 - 1))],
        "voucher_key": DOOR.key(DOOR.first, b"chatd/1 seen", 32).hex(),
        "vouchers": [_voucher(place) for place in PLACES[:2] if place],
        "seen": [_seen(bytes([byte]) * 16, place) for byte in (0x43, 0xFF) for place in PLACES],
    }


def _token(rank: int, number: int) -> dict[str, Any]:
    said = token.Token(rank, 0x01020304, number, IDENTITY)
    return {
        "rank": rank,
        "run": said.run,
        "number": number,
        "identity": IDENTITY.hex(),
        "token": token.seal(DOOR, NOW, said).hex(),
    }


def _voucher(place: tuple[str, int]) -> dict[str, Any]:
    random = bytes([0x44]) * 16
    committed = seen.commitment(random)
    voucher = seen.vouch(DOOR, NOW, place, committed)
    return {
        "address": place[0],
        "port": place[1],
        "time": NOW,
        "random": random.hex(),
        "commitment": committed.hex(),
        "voucher": voucher.hex(),
        "lines": [lines.seen(committed).decode(), lines.seen(voucher).decode()],
    }


def _seen(nonce: bytes, place: tuple[str, int] | None) -> dict[str, Any]:
    return {
        "nonce": nonce.hex(),
        "address": place[0] if place else None,
        "port": place[1] if place else None,
        "seen": seen.mask(nonce, place).hex(),
    }


def relay() -> dict[str, Any]:
    """The relay's seed, and a ticket for each side with its proof over two greetings."""
    return _seeds(RELAY) | {
        "ticket_key": RELAY.key(RELAY.first, b"chatd/1 relay ticket", 64).hex(),
        "tickets": [
            _ticket(side, identity, greeting)
            for side, identity in (
                (ticket.HOST, encode_identity(RESPONDER.public)),
                (ticket.GUEST, IDENTITY),
            )
            for greeting in (lines.greeting(["relay"], SEEN), lines.greeting(["gcm", "cbc"], SEEN))
        ],
    }


def _ticket(side: int, identity: bytes, greeting: bytes) -> dict[str, Any]:
    own = ticket.issue(RELAY, NOW, INTRODUCTION, identity, side, 60)
    return {
        "introduction": INTRODUCTION.hex(),
        "identity": identity.hex(),
        "side": side,
        "expiry": NOW + 60,
        "pair": ticket.pair_of(RELAY.seed, INTRODUCTION).hex(),
        "person": ticket.pseudonym(RELAY.seed, identity).hex(),
        "ticket": own.ticket.hex(),
        "secret": own.secret.hex(),
        "greeting": greeting.decode(),
        "line": lines.relay(own.shown(greeting)).decode(),
    }


CARD = card.Card(
    "chat.example.org:1712",
    True,
    encode_identity(INTRODUCER.public),
    "alice",
    encode_identity(RESPONDER.public),
    bytes([0x51]) * 32,
    1_800_000_000,
)


def _sealed(body: bytes) -> str:
    data = body + hashlib.sha256(body).digest()[:4]
    return card.PREFIX + base64.urlsafe_b64encode(data).decode().rstrip("=")


def _body(text: str) -> bytes:
    encoded = text.removeprefix(card.PREFIX)
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))[:-4]


def _card(text: str) -> dict[str, Any]:
    fields = {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in asdict(card.read(text)).items()
    }
    return {"card": text} | fields


def _refused_card(text: str, why: str) -> dict[str, str]:
    try:
        card.read(text)
    except card.BadCard:
        return {"card": text, "why": why}
    raise AssertionError(why)


def cards() -> dict[str, Any]:
    """Cards that are taken, also as a terminal breaks them, and texts that are none."""
    text = card.write(CARD)
    body = _body(text)
    return {
        "accepted": [
            _card(text),
            _card(card.write(replace(CARD, tls=False, server="[2a01:4f8::5]:1712", name="b"))),
            _card(" " + text[:40] + "\n┆ " + text[40:] + "\n"),
        ],
        "refused": [
            _refused_card(text[len(card.PREFIX) :], "no prefix"),
            _refused_card(text[:-1], "a character is missing"),
            _refused_card(_sealed(b"\2" + body[1:]), "version 2"),
            _refused_card(_sealed(body[:1] + b"\3" + body[2:]), "flag 2"),
            _refused_card(_sealed(body + b"\0"), "more behind it"),
            _refused_card(_sealed(body.replace(b"alice", b"Alice")), "its name is none"),
            _refused_card(_sealed(body.replace(b"chat.", b"chat\x1b")), "a server with ESC in it"),
        ],
    }

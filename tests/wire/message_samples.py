"""One message of every class at the limits of its fields, and the same one over."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chatd import limits
from chatd.wire import files, peer, server
from chatd.wire.close import Close
from chatd.wire.codec import Decoder
from chatd.wire.fields import Address

ID = bytes(limits.INTRODUCTION_ID)
KEY = b"\x01" + bytes(32)
HOST = "2001:0db8:0000:0000:0000:0000:255.255.255.255"
FEATURES = [f"{i:x}" * limits.FEATURE_LENGTH for i in range(limits.FEATURES)]
LABELS = [f"{i:x}" * 16 for i in range(limits.GREETED_SUITES)]
NAME = "n" * limits.NAME_LENGTH
WANTED = "N" * limits.WANTED_NAME_LENGTH
ADDRESSES: list[Address] = [(HOST, 65535)] * limits.CANDIDATES
CANDIDATES = server.Candidates("address-port", 65535, ADDRESSES)
OFFER = bytes(limits.OFFER)
SECRET = bytes(limits.OFFER_SECRET)
TICKET = bytes(limits.RELAY_TICKET)
PROOF = bytes(limits.PROOF)
VOUCHER, RANDOM = bytes(limits.VOUCHER), bytes(limits.VOUCHER_RANDOM)
PLACES: list[Address] = [(HOST, 1), (HOST, 65535)]
OWNER = bytes(limits.RELAY_SECRET)
RELAY = server.Relay(("r" * limits.RELAY_HOST, 65535, False), TICKET, OWNER)
TOKEN = bytes(limits.DOOR)
HASH = bytes(32)

FROM_CLIENT: list[Struct] = [
    server.Login(WANTED, False, FEATURES),
    server.Login(None, True, []),
    server.Username(WANTED),
    server.Release(WANTED),
    server.Search(WANTED),
    server.Request(WANTED, limits.REQUEST_SECONDS, PROOF),
    server.Request(WANTED, 1, None),
    server.Accept(ID, OFFER, CANDIDATES),
    server.Decline(ID, "declined"),
    server.Cancel(ID),
    server.OfferMade(ID, OFFER, CANDIDATES),
    server.ShowVoucher(VOUCHER, RANDOM),
    Close("left"),
]
FROM_SERVER: list[Struct] = [
    server.Welcome(NAME, FEATURES, [TOKEN, TOKEN]),
    server.Welcome(None, [], [TOKEN, TOKEN]),
    server.Named(NAME),
    server.Released(NAME),
    server.Refused("request", WANTED, ID, "slow-down", 86_400),
    server.Refused("accept", None, ID, "not-now", None),
    server.Found(NAME, True),
    server.Asked(ID, NAME, True, False),
    server.Requested(ID, NAME, KEY, 86_400, PROOF),
    server.Requested(ID, NAME, KEY, 0, None),
    server.Accepted(ID, KEY),
    server.SeenAt((HOST, 65535)),
    server.SeenAt(None),
    server.Ended(ID, "no-answer"),
    server.Notice("x" * limits.NOTICE),
    server.Closing(0),
    server.Closing(limits.CLOSING_SECONDS),
    server.Go(ID, NAME, KEY, OFFER, PLACES, ADDRESSES, RELAY),
    server.Go(ID, NAME, KEY, b"", [], [], server.Relay(None, TICKET, OWNER)),
    server.Go(ID, NAME, KEY, b"", [], [], None),
    Close("replaced"),
]
PEER: list[Struct] = [
    peer.Take(1, 0),
    peer.Take(2**53, 2**53),
    peer.Text(2**53, limits.LAST_SECOND, "k" * limits.KIND_LENGTH, "x" * limits.MESSAGE_TEXT),
    peer.Text(1, None, "text", "x"),
    peer.Text(1, 0, "text", "x"),
    peer.Ack(0),
    peer.Ack(2**53),
    peer.Ping(2**53),
    peer.Pong(1),
    peer.Candidates(ADDRESSES),
    peer.Candidates([]),
    peer.Meet(),
    peer.Renew(),
    peer.Handshake(bytes(limits.RENEWAL_MESSAGE)),
    peer.Switched(),
    files.Give(1, ID, 1, None, 1, HASH),
    files.Give(2**32 - 1, ID, limits.OFFERED_ENTRIES, limits.OFFERED_SIZE, limits.LIST, HASH),
    files.List(1, 0),
    files.List(2**32 - 1, limits.OFFERED_ENTRIES),
    files.Listed(1, b"x"),
    files.Listed(2**32 - 1, bytes(limits.LIST_PIECE)),
    files.From(1, 1, 0, 0, None, None, 0, bytes(64), 0, 0),
    files.From(
        2**32 - 1,
        2**32 - 1,
        limits.OFFERED_ENTRIES,
        2**30,
        limits.OFFERED_SIZE,
        2**53,
        2**30,
        bytes(64),
        limits.OFFERED_SIZE,
        2**53,
    ),
    files.Window(2**32 - 1, 2**53),
    files.Blocks(1, 0, [HASH]),
    files.Blocks(2**32 - 1, 2**30, [HASH] * limits.BLOCK_HASHES),
    files.Wait(1, "paused"),
    files.Go(2**32 - 1),
    files.First(1),
    files.End(1, "done"),
    Close("quit"),
]
OFFERS: list[Struct] = [peer.Offer(SECRET, LABELS, FEATURES), peer.Offer(SECRET, ["gcm"], [])]

VALID: list[tuple[Decoder[Any], Struct]] = [
    (decoder, message)
    for decoder, messages in (
        (server.from_client, FROM_CLIENT),
        (server.from_server, FROM_SERVER),
        (peer.messages, PEER),
        (peer.offers, OFFERS),
    )
    for message in messages
]

_BAD: dict[str, list[Any]] = {
    "id": [ID[:-1], ID + b"\0", "i" * 16, None],
    "key": [KEY[:-1], KEY + b"\0", "k" * 33, None],
    "offer": [OFFER + b"\0", "offer", None],
    "secret": [SECRET[:-1], SECRET + b"\0"],
    "suites": [[], [*LABELS, "gcm"], ["g" * 17], ["GCM"], ["g-c"], [""], ["gcm\n"]],
    "features": [[*FEATURES, "f"], ["f" * 33], ["F"], [""], ["a b"], ["f\n"], None, [1]],
    "observed": [
        [*PLACES, (HOST, 1)],
        [("x", 1)],
        [(HOST, 0)],
        [(HOST, 65536)],
        [(HOST,)],
        None,
        7,
    ],
    "address": ["x", 7, ("x", 1), (HOST, 0), (HOST, 65536), (HOST,), (HOST, 1, 1)],
    "voucher": [VOUCHER[:-1], VOUCHER + b"\0", "v" * 38, None],
    "random": [RANDOM[:-1], RANDOM + b"\0", "r" * 16, None],
    "local": [[*ADDRESSES, (HOST, 1)], [("x", 1)], [(HOST, 0)], [(HOST, 65536)], [(HOST, "1")]],
    "candidates": [
        replace(CANDIDATES, observed="all"),
        replace(CANDIDATES, port=0),
        replace(CANDIDATES, port=65536),
        replace(CANDIDATES, port=-1),
        replace(CANDIDATES, local=[*ADDRESSES, (HOST, 1)]),
        replace(CANDIDATES, local=[("x", 1)]),
        ["none", 1],
        ["none", 1, [], None],
        None,
    ],
    "number": [0, -1, 2**53 + 1, 1.5, "1", None, True],
    "text": ["x" * (limits.MESSAGE_TEXT + 1), b"x", None],
    "time": [-1, limits.LAST_SECOND + 1, 1.5, "1", True],
    "kind": ["", "k" * (limits.KIND_LENGTH + 1), "K", "k k", "k\n", "ñ", 7, None],
    "here": [0, 1, None, "yes"],
    "unlisted": [0, 1, None, "yes"],
    "crossing": [0, None],
    "reason": ["because", "", None, 1, "LEFT"],
    "to": ["login", "", None],
    "relay": [
        server.Relay(None, TICKET[:-1], OWNER),
        server.Relay(None, TICKET + b"\0", OWNER),
        server.Relay(None, TICKET, OWNER[:-1]),
        server.Relay(None, TICKET, OWNER + b"\0"),
        server.Relay(("", 1, False), TICKET, OWNER),
        server.Relay(("r" * (limits.RELAY_HOST + 1), 1, False), TICKET, OWNER),
        server.Relay(("r\n", 1, False), TICKET, OWNER),
        server.Relay(("r/x", 1, False), TICKET, OWNER),
        server.Relay(("r", 0, False), TICKET, OWNER),
        server.Relay(("r", 65536, False), TICKET, OWNER),
        [None],
        7,
    ],
    "code": ["because", None],
    "received": [-1, 2**53 + 1, None, "1", True],
    "message": [b"", bytes(limits.RENEWAL_MESSAGE + 1), "m", None],
    "tokens": [[], [TOKEN], [TOKEN] * 3, [TOKEN, TOKEN[:-1]], [TOKEN, TOKEN + b"\0"], None, [7, 7]],
    "proof": [PROOF[:-1], PROOF + b"\0", "p" * 44, 7],
}
_BAD.update(
    stream=[0, 2**32, -1, None, "1", 1.5, True],
    run=[0, 2**32, None],
    entries=[0, limits.OFFERED_ENTRIES + 1, None],
    size=[-1, limits.OFFERED_SIZE + 1, "1", 1.5],
    length=[0, limits.LIST + 1, None],
    digest=[HASH[1:], HASH + b"\0", "h" * 32, None],
    first=[-1, 2**30 + 1, None],
    piece=[b"", bytes(limits.LIST_PIECE + 1), "p", None],
    index=[-1, limits.OFFERED_ENTRIES + 1, None],
    block=[-1, 2**30 + 1, None],
    modified=[-1, 2**63, "1", 1.5],
    known=[-1, 2**30 + 1, None],
    roots=[bytes(63), bytes(65), None, "r" * 64],
    grown=[-1, limits.OFFERED_SIZE + 1, None],
    window=[-1, 2**53 + 1, None],
    hashes=[[], [HASH[1:]], [HASH + b"\0"], [HASH] * (limits.BLOCK_HASHES + 1), None],
    why=["", "tired", None, 7],
)
_POSITION = [-1, 2**53 + 1, 1.5, "1", None, True]
_NAME = ["", NAME + "n", "N", "-n", "_n", "n n", "n\n", "ñ", 7]
_SECONDS = [-1, 86_401, 1.5, "1", True]
_CLOSING_SECONDS = [limits.CLOSING_SECONDS + 1, -1, 1.5, "1", True, None]
_REQUEST_SECONDS = [0, limits.REQUEST_SECONDS + 1, -1, None]


def _bad_values(message: Struct, field: str) -> list[Any]:
    if field == "name":
        wanted = isinstance(
            message,
            server.Login
            | server.Username
            | server.Release
            | server.Search
            | server.Request
            | server.Refused,
        )
        nullable = isinstance(message, server.Login | server.Refused | server.Welcome)
        bad = [WANTED + "n", b"n", 7] if wanted else _NAME
        return bad if nullable else [*bad, None]
    if isinstance(message, peer.Ack):
        return _POSITION
    if isinstance(message, server.Notice):
        return ["", "x" * (limits.NOTICE + 1), b"x", None, 7]
    if field == "seconds":
        if isinstance(message, server.Closing):
            return _CLOSING_SECONDS
        return _REQUEST_SECONDS if isinstance(message, server.Request) else _SECONDS
    nullable = isinstance(message, server.Refused | server.Go) and field == "id"
    if isinstance(message, server.Go) and field == "id":
        nullable = False
    return [value for value in _BAD[field] if not (nullable and value is None)]


INVALID: list[tuple[Decoder[Any], Struct, str, Any]] = [
    (decoder, message, field, value)
    for decoder, message in VALID
    for field in message.__struct_fields__
    for value in _bad_values(message, field)
]
"""A decoder, a message that it reads, and a field with a value that makes it unreadable."""

"""Both sides of every opening with fixed keys, and how to join two of them."""

from collections import deque
from typing import Any

from msgspec.structs import replace

from chatd import limits
from chatd.noise.ciphers import CipherState
from chatd.noise.keys import X25519, KeyPair, encode_identity
from chatd.noise.suites import SUITES
from chatd.wire.codec import encode
from chatd.wire.direct_opening import GuestSide, HostSide
from chatd.wire.keying import Introduction, Party
from chatd.wire.opening import Opening, Secured
from chatd.wire.peer import Offer
from chatd.wire.records import Opener, Record, Sealer
from chatd.wire.seen import NONCE, mask
from chatd.wire.server_opening import ClientSide, ServerSide

LABELS = tuple(SUITES)
DOOR = bytes(range(limits.DOOR))
SEEN = mask(bytes(NONCE), ("203.0.113.5", 41234))
DIALLERS = ("guest", "host", "both")
"""Who dialled a direct link; both in a simultaneous open."""


def key_pair(byte: int) -> KeyPair:
    """The X25519 key pair whose private key is one byte, repeated."""
    return X25519().keypair_from_private(bytes([byte]) * 32)


SERVER, CLIENT, HOST, GUEST, STRANGER = map(key_pair, range(1, 6))


def identity(pair: KeyPair) -> bytes:
    """The 33 bytes under which others know a key pair."""
    return encode_identity(pair.public)


def party(name: str, pair: KeyPair, byte: int) -> Party:
    """One side of an introduction, with a secret of one byte, repeated."""
    offer = Offer(bytes([byte]) * 32, list(LABELS), [])
    return Party(name, identity(pair), encode(offer), offer.secret)


INTRODUCTION = Introduction(
    identity(SERVER), bytes(range(16)), party("alice", HOST, 7), party("bob", GUEST, 8), "gcm"
)


OTHERS: dict[str, Introduction] = {
    "server key": replace(INTRODUCTION, server_key=identity(STRANGER)),
    "id": replace(INTRODUCTION, id=bytes(16)),
    "suite": replace(INTRODUCTION, suite="cbc"),
    "host's name": replace(INTRODUCTION, host=replace(INTRODUCTION.host, name="alicia")),
    "guest's name": replace(INTRODUCTION, guest=replace(INTRODUCTION.guest, name="rob")),
    "host's key": replace(
        INTRODUCTION, host=replace(INTRODUCTION.host, identity=identity(STRANGER))
    ),
    "guest's key": replace(
        INTRODUCTION, guest=replace(INTRODUCTION.guest, identity=identity(STRANGER))
    ),
    "host's offer": replace(INTRODUCTION, host=replace(INTRODUCTION.host, offer=b"host")),
    "guest's offer": replace(INTRODUCTION, guest=replace(INTRODUCTION.guest, offer=b"guest")),
    "roles": replace(INTRODUCTION, host=INTRODUCTION.guest, guest=INTRODUCTION.host),
}
"""The same introduction with one thing changed."""


def introduction(suite: str) -> Introduction:
    """An introduction of alice, the host, and bob, the guest."""
    return replace(INTRODUCTION, suite=suite)


def accept_any(identity: bytes) -> None:
    """The check of a client that trusts every server."""


def client(*suites: str, **changes: Any) -> ClientSide:
    """The client's side of a server link."""
    arguments: dict[str, Any] = {"static": CLIENT, "check": accept_any, "door": DOOR} | changes
    return ClientSide(suites=suites or LABELS, **arguments)


def server(*suites: str, static: KeyPair = SERVER) -> ServerSide:
    """The server's side of a server link."""
    return ServerSide(static, suites or LABELS, lambda: SEEN)


def host(known: Introduction, *, dialled: bool, **changes: Any) -> HostSide:
    """The host's side of a direct link."""
    arguments: dict[str, Any] = {"static": HOST, "admit": lambda _: None} | changes
    return HostSide(known, dialled=dialled, **arguments)


def guest(known: Introduction, *, dialled: bool, static: KeyPair = GUEST) -> GuestSide:
    """The guest's side of a direct link."""
    return GuestSide(known, static, lambda: None, dialled=dialled)


def peers(known: Introduction, dialler: str) -> tuple[HostSide, GuestSide]:
    """Both sides of a direct link; `dialler` is one of `DIALLERS`."""
    return host(known, dialled=dialler != "guest"), guest(known, dialled=dialler != "host")


def join(one: Opening, other: Opening) -> list[bytes]:
    """Carry lines both ways, in order, until there are none; returns all of them."""
    waiting = deque((other, one, line) for line in one.start())
    waiting.extend((one, other, line) for line in other.start())
    carried = []
    while waiting:
        receiver, sender, line = waiting.popleft()
        carried.append(line)
        waiting.extend((sender, receiver, answer) for answer in receiver.receive_line(line))
    return carried


def secured(opening: Opening) -> Secured:
    """What a finished opening leaves."""
    assert opening.secured is not None
    return opening.secured


def cipher(suite: str, byte: int = 9) -> CipherState:
    """One end of one direction under a fixed key."""
    return CipherState(SUITES[suite].cipher, bytes([byte]) * 32)


def direction(suite: str, most: int) -> tuple[Sealer, Opener]:
    """Both ends of one direction of a link."""
    return Sealer(cipher(suite), most), Opener(cipher(suite), most)


def carry(sending: CipherState, receiving: CipherState, body: bytes) -> Record | None:
    """One record from a sender's keys through a receiver's."""
    opener = Opener(receiving, 4032)
    opener.feed(Sealer(sending, 4032).seal(body))
    return opener.next()


def assert_joined(one: Opening, other: Opening) -> None:
    """Both sides are done, and each can read what the other sends."""
    ours, theirs = secured(one), secured(other)
    assert ours.handshake_hash == theirs.handshake_hash
    assert len(ours.handshake_hash) == 32
    assert ours.suite == theirs.suite
    assert carry(ours.sending, theirs.receiving, b"to") == Record(0, b"to")
    assert carry(theirs.sending, ours.receiving, b"fro") == Record(0, b"fro")

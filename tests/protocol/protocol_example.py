"""Every value of docs/protocol/worked-example.md, by the names that it has there."""

import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from msgspec import Struct

from chatd import limits
from chatd.noise.ciphers import AES256CBCHS512, AESGCM, CipherState
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import MLKEM768, X25519, KeyPair, Primitives, encode_identity, fingerprint
from chatd.noise.patterns import XXHFS, XXHFS_PSK0, Pattern
from chatd.noise.suites import GCM
from chatd.wire import lines, peer, seen, server, ticket, token
from chatd.wire.codec import encode
from chatd.wire.direct_opening import GuestSide, HostSide
from chatd.wire.keying import Introduction, Party, server_prologue
from chatd.wire.proof import key_id
from chatd.wire.records import Sealer
from chatd.wire.seeds import Seeds, epoch_of
from chatd.wire.server_opening import ClientSide, ServerSide

_MOST_SERVER, _MOST_PEER = limits.SERVER_PLAINTEXT, limits.PEER_PLAINTEXT

KEM_VECTOR: dict[str, str] = json.loads(
    (Path(__file__).parents[2] / "docs/protocol/vectors/kem.json").read_text("utf-8")
)
SUITES = ["gcm", "cbc"]
SAID = peer.Text(1, 1_796_000_000, "text", "hello")


def pair(byte: int) -> KeyPair:
    """The X25519 key pair whose private key is one byte, repeated."""
    return X25519().keypair_from_private(bytes([byte]) * 32)


INITIATOR, RESPONDER, INTRODUCER = pair(0x11), pair(0x12), pair(0x21)
KEM = MLKEM768PrivateKey.from_seed_bytes(bytes([0x15]) * 64)
ENCAPSULATED = (
    bytes.fromhex(KEM_VECTOR["ciphertext"]),
    bytes.fromhex(KEM_VECTOR["shared_secret"]),
)


class FixedDH(X25519):
    """X25519 with one ephemeral key for ever."""

    def __init__(self, ephemeral: KeyPair) -> None:
        self._ephemeral = ephemeral

    def generate_keypair(self) -> KeyPair:
        return self._ephemeral


class FixedKEM(MLKEM768):
    """ML-KEM-768 with one key pair and one ciphertext for ever."""

    def generate_keypair(self) -> KeyPair:
        return KeyPair(KEM, KEM.public_key().public_bytes_raw())

    def encapsulate(self, public: bytes) -> tuple[bytes, bytes]:
        return ENCAPSULATED


AS_INITIATOR = Primitives(FixedDH(pair(0x13)), FixedKEM())
AS_RESPONDER = Primitives(FixedDH(pair(0x14)), FixedKEM())


def sha256(data: bytes) -> str:
    """The hash of something too long to be shown."""
    return "SHA-256 " + hashlib.sha256(data).hexdigest()


def shown(values: dict[str, Any]) -> dict[str, str]:
    """All values as they are written in the document."""
    return {
        name: value.hex() if isinstance(value, bytes) else str(value)
        for name, value in values.items()
    }


def plaintext(message: Struct) -> bytes:
    """The plaintext of a record with this message, built a second time."""
    body = encode(message)
    unpadded = b"\0" + len(body).to_bytes(3, "big") + body
    return unpadded + bytes(-len(unpadded) % 64)


def split_keys(pattern: Pattern, prologue: bytes, psk: bytes | None = None) -> list[bytes]:
    """What Split gives, which the code keeps to itself: the initiator's key and the responder's."""

    def side(initiator: bool) -> HandshakeState:
        return HandshakeState(
            pattern,
            GCM,
            initiator=initiator,
            prologue=prologue,
            s=INITIATOR if initiator else RESPONDER,
            psk=psk,
            primitives=AS_INITIATOR if initiator else AS_RESPONDER,
        )

    initiator, responder = side(True), side(False)
    for writer, reader in ((initiator, responder), (responder, initiator), (initiator, responder)):
        reader.read_message(writer.write_message())
    exchange: Any = initiator._exchange
    keys: list[bytes] = exchange._symmetric._hkdf(b"", 2)
    return keys


def keys() -> dict[str, str]:
    """The keys of both examples."""
    return shown(
        {
            "initiator static private": bytes([0x11]) * 32,
            "initiator static public": INITIATOR.public,
            "responder static private": bytes([0x12]) * 32,
            "responder static public": RESPONDER.public,
            "initiator ephemeral private": bytes([0x13]) * 32,
            "initiator ephemeral public": pair(0x13).public,
            "responder ephemeral private": bytes([0x14]) * 32,
            "responder ephemeral public": pair(0x14).public,
            "KEM seed": bytes([0x15]) * 64,
            "KEM public key": sha256(KEM.public_key().public_bytes_raw()),
            "KEM ciphertext": sha256(ENCAPSULATED[0]),
            "KEM shared secret": KEM.decapsulate(ENCAPSULATED[0]),
        }
    )


class OneEpoch(Seeds):
    """What is made now is made under the seed itself."""

    def present(self, now: float) -> int:
        return self.first


NOW = 1_795_000_000
DOOR, RELAY = (OneEpoch(epoch_of(NOW), bytes([byte]) * 32) for byte in (0x41, 0x42))
SEEN = seen.mask(bytes([0x43]) * 16, ("203.0.113.5", 41234))


def door_token(number: int) -> bytes:
    """One of the initiator's."""
    identity = encode_identity(INITIATOR.public)
    return token.seal(DOOR, NOW, token.Token(2, 0x01020304, number, identity))


def seeds() -> dict[str, str]:
    """What is made under the seeds of an epoch."""
    identity = encode_identity(INITIATOR.public)
    own = ticket.issue(RELAY, NOW, bytes(range(16)), identity, ticket.GUEST, 60)
    relay_greeting = lines.greeting(["relay"], SEEN)
    committed = seen.commitment(bytes([0x44]) * 16)
    return shown(
        {
            "seed of the next epoch": DOOR.at(DOOR.first + 1),
            "door key": DOOR.key(DOOR.first, b"chatd/1 door", 64),
            "token": door_token(7),
            "ticket key": RELAY.key(RELAY.first, b"chatd/1 relay ticket", 64),
            "pair": ticket.pair_of(RELAY.seed, bytes(range(16))),
            "person": ticket.pseudonym(RELAY.seed, identity),
            "ticket": own.ticket,
            "owner's secret": own.secret,
            "relay's greeting line": relay_greeting,
            "relay line": lines.relay(own.shown(relay_greeting)),
            "voucher key": DOOR.key(DOOR.first, b"chatd/1 seen", 32),
            "commitment": committed,
            "voucher": seen.vouch(DOOR, NOW, ("2a01:4f8::5", 41234), committed),
        }
    )


def server_link() -> dict[str, str]:
    """A client logs in."""
    ours = ServerSide(RESPONDER, SUITES, lambda: SEEN, AS_RESPONDER)
    theirs = ClientSide(INITIATOR, SUITES, lambda key: None, door_token(7), AS_INITIATOR)
    (greeting,) = ours.start()
    (first,) = theirs.receive_line(greeting)
    (second,) = ours.receive_line(first)
    (third,) = theirs.receive_line(second)
    ours.receive_line(third)
    up, down = split_keys(XXHFS, server_prologue(greeting, "gcm", door_token(7)))
    assert ours.secured is not None
    assert theirs.secured is not None
    login = server.Login("alice", False, [])
    welcome = server.Welcome("alice", [], [door_token(8), door_token(9)])
    return shown(
        {
            "server identity": encode_identity(RESPONDER.public),
            "server fingerprint": fingerprint(encode_identity(RESPONDER.public)),
            "seen": SEEN,
            "greeting line": greeting,
            "server prologue": sha256(server_prologue(greeting, "gcm", door_token(7))),
            "server link m1": sha256(lines.read_first(first).message),
            "server link m1 line": sha256(first),
            "server link m2": sha256(lines.read_noise(second)),
            "server link m2 line": sha256(second),
            "server link m3": lines.read_noise(third),
            "server link m3 line": third,
            "server link handshake hash": theirs.secured.handshake_hash,
            "key of client to server": up,
            "key of server to client": down,
            "login": encode(login),
            "login plaintext": plaintext(login),
            "login record": Sealer(theirs.secured.sending, _MOST_SERVER).seal(encode(login)),
            "welcome": encode(welcome),
            "welcome record": Sealer(ours.secured.sending, _MOST_SERVER).seal(encode(welcome)),
        }
    )


def offer(byte: int) -> peer.Offer:
    """An offer whose secret is one byte, repeated."""
    return peer.Offer(bytes([byte]) * 32, SUITES, [])


def introduction() -> Introduction:
    """Alice asked bob, so that she is the host."""
    host, guest = offer(0x31), offer(0x32)
    return Introduction(
        encode_identity(INTRODUCER.public),
        bytes(range(16)),
        Party("alice", encode_identity(RESPONDER.public), encode(host), host.secret),
        Party("bob", encode_identity(INITIATOR.public), encode(guest), guest.secret),
        "gcm",
    )


def introduced() -> dict[str, str]:
    """What both sides of an introduction make of it."""
    known = introduction()
    psk, knock = known.psk_and_knock()
    return shown(
        {
            "introducing server identity": known.server_key,
            "introduction id": known.id,
            "host identity": known.host.identity,
            "guest identity": known.guest.identity,
            "host offer": known.host.offer,
            "guest offer": known.guest.offer,
            "PSK": psk,
            "KNOCK": knock,
            "KNOCK line": lines.knock(knock),
            "peer prologue": known.prologue(),
            "peer prologue hash": sha256(known.prologue()),
        }
    )


def direct_link() -> dict[str, str]:
    """The host dials, both open the link, and the guest says something."""
    known = introduction()
    ours = HostSide(known, RESPONDER, lambda _: None, dialled=True, primitives=AS_RESPONDER)
    theirs = GuestSide(known, INITIATOR, lambda: None, dialled=False, primitives=AS_INITIATOR)
    (knock,) = ours.start()
    (first,) = theirs.receive_line(knock)
    (second,) = ours.receive_line(first)
    (third,) = theirs.receive_line(second)
    ours.receive_line(third)
    up, down = split_keys(XXHFS_PSK0, known.prologue(), known.psk_and_knock()[0])
    assert ours.secured is not None
    assert theirs.secured is not None
    from_guest = Sealer(theirs.secured.sending, _MOST_PEER)
    return shown(
        {
            "direct link m1": sha256(lines.read_noise(first)),
            "direct link m2": sha256(lines.read_noise(second)),
            "direct link m3": lines.read_noise(third),
            "direct link handshake hash": ours.secured.handshake_hash,
            "key of guest to host": up,
            "key of host to guest": down,
            "resume secret": ours.secured.resume_secret,
            "key id of the resume secret": key_id(theirs.secured.resume_secret),
            "take record": from_guest.seal(encode(peer.Take(1, 0))),
            "ack record": Sealer(ours.secured.sending, _MOST_PEER).seal(encode(peer.Ack(0))),
            "text": encode(SAID),
            "text plaintext": plaintext(SAID),
            "text record": from_guest.seal(encode(SAID)),
        }
    )


def cbc() -> dict[str, str]:
    """Two records under a given key in the other suite, and the keys inside it."""
    key = bytes(range(32))
    sealer = Sealer(CipherState(AES256CBCHS512, key), _MOST_PEER)
    cipher: Any = AES256CBCHS512(key)
    ping = encode(peer.Ping(1))
    return shown(
        {
            "CBC key": key,
            "CBC MAC key": cipher._mac_key,
            "CBC ENC key": cipher._enc_key,
            "CBC IV of nonce 0": cipher._iv(0),
            "CBC first record": sealer.seal(ping),
            "CBC second record": sealer.seal(ping),
        }
    )


def values() -> dict[str, str]:
    """The whole example."""
    return keys() | seeds() | server_link() | introduced() | direct_link() | cbc()


def sealed_by(key: bytes, message: Struct, before: int = 0) -> bytes:
    """The record with `message` after so many others, from the key that Split gave."""
    state = CipherState(AESGCM, key)
    for _ in range(before):
        state.encrypt_with_ad(b"", b"")
        state.rekey()
    return Sealer(state, _MOST_PEER).seal(encode(message))

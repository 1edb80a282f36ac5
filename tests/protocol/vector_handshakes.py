"""The vectors of handshakes: server link, direct link and renewal, each in both suites."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from protocol_example import (
    ENCAPSULATED,
    INITIATOR,
    INTRODUCER,
    NOW,
    RESPONDER,
    SEEN,
    FixedDH,
    FixedKEM,
    door_token,
    pair,
)
from vector_keys import RANDOMNESS, SEED

from chatd import limits
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import KeyPair, Primitives, encode_identity
from chatd.noise.patterns import XXHFS, XXHFS_PSK0, Pattern, protocol_name
from chatd.noise.suites import SUITES
from chatd.wire import lines, peer, proof, server
from chatd.wire.codec import encode
from chatd.wire.keying import RESUME, Introduction, Party, renewal_prologue, server_prologue
from chatd.wire.records import Sealer

CASES = [(suite, other) for suite, other in (("gcm", "cbc"), ("cbc", "gcm"))]
PROOF_SECRET = bytes([0x51]) * 32


def _side(private: int, ephemeral: int) -> dict[str, str]:
    return {
        "static_private": (bytes([private]) * 32).hex(),
        "static_public": pair(private).public.hex(),
        "ephemeral_private": (bytes([ephemeral]) * 32).hex(),
        "ephemeral_public": pair(ephemeral).public.hex(),
    }


def _inside(state: HandshakeState) -> Any:
    """The SymmetricState, which the code keeps to itself."""
    exchange: Any = state._exchange
    return exchange._symmetric


class Run:
    """One handshake with the fixed keys, carried message by message."""

    def __init__(
        self, pattern: Pattern, suite: str, prologue: bytes, psk: bytes | None = None
    ) -> None:
        self.name = protocol_name(pattern, SUITES[suite], Primitives(FixedDH(pair(1)), FixedKEM()))
        self._initiator, self._responder = (
            HandshakeState(
                pattern,
                SUITES[suite],
                initiator=static is INITIATOR,
                prologue=prologue,
                s=static,
                psk=psk,
                primitives=Primitives(FixedDH(ephemeral), FixedKEM()),
            )
            for static, ephemeral in ((INITIATOR, pair(0x13)), (RESPONDER, pair(0x14)))
        )
        self.messages = [self._carry(index) for index in range(3)]
        self.hash = self._initiator.handshake_hash
        self.keys: list[bytes] = _inside(self._initiator)._hkdf(b"", 2)
        self.resume_secret = self._initiator.export(RESUME)
        self._sealing = self._initiator.split()[0], self._responder.split()[0]

    def _carry(self, index: int) -> dict[str, str]:
        writer, reader = (self._initiator, self._responder)[:: 1 if index != 1 else -1]
        message = writer.write_message()
        reader.read_message(message)
        symmetric = _inside(writer)
        return {
            "message": message.hex(),
            "hash": symmetric.handshake_hash.hex(),
            "chaining_key": symmetric._ck.hex(),
        }

    def records(self, *bodies: Sequence[Struct], most: int) -> dict[str, Any]:
        """The first records of the initiator and of the responder, in the order of `bodies`."""
        return {
            side: [
                {"body": encode(body).hex(), "record": sealer.seal(encode(body)).hex()}
                for body in said
            ]
            for side, said, sealer in zip(
                ("initiator", "responder"),
                bodies,
                (Sealer(cipher, most) for cipher in self._sealing),
                strict=True,
            )
        }


def _case(run: Run, link: str, suite: str, prologue: bytes, psk: bytes | None) -> dict[str, Any]:
    return {
        "protocol": run.name.decode(),
        "link": link,
        "suite": suite,
        "prologue": prologue.hex(),
        "psk": None if psk is None else psk.hex(),
        "initiator": _side(0x11, 0x13) | {"kem_seed": SEED.hex()},
        "responder": _side(0x12, 0x14)
        | {
            "kem_randomness": RANDOMNESS.hex(),
            "kem_ciphertext": ENCAPSULATED[0].hex(),
            "kem_shared_secret": ENCAPSULATED[1].hex(),
        },
        "messages": run.messages,
        "keys": [key.hex() for key in run.keys],
    }


def _server_link(suite: str) -> dict[str, Any]:
    greeting = lines.greeting(["gcm", "cbc"], SEEN)
    prologue = server_prologue(greeting, suite, door_token(7))
    run = Run(XXHFS, suite, prologue)
    m1, m2, m3 = (bytes.fromhex(each["message"]) for each in run.messages)
    return _case(run, "server", suite, prologue, None) | {
        "lines": [
            greeting.decode(),
            lines.first(suite, m1, door_token(7)).decode(),
            lines.noise(m2).decode(),
            lines.noise(m3).decode(),
        ],
        "records": run.records(
            [server.Login("alice", False, []), server.Search("bob")],
            [
                server.Welcome("alice", [], [door_token(8), door_token(9)]),
                server.Found("bob", True),
            ],
            most=limits.SERVER_PLAINTEXT,
        ),
    }


def introduction(suites: Sequence[str], proof_secret: bytes = b"") -> Introduction:
    """Alice asked bob; both allow `suites`, the first of which is taken."""
    host, guest = (peer.Offer(bytes([byte]) * 32, list(suites), []) for byte in (0x31, 0x32))
    return Introduction(
        encode_identity(INTRODUCER.public),
        bytes(range(16)),
        Party("alice", encode_identity(RESPONDER.public), encode(host), host.secret),
        Party("bob", encode_identity(INITIATOR.public), encode(guest), guest.secret),
        suites[0],
        proof_secret,
    )


def _direct_link(suites: Sequence[str]) -> dict[str, Any]:
    known = introduction(suites)
    psk, knock = known.psk_and_knock()
    run = Run(XXHFS_PSK0, known.suite, known.prologue(), psk)
    return _case(run, "direct", known.suite, known.prologue(), psk) | {
        "resume_secret": run.resume_secret.hex(),
        "lines": [
            lines.knock(knock).decode(),
            *(lines.noise(bytes.fromhex(each["message"])).decode() for each in run.messages),
        ],
        "records": run.records(
            [peer.Take(1, 0), peer.Text(1, NOW, "text", "hello"), peer.Ping(1)],
            [peer.Ack(0), peer.Ack(1), peer.Text(1, None, "text", "héllo\n🙂"), peer.Pong(1)],
            most=limits.PEER_PLAINTEXT,
        ),
    }


def _renewal(suites: Sequence[str]) -> dict[str, Any]:
    known = introduction(suites)
    before = Run(XXHFS_PSK0, known.suite, known.prologue(), known.psk_and_knock()[0])
    prologue = renewal_prologue(before.hash)
    run = Run(XXHFS, known.suite, prologue)
    return _case(run, "renewal", known.suite, prologue, None) | {
        "hash_before": before.hash.hex(),
        "resume_secret": run.resume_secret.hex(),
        "records": run.records([peer.Ping(1)], [peer.Pong(1)], most=limits.PEER_PLAINTEXT),
    }


def handshakes() -> list[dict[str, Any]]:
    """All of them; the keys are the same throughout, one byte each."""
    return [
        *(_server_link(suite) for suite, _ in CASES),
        *(_direct_link(suites) for suites in CASES),
        *(_renewal(suites) for suites in CASES),
    ]


def _introduction(known: Introduction) -> dict[str, Any]:
    psk, knock = known.psk_and_knock()
    return {
        "server": known.server_key.hex(),
        "id": known.id.hex(),
        "suite": known.suite,
        "host": _party(known.host),
        "guest": _party(known.guest),
        "proof_secret": known.proof_secret.hex(),
        "prologue": known.prologue().hex(),
        "psk": psk.hex(),
        "knock": knock.hex(),
        "knock_line": lines.knock(knock).decode(),
    }


def _party(party: Party) -> dict[str, str]:
    return {
        "name": party.name,
        "identity": party.identity.hex(),
        "secret": party.secret.hex(),
        "offer": party.offer.hex(),
    }


def introductions() -> list[dict[str, Any]]:
    """What both sides make of an introduction, in both suites, without and with a proof."""
    return [
        _introduction(introduction(suites, secret))
        for suites in CASES
        for secret in (b"", PROOF_SECRET)
    ]


def _proof(count: int, asker: KeyPair, asked: KeyPair) -> dict[str, Any]:
    server_key, one, other = (encode_identity(each.public) for each in (INTRODUCER, asker, asked))
    return {
        "secret": PROOF_SECRET.hex(),
        "key_id": proof.key_id(PROOF_SECRET).hex(),
        "server": server_key.hex(),
        "asker": one.hex(),
        "asked": other.hex(),
        "count": count,
        "proof": proof.prove(PROOF_SECRET, proof.Ask(server_key, one, other), count).hex(),
    }


def proofs() -> list[dict[str, Any]]:
    """Proofs of an asker: a farewell, the first, the last that a count can say; and the reverse."""
    return [
        _proof(proof.FAREWELL, RESPONDER, INITIATOR),
        _proof(1, RESPONDER, INITIATOR),
        _proof(proof.MOST_COUNT, RESPONDER, INITIATOR),
        _proof(1, INITIATOR, RESPONDER),
    ]

"""What a handshake is bound to: prologues, and the keys of an introduction (protocol,
"Prologues" and "Keys of an introduction")."""

import struct
from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

from chatd.errors import NoCommonSuite

PSK = 32
KNOCK = 16
RESUME = b"chatd/1 resume"
"""The label of the secret that a direct link leaves behind."""


def lp(data: bytes) -> bytes:
    """Length (16 bits, big-endian) and bytes."""
    return struct.pack(">H", len(data)) + data


def server_prologue(greeting: bytes, suite: str, door: bytes) -> bytes:
    """The prologue of a server link: the greeting line without its end, the chosen suite, and the
    door field of the client's first line (58 bytes)."""
    return b"chatd/1 server\0" + lp(greeting) + lp(suite.encode()) + lp(door)


def renewal_prologue(handshake_hash: bytes) -> bytes:
    """The prologue of new keys for a direct link, bound to the handshake before (32 bytes)."""
    return b"chatd/1 again\0" + handshake_hash


def common_suite(hosts: Sequence[str], guests: Sequence[str]) -> str:
    """The first of the host's suites that the guest has too; raises `NoCommonSuite`."""
    for suite in hosts:
        if suite in guests:
            return suite
    raise NoCommonSuite


class Party(Struct, frozen=True):
    """One side of an introduction: its name, its identity (33 bytes), and its offer as it wrote
    it together with the 32 secret bytes in that offer."""

    name: str
    identity: bytes
    offer: bytes
    secret: bytes


class Introduction(Struct, frozen=True):
    """All that both sides of a direct link must agree on; `proof_secret` is the secret behind the
    request's proof, empty without one."""

    server_key: bytes
    id: bytes
    host: Party
    guest: Party
    suite: str
    proof_secret: bytes = b""

    def prologue(self) -> bytes:
        """The prologue of the direct link."""
        parts = (
            self.server_key,
            self.id,
            self.host.name.encode(),
            self.host.identity,
            self.guest.name.encode(),
            self.guest.identity,
            self.host.offer,
            self.guest.offer,
            self.suite.encode(),
        )
        return b"chatd/1 peer\0" + b"".join(map(lp, parts))

    def psk_and_knock(self) -> tuple[bytes, bytes]:
        """PSK (32 bytes) and KNOCK (16 bytes): HKDF-SHA256 (RFC 5869) over all secrets."""
        kdf = HKDF(SHA256(), PSK + KNOCK, salt=self.id, info=b"chatd/1 peer")
        output = kdf.derive(self.host.secret + self.guest.secret + self.proof_secret)
        return output[:PSK], output[PSK:]

"""The floor of a login: the same bytes on the wire, in one straight line.

    python -m benchmarks.straight_line

A server of bare Twisted and `cryptography` that reads and writes what docs/protocol.md says for a
login in the suite gcm, and nothing else: no names, no limits, no deadlines, no other messages. It
prints its port.
"""

import base64
import hashlib
import struct
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from twisted.internet import epollreactor

NAME = b"Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256"
GREETING = b"CHATD/1 gcm"
PROLOGUE = b"chatd/1 server\0" + struct.pack(">H", len(GREETING)) + GREETING + b"\0\3gcm"
REKEY = (2**64 - 1).to_bytes(12, "big")


def hkdf(ck: bytes, material: bytes) -> tuple[bytes, bytes]:
    """The next chaining key and cipher key (Noise, section 4.3)."""
    stream = HKDF(hashes.SHA256(), 64, ck, b"").derive(material)
    return stream[:32], stream[32:]


def sha256(data: bytes) -> bytes:
    """One hash."""
    return hashlib.sha256(data).digest()


def nonce(n: int) -> bytes:
    """A nonce of AESGCM (Noise, section 12)."""
    return n.to_bytes(12, "big")


def main() -> None:
    """Listen on a free port of loopback until a signal comes."""
    epollreactor.install()
    from twisted.internet import reactor as installed
    from twisted.internet.protocol import Factory
    from twisted.protocols.basic import LineReceiver

    reactor: Any = installed
    static = X25519PrivateKey.generate()
    static_public = static.public_key().public_bytes_raw()
    start = sha256(sha256(NAME) + PROLOGUE)

    class StraightLine(LineReceiver):
        delimiter = b"\r\n"
        MAX_LENGTH = 4096

        def connectionMade(self) -> None:
            self.transport.setTcpNoDelay(True)
            self.first = True
            self.sendLine(GREETING)

        def lineReceived(self, line: bytes) -> None:
            if self.first:
                self.first = False
                self.answer(base64.b64decode(line[len(b"NOISE gcm ") :], validate=True))
            else:
                self.finish(base64.b64decode(line[len(b"NOISE ") :], validate=True))

        def answer(self, m1: bytes) -> None:
            ck, theirs = sha256(NAME), X25519PublicKey.from_public_bytes(m1[:32])
            h = sha256(sha256(sha256(start + m1[:32]) + m1[32:]) + b"")
            self.e = X25519PrivateKey.generate()
            public = self.e.public_key().public_bytes_raw()
            h = sha256(h + public)
            ck, k = hkdf(ck, self.e.exchange(theirs))
            secret, kem = MLKEM768PublicKey.from_public_bytes(m1[32:]).encapsulate()
            kem = AESGCM(k).encrypt(nonce(0), kem, h)
            h = sha256(h + kem)
            ck, k = hkdf(ck, secret)
            shown = AESGCM(k).encrypt(nonce(0), static_public, h)
            h = sha256(h + shown)
            self.ck, self.k = hkdf(ck, static.exchange(theirs))
            self.aead = AESGCM(self.k)
            end = self.aead.encrypt(nonce(0), b"", h)
            self.h = sha256(h + end)
            self.sendLine(b"NOISE " + base64.b64encode(public + kem + shown + end))

        def finish(self, m3: bytes) -> None:
            theirs = self.aead.decrypt(nonce(1), m3[:48], self.h)
            h = sha256(self.h + m3[:48])
            ck, k = hkdf(self.ck, self.e.exchange(X25519PublicKey.from_public_bytes(theirs)))
            AESGCM(k).decrypt(nonce(0), m3[48:], h)
            self.reading, self.writing = hkdf(ck, b"")
            self.n, self.buffer = 0, b""
            self.setRawMode()

        def rawDataReceived(self, data: bytes) -> None:
            self.buffer += data
            while len(self.buffer) >= 2:
                end = 2 + int.from_bytes(self.buffer[:2], "big")
                if len(self.buffer) < end:
                    return
                record, self.buffer = self.buffer[2:end], self.buffer[end:]
                aead = AESGCM(self.reading)
                plaintext = aead.decrypt(nonce(self.n), record, b"")
                self.reading = aead.encrypt(REKEY, bytes(32), b"")[:32]
                length = int.from_bytes(plaintext[1:3], "big")
                self.received(msgspec.msgpack.decode(plaintext[3 : 3 + length]))

        def received(self, message: list[Any]) -> None:
            if message[0] == "login":
                self.say(["welcome", self.transport.getPeer().host, message[1], []])

        def say(self, message: list[Any]) -> None:
            body = msgspec.msgpack.encode(message)
            padded = -(-(3 + len(body)) // 64) * 64
            aead = AESGCM(self.writing)
            plaintext = (struct.pack(">BH", 0, len(body)) + body).ljust(padded, b"\0")
            sealed = aead.encrypt(nonce(self.n), plaintext, b"")
            self.writing = aead.encrypt(REKEY, bytes(32), b"")[:32]
            self.n += 1
            self.transport.write(struct.pack(">H", len(sealed)) + sealed)

    port = reactor.listenTCP(0, Factory.forProtocol(StraightLine), 4096, "127.0.0.1")
    print(port.getHost().port, flush=True)
    reactor.run()


if __name__ == "__main__":
    main()

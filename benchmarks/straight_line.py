"""The floor of a login: the same bytes on the wire, in one straight line.

    python -m benchmarks.straight_line [FOLDER]

A server of bare Twisted and `cryptography` that reads and writes what docs/protocol says for a
login in the suite gcm, and nothing else: no names, no limits, no deadlines, no other messages. With
a folder it stores the names there, as barely as that can be done. It prints its port.
"""

import base64
import hashlib
import operator
import os
import socket
import struct
import sys
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from twisted.internet import epollreactor

from benchmarks.bare_names import BareNames

PROTOCOL = b"Noise_XXhfs_25519+MLKEM768_AESGCM_SHA256"
TOKEN = 58
REKEY = (2**64 - 1).to_bytes(12, "big")


def hkdf(ck: bytes, material: bytes) -> tuple[bytes, bytes]:
    """The next chaining key and cipher key (Noise, section 4.3)."""
    stream = HKDF(hashes.SHA256(), 64, ck, b"").derive(material)
    return stream[:32], stream[32:]


def sha256(data: bytes) -> bytes:
    """One hash."""
    return hashlib.sha256(data).digest()


def lp(data: bytes) -> bytes:
    """Length and bytes."""
    return struct.pack(">H", len(data)) + data


def seen(host: str, port: int) -> bytes:
    """Where a client is seen, masked (protocol, "Lines")."""
    random = os.urandom(16)
    place = bytes(10) + b"\xff\xff" + socket.inet_aton(host) + struct.pack(">H", port)
    mask = sha256(b"chatd/1 seen mask" + random)
    return random + bytes(map(operator.xor, place, mask))


def nonce(n: int) -> bytes:
    """A nonce of AESGCM (Noise, section 12)."""
    return n.to_bytes(12, "big")


def main(folder: str = "") -> None:
    """Listen on a free port of loopback until a signal comes."""
    epollreactor.install()
    from twisted.internet import reactor as installed
    from twisted.internet.protocol import Factory
    from twisted.protocols.basic import LineReceiver

    reactor: Any = installed
    names = BareNames(Path(folder), reactor) if folder else None
    static = X25519PrivateKey.generate()
    static_public = static.public_key().public_bytes_raw()

    class StraightLine(LineReceiver):
        delimiter = b"\r\n"
        MAX_LENGTH = 4096

        def connectionMade(self) -> None:
            self.transport.setTcpNoDelay(True)
            self.first = True
            peer = self.transport.getPeer()
            where = base64.b64encode(seen(peer.host, peer.port))
            self.greeting = b"CHATD/2 gcm " + where
            self.sendLine(self.greeting)

        def lineReceived(self, line: bytes) -> None:
            if self.first:
                self.first = False
                _, _, m1, door = line.split(b" ")
                decode = partial(base64.b64decode, validate=True)
                self.answer(decode(m1), decode(door))
            else:
                self.finish(base64.b64decode(line[len(b"NOISE ") :], validate=True))

        def answer(self, m1: bytes, door: bytes) -> None:
            prologue = b"chatd/1 server\0" + lp(self.greeting) + lp(b"gcm") + lp(door)
            ck, theirs = sha256(PROTOCOL), X25519PublicKey.from_public_bytes(m1[:32])
            h = sha256(sha256(sha256(sha256(sha256(PROTOCOL) + prologue) + m1[:32]) + m1[32:]))
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
            while len(self.buffer) >= 3:
                end = 3 + int.from_bytes(self.buffer[:3], "big")
                if len(self.buffer) < end:
                    return
                record, self.buffer = self.buffer[3:end], self.buffer[end:]
                aead = AESGCM(self.reading)
                plaintext = aead.decrypt(nonce(self.n), record, b"")
                self.reading = aead.encrypt(REKEY, bytes(32), b"")[:32]
                length = int.from_bytes(plaintext[1:4], "big")
                self.received(msgspec.msgpack.decode(plaintext[4 : 4 + length]))

        def received(self, message: list[Any]) -> None:
            if message[0] == "login":
                tokens = [os.urandom(TOKEN), os.urandom(TOKEN)]
                welcome = partial(self.say, ["welcome", message[1], [], tokens])
                names.store(message[1], welcome) if names else welcome()

        def say(self, message: list[Any]) -> None:
            body = msgspec.msgpack.encode(message)
            padded = -(-(4 + len(body)) // 64) * 64
            aead = AESGCM(self.writing)
            plaintext = (struct.pack(">I", len(body)) + body).ljust(padded, b"\0")
            sealed = aead.encrypt(nonce(self.n), plaintext, b"")
            self.writing = aead.encrypt(REKEY, bytes(32), b"")[:32]
            self.n += 1
            self.transport.write(struct.pack(">I", len(sealed))[1:] + sealed)

    port = reactor.listenTCP(0, Factory.forProtocol(StraightLine), 4096, "127.0.0.1")
    print(port.getHost().port, flush=True)
    reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])

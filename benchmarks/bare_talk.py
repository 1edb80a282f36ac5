"""The floors of a conversation: the same bytes on the wire, in straight lines, without a limit.

Both ends are protocols of bare Twisted. `Bare` says and hears without a key; `Straight` speaks what
docs/protocol says for texts and their acknowledgements, record by record, each under a key of its
own, with `cryptography` alone.
"""

import hmac
import struct
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.protocols.basic import Int16StringReceiver

LAST = 2**64 - 1


class Suite(Protocol):
    """What is done under one key."""

    def __init__(self, key: bytes) -> None: ...

    def seal(self, n: int, plaintext: bytes) -> bytes:
        """The ciphertext."""

    def unseal(self, n: int, ciphertext: bytes) -> bytes:
        """The plaintext."""

    def next_key(self) -> bytes:
        """The key after this one."""


class Gcm:
    """AES-256-GCM."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def seal(self, n: int, plaintext: bytes) -> bytes:
        """The ciphertext and its tag."""
        return self._aead.encrypt(n.to_bytes(12, "big"), plaintext, b"")

    def unseal(self, n: int, ciphertext: bytes) -> bytes:
        """The plaintext."""
        return self._aead.decrypt(n.to_bytes(12, "big"), ciphertext, b"")

    def next_key(self) -> bytes:
        """32 zeros under the last nonce."""
        return self.seal(LAST, bytes(32))[:32]


class Cbc:
    """A256CBC-HS512, with keys and IV from one key."""

    def __init__(self, key: bytes) -> None:
        keys = HKDFExpand(hashes.SHA512(), 96, b"chatd/1 AES256CBC/HS512").derive(key)
        self._mac, self._key = keys[:32], keys[32:64]
        self._ivs = Cipher(algorithms.AES(keys[64:]), modes.ECB()).encryptor()

    def seal(self, n: int, plaintext: bytes) -> bytes:
        """The blocks and their tag."""
        padder, iv = padding.PKCS7(128).padder(), self._iv(n)
        encrypted = self._encrypt(iv, padder.update(plaintext) + padder.finalize())
        return encrypted + self._tag(iv, encrypted)

    def unseal(self, n: int, ciphertext: bytes) -> bytes:
        """The plaintext."""
        encrypted, tag, iv = ciphertext[:-32], ciphertext[-32:], self._iv(n)
        assert hmac.compare_digest(tag, self._tag(iv, encrypted))
        decryptor = Cipher(algorithms.AES(self._key), modes.CBC(iv)).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        return unpadder.update(decryptor.update(encrypted)) + unpadder.finalize()

    def next_key(self) -> bytes:
        """32 zeros under the last nonce."""
        return self._encrypt(self._iv(LAST), bytes(32))

    def _encrypt(self, iv: bytes, blocks: bytes) -> bytes:
        return Cipher(algorithms.AES(self._key), modes.CBC(iv)).encryptor().update(blocks)

    def _iv(self, n: int) -> bytes:
        return self._ivs.update(n.to_bytes(16, "big"))

    def _tag(self, iv: bytes, encrypted: bytes) -> bytes:
        return hmac.digest(self._mac, iv + encrypted + bytes(8), "sha512")[:32]


class End(TwistedProtocol):
    """One end of a talk in which one side says texts and the other acknowledges them; `heard` is
    told how many acknowledgements came."""

    transport: Any
    heard: Callable[[int], None] | None = None

    def connectionMade(self) -> None:
        """Send at once, as chatd does."""
        self.transport.setTcpNoDelay(True)


class Bare(Int16StringReceiver, End):
    """Says a text with its length in front, and answers with one byte."""

    MAX_LENGTH = 2**16 - 1

    def say(self, text: str) -> None:
        """One text."""
        self.sendString(text.encode())

    def stringReceived(self, string: bytes) -> None:
        """A text or an answer."""
        if self.heard is None:
            self.sendString(b"+")
        else:
            self.heard(1)


class Straight(End):
    """Records of one suite."""

    def __init__(self, suite: type[Suite], sending: bytes, receiving: bytes) -> None:
        self._suite = suite
        self._sending, self._receiving = sending, receiving
        self._sent = self._received = self._texts = 0
        self._buffer = b""

    def say(self, text: str) -> None:
        """One text."""
        self._texts += 1
        self._send(["text", self._texts, None, "text", text])

    def dataReceived(self, data: bytes) -> None:
        """Records."""
        self._buffer += data
        while len(self._buffer) >= 3:
            end = 3 + int.from_bytes(self._buffer[:3], "big")
            if len(self._buffer) < end:
                return
            record, self._buffer = self._buffer[3:end], self._buffer[end:]
            under = self._suite(self._receiving)
            plaintext = under.unseal(self._received, record)
            self._receiving = under.next_key()
            self._received += 1
            length = int.from_bytes(plaintext[1:4], "big")
            self._hear(msgspec.msgpack.decode(plaintext[4 : 4 + length]))

    def _hear(self, message: list[Any]) -> None:
        if message[0] == "text":
            self._send(["ack", message[1]])
        elif self.heard is not None:
            self.heard(1)

    def _send(self, message: list[Any]) -> None:
        body = msgspec.msgpack.encode(message)
        padded = -(-(4 + len(body)) // 64) * 64
        under = self._suite(self._sending)
        plaintext = (struct.pack(">I", len(body)) + body).ljust(padded, b"\0")
        sealed = under.seal(self._sent, plaintext)
        self._sending = under.next_key()
        self._sent += 1
        self.transport.write(struct.pack(">I", len(sealed))[1:] + sealed)

"""The server's side of XXhfs in one line: what `HandshakeState` does with the table `XXHFS`, but
without looking up each token (tests/noise/test_noise_responder.py holds the two together)."""

import hashlib
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chatd.errors import BadKey, BadRecord, LocalProtocolError
from chatd.noise.ciphers import Cipher, CipherState
from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.noise.lengths import message_lengths
from chatd.noise.patterns import XXHFS, protocol_name
from chatd.noise.suites import Suite
from chatd.noise.symmetric import SymmetricState


class Responder:
    """Answers m1 by m2 and takes m3, once each; any error is final."""

    __slots__ = ("_ck", "_h", "_last", "_primitives", "_s", "_suite", "remote_static")

    def __init__(
        self, suite: Suite, prologue: bytes, s: KeyPair, primitives: Primitives = REAL
    ) -> None:
        self.remote_static: bytes | None = None
        """The other side's 32-byte static key, once m3 has shown it."""
        self._suite = suite
        self._primitives = primitives
        self._s: KeyPair | None = s
        self._ck = _name_hash(suite, primitives)
        self._h = _hash(self._ck + prologue)
        self._last: tuple[KeyPair, KeyPair, Cipher] | None = None
        """What m3 is read with: the static and the ephemeral key pair, and the cipher after m2."""

    @property
    def handshake_hash(self) -> bytes:
        """32 bytes that name this session; raises `LocalProtocolError` before m3 was taken."""
        if self.remote_static is None:
            raise LocalProtocolError("the handshake has no hash before it is finished")
        return self._h

    def answer(self, m1: bytes) -> bytes:
        """m2; raises `BadRecord` or `BadKey`."""
        s, self._s = self._s, None
        if s is None:
            raise LocalProtocolError("the handshake has failed, or this is not its next step")
        dh, kem, make = self._primitives.dh, self._primitives.kem, self._suite.cipher
        if len(m1) != dh.length + kem.public_length:
            raise BadRecord
        re, re1 = m1[: dh.length], m1[dh.length :]
        dh.check_public(re)
        e = dh.generate_keypair()
        h = _hash(_hash(_hash(_hash(self._h + re) + re1)) + e.public)
        ck, key = _hkdf(self._ck, dh.dh(e, re))
        ciphertext, secret = kem.encapsulate(re1)
        ekem1 = make(key).encrypt(0, h, ciphertext)
        h = _hash(h + ekem1)
        ck, key = _hkdf(ck, secret)
        shown = make(key).encrypt(0, h, s.public)
        h = _hash(h + shown)
        self._ck, key = _hkdf(ck, dh.dh(s, re))
        cipher = make(key)
        end = cipher.encrypt(0, h, b"")
        self._h, self._last = _hash(h + end), (s, e, cipher)
        return b"".join((e.public, ekem1, shown, end))

    def finish(self, m3: bytes) -> None:
        """Take m3; raises `BadRecord` or `BadKey`."""
        last, self._last = self._last, None
        if last is None:
            raise LocalProtocolError("the handshake has failed, or this is not its next step")
        s, e, cipher = last
        dh = self._primitives.dh
        if len(m3) != message_lengths(XXHFS, self._suite, self._primitives)[2]:
            raise BadRecord
        length = self._suite.cipher.ciphertext_length(dh.length)
        rs = _sized(cipher.decrypt(1, self._h, m3[:length]), dh.length)
        dh.check_public(rs)
        if rs == s.public:
            raise BadKey
        h = _hash(self._h + m3[:length])
        self._ck, key = _hkdf(self._ck, dh.dh(e, rs))
        _sized(self._suite.cipher(key).decrypt(0, h, m3[length:]), 0)
        self._h, self.remote_static = _hash(h + m3[length:]), rs

    def split(self) -> tuple[CipherState, CipherState]:
        """The (sending, receiving) keys, once, when m3 was taken."""
        if self.remote_static is None or not self._ck:
            raise LocalProtocolError("the handshake's keys are not there, or have been taken")
        receiving, sending = _hkdf(self._ck, b"")
        self._ck = b""
        make = self._suite.cipher
        return CipherState(make, sending), CipherState(make, receiving)


@lru_cache(maxsize=64)
def _name_hash(suite: Suite, primitives: Primitives) -> bytes:
    name = protocol_name(XXHFS, suite, primitives)
    return SymmetricState(name, suite.cipher).handshake_hash


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _hkdf(ck: bytes, material: bytes) -> tuple[bytes, bytes]:
    stream = HKDF(SHA256(), 64, ck, b"").derive(material)
    return stream[:32], stream[32:]


def _sized(plaintext: bytes, length: int) -> bytes:
    """Block ciphers hide the length, so that it is checked once more."""
    if len(plaintext) != length:
        raise BadRecord
    return plaintext

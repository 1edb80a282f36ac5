"""chatd/2 once more, written from docs/protocol alone: it shares no code with chatd, so that an
attacker built on it makes no mistake of ours twice. Suite gcm only, blocking sockets.
"""

import base64
import hashlib
import hmac
import os
import socket
import struct

import msgspec
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECONDS = 120
LAST = 2**64 - 1
DOOR = 58
pack, unpack = msgspec.msgpack.encode, msgspec.msgpack.decode


def sha256(data):
    """The hash of everything here."""
    return hashlib.sha256(data).digest()


def mac(key, data):
    """HMAC-SHA256."""
    return hmac.digest(key, data, "sha256")


def lp(data):
    """16 bits of length, and the data."""
    return struct.pack(">H", len(data)) + data


def unmasked(seen):
    """The address (16 bytes) and the port in the 34 bytes of a greeting."""
    pad = sha256(b"chatd/1 seen mask" + seen[:16])
    plain = bytes(a ^ b for a, b in zip(seen[16:], pad, strict=False))
    return plain[:16], int.from_bytes(plain[16:], "big")


def masked(address, port):
    """The 34 bytes for a greeting."""
    fresh = os.urandom(16)
    pad = sha256(b"chatd/1 seen mask" + fresh)
    return fresh + bytes(
        a ^ b for a, b in zip(address + port.to_bytes(2, "big"), pad, strict=False)
    )


def nonce(n):
    """The 12 bytes of AES-GCM in Noise."""
    return bytes(4) + struct.pack(">Q", n)


class Identity:
    """A static key pair, and its 33 bytes."""

    def __init__(self):
        self.private = X25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes_raw()
        self.bytes = b"\x01" + self.public

    @property
    def fingerprint(self):
        return "SHA256:" + base64.b64encode(sha256(self.bytes)).decode().rstrip("=")


class Noise:
    """XXhfs, or XXhfs+psk0 with a `psk`; each method is one message."""

    def __init__(self, prologue, identity, psk=None):
        modifiers = "hfs" if psk is None else "hfs+psk0"
        self.h = sha256(f"Noise_XX{modifiers}_25519+MLKEM768_AESGCM_SHA256".encode())
        self.ck, self.k, self.n = self.h, None, 0
        self.identity, self.psk = identity, psk
        self.e = X25519PrivateKey.generate()
        self.mix_hash(prologue)

    def mix_hash(self, data):
        self.h = sha256(self.h + data)

    def hkdf(self, data, count):
        temp, outputs = mac(self.ck, data), [b""]
        for i in range(count):
            outputs.append(mac(temp, outputs[-1] + bytes([i + 1])))
        return outputs[1:]

    def mix_key(self, data):
        self.ck, self.k = self.hkdf(data, 2)
        self.n = 0

    def mix_psk(self):
        if self.psk is not None:
            self.ck, more, self.k = self.hkdf(self.psk, 3)
            self.mix_hash(more)
            self.n = 0

    def encrypt(self, data):
        sealed = data if self.k is None else AESGCM(self.k).encrypt(nonce(self.n), data, self.h)
        self.n += 1
        self.mix_hash(sealed)
        return sealed

    def decrypt(self, data):
        opened = data if self.k is None else AESGCM(self.k).decrypt(nonce(self.n), data, self.h)
        self.n += 1
        self.mix_hash(data)
        return opened

    def mix_e(self, public):
        self.mix_hash(public)
        if self.psk is not None:
            self.mix_key(public)

    def dh(self, private, public):
        self.mix_key(private.exchange(X25519PublicKey.from_public_bytes(public)))

    # -- the initiator

    def write1(self):
        self.mix_psk()
        public = self.e.public_key().public_bytes_raw()
        self.mix_e(public)
        self.e1 = MLKEM768PrivateKey.generate()
        return public + self.encrypt(self.e1.public_key().public_bytes_raw()) + self.encrypt(b"")

    def read2(self, message):
        re, kem, rest = message[:32], message[32:1136], message[1136:]
        self.mix_e(re)
        self.dh(self.e, re)
        ciphertext = self.decrypt(kem)
        self.mix_key(self.e1.decapsulate(ciphertext))
        self.rs, self.re = self.decrypt(rest[:48]), re
        self.dh(self.e, self.rs)
        assert self.decrypt(rest[48:]) == b""

    def write3(self):
        sealed = self.encrypt(self.identity.public)
        self.dh(self.identity.private, self.re)
        return sealed + self.encrypt(b"")

    # -- the responder

    def read1(self, message):
        self.mix_psk()
        self.re = message[:32]
        self.mix_e(self.re)
        end = len(message) if self.k is None else -16
        self.kem = MLKEM768PublicKey.from_public_bytes(self.decrypt(message[32:end]))
        assert self.decrypt(b"" if self.k is None else message[-16:]) == b""

    def write2(self):
        public = self.e.public_key().public_bytes_raw()
        self.mix_e(public)
        self.dh(self.e, self.re)
        shared, ciphertext = self.kem.encapsulate()
        sealed = self.encrypt(ciphertext)
        self.mix_key(shared)
        sealed += self.encrypt(self.identity.public)
        self.dh(self.identity.private, self.re)
        return public + sealed + self.encrypt(b"")

    def read3(self, message):
        self.rs = self.decrypt(message[:48])
        self.dh(self.e, self.rs)
        assert self.decrypt(message[48:]) == b""

    def split(self):
        """The key of the initiator's records, and that of the responder's."""
        return self.hkdf(b"", 2)


class Recorded:
    """An m1 for a server, which can be said before there is a greeting, and again and again."""

    def __init__(self):
        self.noise = Noise(b"", None)
        self.m1 = self.noise.write1()

    def under(self, greeting, door, identity):
        """The handshake that it begins."""
        noise = Noise(b"chatd/1 server\0" + lp(greeting) + lp(b"gcm") + lp(door), identity)
        noise.e, noise.e1 = self.noise.e, self.noise.e1
        for part in (self.m1[:32], self.m1[32:], b""):
            noise.mix_hash(part)
        return noise


class Sealed:
    """One direction of records."""

    def __init__(self, key):
        self.key, self.n = key, 0

    def step(self):
        self.key = AESGCM(self.key).encrypt(nonce(LAST), bytes(32), b"")[:32]
        self.n += 1

    def seal(self, plaintext):
        sealed = AESGCM(self.key).encrypt(nonce(self.n), plaintext, b"")
        self.step()
        return len(sealed).to_bytes(3, "big") + sealed

    def open(self, sealed):
        plaintext = AESGCM(self.key).decrypt(nonce(self.n), sealed, b"")
        self.step()
        return plaintext


def plaintext(body, kind=0):
    """A record before it is sealed."""
    whole = struct.pack(">I", kind << 24 | len(body)) + body
    return whole + bytes(-len(whole) % 64)


class Link:
    """A connection: lines, then records."""

    def __init__(self, connection):
        self.connection = connection
        connection.settimeout(SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.sending = self.receiving = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.connection.close()

    def raw(self, data):
        self.connection.sendall(data)

    def more(self):
        data = self.connection.recv(65536)
        self.buffer += data
        return bool(data)

    def line(self):
        """The next line, or None at the end."""
        while b"\r\n" not in self.buffer:
            if not self.more():
                return None
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def noise(self):
        """The message in the next line."""
        return base64.b64decode(self.line().split(b" ")[-1])

    def say(self, *words):
        """One line; bytes in base64."""
        shown = [base64.b64encode(w).decode() if isinstance(w, bytes) else w for w in words]
        self.raw(" ".join(shown).encode() + b"\r\n")

    def switch(self, sending, receiving):
        self.sending, self.receiving = Sealed(sending), Sealed(receiving)

    def send(self, *message):
        self.raw(self.sending.seal(plaintext(pack(message))))

    def read(self):
        """The next message as a list, or None at the end."""
        while len(self.buffer) < 3 or len(self.buffer) < 3 + self.length():
            if not self.more():
                return None
        end = 3 + self.length()
        sealed, self.buffer = self.buffer[3:end], self.buffer[end:]
        opened = self.receiving.open(sealed)
        length = int.from_bytes(opened[1:4], "big")
        return unpack(opened[4 : 4 + length])

    def length(self):
        return int.from_bytes(self.buffer[:3], "big")

    def until(self, tag):
        """The next message with this tag; those before it are passed over."""
        while True:
            message = self.read()
            assert message is not None, f"it ended before {tag}"
            if message[0] == tag:
                return message

    def to_the_end(self):
        """All that still comes, as bytes."""
        try:
            while self.more():
                pass
        except ConnectionResetError:
            pass
        return self.buffer


def dial(port, host="127.0.0.1", source="127.0.0.1"):
    """A new link."""
    return Link(socket.create_connection((host, port), SECONDS, (source, 0)))


def vouched(port, random, host="127.0.0.1"):
    """A voucher for where we are seen, for whoever knows these 16 bytes."""
    with dial(port, host, host) as link:
        link.line()
        link.say("SEEN", sha256(b"chatd/1 seen commit" + random))
        return link.noise()


class Client(Link):
    """A client of an honest server, which does as it pleases after the login."""

    def __init__(
        self,
        port,
        name,
        identity=None,
        door=None,
        source="127.0.0.1",
        speaks_first=False,
        tls=None,
    ):
        host = "::1" if ":" in source else "127.0.0.1"
        connection = socket.create_connection((host, port), SECONDS, (source, 0))
        super().__init__(
            tls.wrap_socket(connection, server_hostname="localhost") if tls else connection
        )
        self.speaks_first = speaks_first
        self.name, self.identity = name, identity or Identity()
        try:
            self.shake_hands(os.urandom(DOOR) if door is None else door)
            self.send("login", name, False, [])
            _, named, _, self.tokens = self.until("welcome")
            assert named == name
        except BaseException:
            self.close()
            raise

    def shake_hands(self, door):
        """From the greeting, or from m1 for those who speak first, to m3."""
        recorded = Recorded()
        if self.speaks_first:
            self.say("NOISE", "gcm", recorded.m1, door)
        self.greeting = self.line()
        self.seen = unmasked(base64.b64decode(self.greeting.split(b" ")[2]))
        if not self.speaks_first:
            self.say("NOISE", "gcm", recorded.m1, door)
        noise = recorded.under(self.greeting, door, self.identity)
        noise.read2(self.noise())
        self.server = b"\x01" + noise.rs
        self.say("NOISE", noise.write3())
        self.switch(*noise.split())

    def accept(self, port, suites=("gcm",)):
        """Accept the next request; afterwards `introduction` is what "go" said."""
        self.offer = pack(["offer", os.urandom(32), list(suites), []])
        id = self.until("request")[1]
        self.send("accept", id, self.offer, ["none", port, []])
        self.introduction = self.until("go")
        return self.introduction

    def ask(self, name, port, suites=("gcm",)):
        """Ask for a conversation and make our part of it."""
        self.offer = pack(["offer", os.urandom(32), list(suites), []])
        self.send("request", name, 60, None)
        id = self.until("accepted")[1]
        self.send("offer", id, self.offer, ["none", port, []])
        self.introduction = self.until("go")
        return self.introduction

    def keys(self, *, is_host=False):
        """(prologue, PSK, KNOCK) of the introduction."""
        _, id, name, key, theirs, *_ = self.introduction
        us = (self.name.encode(), self.identity.bytes, self.offer)
        them = (name.encode(), key, theirs)
        host, guest = (us, them) if is_host else (them, us)
        parts = (self.server, id, *host[:2], *guest[:2], host[2], guest[2], b"gcm")
        prologue = b"chatd/1 peer\0" + b"".join(map(lp, parts))
        secrets = unpack(host[2])[1] + unpack(guest[2])[1]
        prk, output = mac(id, secrets), b""
        for i in (1, 2):
            output += mac(prk, output[-32:] + b"chatd/1 peer" + bytes([i]))
        return prologue, output[:32], output[32:48]

    def places(self):
        """The ports on this machine at which the other one listens."""
        _, _, _, _, _, observed, local, _ = self.introduction
        return [port for _, port in [*observed, *local]]

    def guest(self, number=1, received=0):
        """Open a direct link as the guest who dials, and take it with this number; returns it, with
        what the host says there first, None where it hangs up."""
        prologue, psk, _ = self.keys()
        link = dial(self.places()[0])
        noise = Noise(prologue, self.identity, psk)
        link.m1 = noise.write1()
        link.say("NOISE", link.m1)
        noise.read2(link.noise())
        link.say("NOISE", noise.write3())
        link.switch(*noise.split())
        link.noise_state = noise
        link.send("take", number, received)
        try:
            link.first = link.read()
        except ConnectionResetError:
            link.first = None
        return link

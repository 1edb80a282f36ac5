"""What the openings of all links have in common: lines in, lines out, then the keys for records.

Any error raised by one is final: the link is to be closed without a word.
"""

from typing import Protocol

from msgspec import Struct

from chatd.errors import Unexpected
from chatd.noise.ciphers import CipherState
from chatd.noise.handshake import HandshakeState
from chatd.noise.keys import encode_identity
from chatd.noise.responder import Responder


class Secured(Struct, frozen=True):
    """What a finished opening leaves: the keys for records, and who the remote side is."""

    sending: CipherState
    receiving: CipherState
    remote_identity: bytes
    handshake_hash: bytes
    suite: str
    resume_secret: bytes = b""
    """Of a direct link (32 bytes): proves later that its conversation is meant."""


class Opening(Protocol):
    """One side of the opening of a link."""

    @property
    def secured(self) -> Secured | None:
        """The keys for records, once the opening is done."""

    def start(self) -> list[bytes]:
        """The lines to send as soon as the link is up."""

    def receive_line(self, line: bytes) -> list[bytes]:
        """The lines to send in answer to one line; raises `ChatdError`."""


class Visit(Struct, frozen=True):
    """What someone said to a relay after it had greeted with this line: a ticket and the proof of
    its owner (77 bytes)."""

    shown: bytes
    greeting: bytes


class HandOver(Exception):
    """The connection is not for the handshake, but for a visit to the relay."""

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self.visit = visit


def secured_by(noise: HandshakeState | Responder, suite: str) -> Secured:
    """What this handshake leaves, once it is finished."""
    sending, receiving = noise.split()
    return Secured(sending, receiving, remote_identity(noise), noise.handshake_hash, suite)


def remote_identity(noise: HandshakeState | Responder) -> bytes:
    """Whom the remote side has shown itself to be (33 bytes)."""
    if noise.remote_static is None:
        raise Unexpected
    return encode_identity(noise.remote_static)

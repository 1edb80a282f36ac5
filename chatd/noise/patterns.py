"""The handshake patterns as tables of tokens (Noise, sections 7 and 9; the HFS extension)."""

from dataclasses import dataclass
from typing import Literal

from chatd.noise.keys import Primitives
from chatd.noise.suites import Suite

Token = Literal["psk", "e", "e1", "ekem1", "s", "ee", "es", "se"]
Message = tuple[Token, ...]


@dataclass(frozen=True)
class Pattern:
    """A pattern, its modifiers in order, and the tokens of each message, the initiator's first."""

    name: str
    modifiers: tuple[str, ...]
    messages: tuple[Message, ...]

    @property
    def has_kem(self) -> bool:
        """Whether a KEM takes part (HFS)."""
        return "hfs" in self.modifiers

    @property
    def has_psk(self) -> bool:
        """Whether a pre-shared key takes part."""
        return any("psk" in message for message in self.messages)


XX = Pattern("XX", (), (("e",), ("e", "ee", "s", "es"), ("s", "se")))
"""Classical, and never on the wire: other libraries have it too, so tests can ask them."""

XXHFS = Pattern("XX", ("hfs",), (("e", "e1"), ("e", "ee", "ekem1", "s", "es"), ("s", "se")))
"""Client and server."""

XXHFS_PSK0 = Pattern("XX", ("hfs", "psk0"), (("psk", *XXHFS.messages[0]), *XXHFS.messages[1:]))
"""Peer and peer."""


def protocol_name(pattern: Pattern, suite: Suite, primitives: Primitives) -> bytes:
    """The name that both sides start from, such as `Noise_XX_25519_AESGCM_SHA256` (section 8)."""
    modifiers = "+".join(pattern.modifiers)
    kem = f"+{primitives.kem.name}" if pattern.has_kem else ""
    name = f"Noise_{pattern.name}{modifiers}_{primitives.dh.name}{kem}_{suite.cipher.name}_SHA256"
    return name.encode("ascii")

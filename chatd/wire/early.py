"""A first message that is written before its prologue is known, and once more afterwards.

No byte of m1 depends on the prologue, but what follows does: a client that spoke before it had
read the greeting begins the handshake anew with it, and has to come to the same m1.
"""

from chatd.noise.keys import DH, KEM, KeyPair, Primitives


def with_kept_keys(primitives: Primitives) -> Primitives:
    """The same functions, for one handshake: of each kind they make one key pair, and keep it."""
    return Primitives(_KeptDH(primitives.dh), _KeptKEM(primitives.kem))


class _KeptDH:
    def __init__(self, dh: DH) -> None:
        self.name, self.length = dh.name, dh.length
        self.keypair_from_private = dh.keypair_from_private
        self.dh = dh.dh
        self.check_public = dh.check_public
        self._make = dh.generate_keypair
        self._kept: KeyPair | None = None

    def generate_keypair(self) -> KeyPair:
        if self._kept is None:
            self._kept = self._make()
        return self._kept


class _KeptKEM:
    def __init__(self, kem: KEM) -> None:
        self.name = kem.name
        self.public_length, self.ciphertext_length = kem.public_length, kem.ciphertext_length
        self.encapsulate = kem.encapsulate
        self.decapsulate = kem.decapsulate
        self._make = kem.generate_keypair
        self._kept: KeyPair | None = None

    def generate_keypair(self) -> KeyPair:
        if self._kept is None:
            self._kept = self._make()
        return self._kept

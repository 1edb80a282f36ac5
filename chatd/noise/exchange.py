"""What each token of a pattern does to the keys of one side (Noise, sections 5.3 and 9.2; HFS)."""

from io import BytesIO

from chatd.errors import BadKey, BadRecord, LocalProtocolError
from chatd.noise.ciphers import CipherState
from chatd.noise.keys import KeyPair, Primitives
from chatd.noise.patterns import Token
from chatd.noise.symmetric import SymmetricState


class Exchange:
    """One side's secrets, driven token by token.

    The tokens come from a pattern in its order, and a message has exactly the length that they
    need: both are for the caller to see to.
    """

    def __init__(
        self,
        symmetric: SymmetricState,
        primitives: Primitives,
        *,
        initiator: bool,
        s: KeyPair,
        psk: bytes | None,
    ) -> None:
        self._symmetric = symmetric
        self._dh = primitives.dh
        self._kem = primitives.kem
        self._initiator = initiator
        self._psk, self._has_psk = psk, psk is not None
        self._local = {"s": s}
        self.remote: dict[str, bytes] = {}
        """The public keys read so far, under the names of their tokens."""

    @property
    def handshake_hash(self) -> bytes:
        """The 32 bytes that stand for the transcript so far."""
        return self._symmetric.handshake_hash

    def use_static(self, s: KeyPair) -> None:
        """Be someone else than at first; only before any token needed it. Raises `BadKey`."""
        self._local["s"] = s
        self._refuse_own(self.remote.get("s"))

    def write(self, token: Token) -> bytes:
        """The bytes that `token` adds to a message; raises `BadKey`."""
        match token:
            case "e":
                return self._write_e()
            case "e1":
                return self._write_e1()
            case "s":
                return self._symmetric.encrypt_and_hash(self._local["s"].public)
            case "ekem1":
                return self._write_ekem1()
            case "psk":
                self._mix_psk()
            case _:
                self._mix_dh(token)
        return b""

    def read(self, token: Token, message: BytesIO) -> None:
        """Take what `token` added off the front of `message`; raises `BadRecord` or `BadKey`."""
        match token:
            case "e":
                self._read_e(message.read(self._dh.length))
            case "e1":
                self.remote["e1"] = self._decrypt(message, self._kem.public_length)
            case "s":
                self._read_s(self._decrypt(message, self._dh.length))
            case "ekem1":
                self._read_ekem1(self._decrypt(message, self._kem.ciphertext_length))
            case "psk":
                self._mix_psk()
            case _:
                self._mix_dh(token)

    def write_payload(self) -> bytes:
        """The end of a message: the encryption of nothing."""
        return self._symmetric.encrypt_and_hash(b"")

    def read_payload(self, message: BytesIO) -> None:
        """Verify the end of a message; raises `BadRecord`, also for a payload."""
        self._decrypt(message, 0)

    def export(self, label: bytes) -> bytes:
        """32 bytes that both sides share, for the use that `label` names; before `split`."""
        return self._symmetric.export(label)

    def split(self) -> tuple[CipherState, CipherState]:
        """This side's (sending, receiving) keys, once; the secrets behind them are dropped."""
        ours, theirs = self._symmetric.split()
        self._local.clear()
        return (ours, theirs) if self._initiator else (theirs, ours)

    def _write_e(self) -> bytes:
        self._local["e"] = self._dh.generate_keypair()
        public = self._local["e"].public
        self._mix_e(public)
        return public

    def _read_e(self, public: bytes) -> None:
        self._dh.check_public(public)
        self._mix_e(public)
        self.remote["e"] = public

    def _mix_e(self, public: bytes) -> None:
        self._symmetric.mix_hash(public)
        if self._has_psk:
            # A PSK alone gives the same cipher key each time; the ephemeral varies it (9.2).
            self._symmetric.mix_key(public)

    def _write_e1(self) -> bytes:
        self._local["e1"] = self._kem.generate_keypair()
        return self._symmetric.encrypt_and_hash(self._local["e1"].public)

    def _write_ekem1(self) -> bytes:
        ciphertext, secret = self._kem.encapsulate(self.remote.pop("e1"))
        encrypted = self._symmetric.encrypt_and_hash(ciphertext)
        self._symmetric.mix_key(secret)
        return encrypted

    def _read_ekem1(self, ciphertext: bytes) -> None:
        self._symmetric.mix_key(self._kem.decapsulate(self._local.pop("e1"), ciphertext))

    def _read_s(self, public: bytes) -> None:
        self._dh.check_public(public)
        self._refuse_own(public)
        self.remote["s"] = public

    def _refuse_own(self, public: bytes | None) -> None:
        if public == self._local["s"].public:
            raise BadKey

    def _mix_psk(self) -> None:
        psk, self._psk = self._psk, None
        if psk is None:
            raise LocalProtocolError("the pattern needs a pre-shared key")
        self._symmetric.mix_key_and_hash(psk)

    def _mix_dh(self, token: Token) -> None:
        # The first letter is the initiator's key, the second the responder's.
        ours, theirs = (0, 1) if self._initiator else (1, 0)
        keypair, public = self._local[token[ours]], self.remote[token[theirs]]
        self._symmetric.mix_key(self._dh.dh(keypair, public))

    def _decrypt(self, message: BytesIO, length: int) -> bytes:
        """The next field; block ciphers hide its length, so that it is checked again here."""
        ciphertext = message.read(self._symmetric.ciphertext_length(length))
        plaintext = self._symmetric.decrypt_and_hash(ciphertext)
        if len(plaintext) != length:
            raise BadRecord
        return plaintext

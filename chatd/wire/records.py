"""Records: what carries messages once a handshake is done (protocol, "Records")."""

import struct

from msgspec import Struct

from chatd import limits
from chatd.errors import LocalProtocolError, Malformed, TooLarge
from chatd.noise.ciphers import CipherState

MESSAGE = 0
CHUNK = 1
_KINDS = (MESSAGE, CHUNK)
_LENGTH = struct.Struct(">H")
_HEADER = struct.Struct(">BH")


class Record(Struct, frozen=True):
    """One opened record: its kind (`MESSAGE` or `CHUNK`) and its body without the padding."""

    kind: int
    body: bytes


def _padded(length: int) -> int:
    return -(-(_HEADER.size + length) // limits.PADDING) * limits.PADDING


def _plaintext(record: Record) -> bytes:
    header = _HEADER.pack(record.kind, len(record.body))
    return (header + record.body).ljust(_padded(len(record.body)), b"\0")


def _parse(plaintext: bytes) -> Record:
    kind, length = _HEADER.unpack_from(plaintext)
    end = _HEADER.size + length
    if kind not in _KINDS or len(plaintext) != _padded(length) or any(plaintext[end:]):
        raise Malformed
    return Record(kind, plaintext[_HEADER.size : end])


class Sealer:
    """Turns bodies into records, and changes the key after each."""

    __slots__ = ("_cipher", "_most")

    def __init__(self, cipher: CipherState, most: int) -> None:
        self._cipher = cipher
        self._most = most

    def seal(self, body: bytes, kind: int = MESSAGE) -> bytes:
        """The record for one body; raises `LocalProtocolError` if it is over the link's limit."""
        if _padded(len(body)) > self._most:
            raise LocalProtocolError("a message is longer than its link allows")
        ciphertext = self._cipher.encrypt_with_ad(b"", _plaintext(Record(kind, body)))
        self._cipher.rekey()
        return _LENGTH.pack(len(ciphertext)) + ciphertext

    def switch(self, cipher: CipherState) -> None:
        """Seal all that follows under another key; the old one is dropped."""
        self._cipher = cipher


class Opener:
    """Turns a stream of bytes into records; any error is final."""

    __slots__ = ("_buffer", "_cipher", "_longest", "_shortest")

    def __init__(self, cipher: CipherState, most: int) -> None:
        self._cipher = cipher
        self._shortest = cipher.ciphertext_length(limits.PADDING)
        self._longest = cipher.ciphertext_length(most)
        self._buffer: bytearray | None = None  # so that links that wait have none

    @property
    def has_more(self) -> bool:
        """Whether there are bytes that are no record yet, or one that was not asked for."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> None:
        """Add bytes of the stream."""
        if self._buffer is None:
            self._buffer = bytearray()
        self._buffer += data

    def switch(self, cipher: CipherState) -> None:
        """Open all that follows under another key; the old one is dropped."""
        self._cipher = cipher

    def next(self) -> Record | None:
        """The next whole record, or None until there is one.

        Raises `TooLarge` as soon as a length is over the link's limit, `Malformed` for a length
        below the smallest record and for wrong contents, and `BadRecord` for what does not verify.
        """
        buffer = self._buffer
        if buffer is None or len(buffer) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(buffer)
        if length > self._longest:
            raise TooLarge
        if length < self._shortest:
            raise Malformed
        end = _LENGTH.size + length
        if len(buffer) < end:
            return None
        ciphertext = bytes(buffer[_LENGTH.size : end])
        del buffer[:end]
        if not buffer:
            self._buffer = None
        plaintext = self._cipher.decrypt_with_ad(b"", ciphertext)
        self._cipher.rekey()
        return _parse(plaintext)

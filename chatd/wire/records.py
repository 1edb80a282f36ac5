"""Records: what carries messages once a handshake is done (protocol, "Records")."""

import struct
from collections.abc import Sequence

from msgspec import Struct

from chatd import limits
from chatd.errors import LocalProtocolError, Malformed, TooLarge
from chatd.noise.ciphers import CipherState
from chatd.wire.codec import Body

MESSAGE = 0
CHUNK = 1
_KINDS = (MESSAGE, CHUNK)
_LENGTH = 3
"""Bytes of the length in front of a record."""
_HEADER = struct.Struct(">I")
_BODY = 1 << 24
"""The kind counts so much in a header, of which the rest is the length of the body."""
_ZEROS = bytes(limits.PADDING)


class Record(Struct, frozen=True):
    """One opened record: its kind (`MESSAGE` or `CHUNK`) and its body without the padding."""

    kind: int
    body: Body


def _padding(length: int) -> bytes:
    """What follows a body of this length."""
    return _ZEROS[: -(_HEADER.size + length) % limits.PADDING]


def _parse(plaintext: bytes) -> Record:
    kind, length = divmod(_HEADER.unpack_from(plaintext)[0], _BODY)
    end = _HEADER.size + length
    if kind not in _KINDS or len(plaintext) < end or plaintext[end:] != _padding(length):
        raise Malformed
    body = memoryview(plaintext)[_HEADER.size : end]
    return Record(kind, body if kind == CHUNK else bytes(body))


class Sealer:
    """Turns bodies into records, and changes the key after each."""

    __slots__ = ("_cipher", "_most")

    def __init__(self, cipher: CipherState, most: int) -> None:
        self._cipher = cipher
        self._most = most

    def seal(self, body: bytes, kind: int = MESSAGE) -> bytes:
        """The record for one body; raises `LocalProtocolError` if it is over the link's limit."""
        return b"".join(self.seal_parts((body,), kind))

    def seal_parts(
        self, parts: Sequence[bytes | bytearray | memoryview], kind: int
    ) -> tuple[bytes, bytes]:
        """As `seal`, for a body that lies in these parts, which are copied once; the record in two
        parts."""
        length = sum(map(len, parts))
        if _HEADER.size + length > self._most:
            raise LocalProtocolError("a body is longer than its link allows")
        head = _HEADER.pack(kind * _BODY + length)
        ciphertext = self._cipher.encrypt_and_rekey(b"".join((head, *parts, _padding(length))))
        return len(ciphertext).to_bytes(_LENGTH, "big"), ciphertext

    def switch(self, cipher: CipherState) -> None:
        """Seal all that follows under another key; the old one is dropped."""
        self._cipher = cipher


class Opener:
    """Turns a stream of bytes into records; any error is final."""

    __slots__ = ("_at", "_buffer", "_cipher", "_longest", "_more", "_more_at", "_shortest")

    def __init__(self, cipher: CipherState, most: int) -> None:
        self._cipher = cipher
        self._shortest = cipher.ciphertext_length(limits.PADDING)
        self._longest = cipher.ciphertext_length(most)
        self._buffer: bytes | bytearray = b""
        self._at = 0
        """Where the next record begins in the buffer."""
        self._more = b""
        """What follows after the one record in the buffer, and is not copied for that."""
        self._more_at = 0

    @property
    def has_more(self) -> bool:
        """Whether there are bytes that are no record yet, or one that was not asked for."""
        return bool(self._buffer)

    @property
    def missing(self) -> int:
        """How many bytes the record wants that has begun, as far as that is known; 0 for none."""
        return 0 if self._at or self._more else self._missing(self._buffer)

    def feed(self, data: bytes) -> None:
        """Add bytes of the stream."""
        if len(data) <= self.missing:
            # Of a long record that comes in many pieces, nothing is copied again for each.
            if isinstance(self._buffer, bytes):
                self._buffer = bytearray(self._buffer)
            self._buffer += data
            return
        begun = self._buffer[self._at :]
        if self._more or not 0 < (missing := self._missing(begun)) < len(data):
            begun += self._more[self._more_at :]
            self._buffer, self._at = begun + data if begun else data, 0
            self._more = b""
        else:
            self._buffer, self._at = begun + data[:missing], 0
            self._more, self._more_at = data, missing

    def switch(self, cipher: CipherState) -> None:
        """Open all that follows under another key; the old one is dropped."""
        self._cipher = cipher

    def next(self) -> Record | None:
        """The next whole record, or None until there is one.

        Raises `TooLarge` as soon as a length is over the link's limit, `Malformed` for a length
        below the smallest record and for wrong contents, and `BadRecord` for what does not verify.
        """
        ciphertext = self._whole()
        return None if ciphertext is None else _parse(self._cipher.decrypt_and_rekey(ciphertext))

    def _whole(self) -> memoryview | None:
        """The ciphertext of the next record, once all of it is there."""
        buffer, begin = self._buffer, self._at + _LENGTH
        if len(buffer) < begin:
            self._wait()
            return None
        length = int.from_bytes(buffer[self._at : begin], "big")
        if length > self._longest:
            raise TooLarge
        if length < self._shortest:
            raise Malformed
        end = begin + length
        if len(buffer) < end:
            self._wait()
            return None
        self._at = end
        if end == len(buffer):
            self._buffer, self._at, self._more = self._more, self._more_at, b""
            self._more_at = 0
        return memoryview(buffer)[begin:end]

    @staticmethod
    def _missing(begun: bytes | bytearray) -> int:
        """How many bytes a record wants that has begun; 0 where its length is not known yet."""
        if len(begun) < _LENGTH:
            return 0
        return _LENGTH + int.from_bytes(begun[:_LENGTH], "big") - len(begun)

    def _wait(self) -> None:
        """Keep nothing of what has been read: a link that waits has no buffer."""
        if self._at:
            self._buffer, self._at = self._buffer[self._at :], 0

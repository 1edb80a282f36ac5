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
RECORD_LENGTH = 3
"""Bytes of the length in front of a record."""
_HEADER = struct.Struct(">I")
_BODY = 1 << 24
"""The kind counts so much in a header, of which the rest is the length of the body."""
_ZEROS = bytes(limits.PADDING)
_NOTHING = memoryview(b"")


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
        return len(ciphertext).to_bytes(RECORD_LENGTH, "big"), ciphertext

    def switch(self, cipher: CipherState) -> None:
        """Seal all that follows under another key; the old one is dropped."""
        self._cipher = cipher


class Opener:
    """Turns a stream of bytes into records; any error is final."""

    __slots__ = ("_begun", "_cipher", "_length", "_longest", "_rest", "_shortest")

    def __init__(self, cipher: CipherState, most: int) -> None:
        self._cipher = cipher
        self._shortest = cipher.ciphertext_length(limits.PADDING)
        self._longest = cipher.ciphertext_length(most)
        self._length = 0
        """Bytes of the record that has begun; 0 where that is not known yet."""
        self._begun: bytes | bytearray = b""
        """What came of it, or of its length."""
        self._rest = _NOTHING
        """What came after that: a record that lies in it is not copied."""

    @property
    def has_more(self) -> bool:
        """Whether there are bytes that are no record yet, or one that was not asked for."""
        return bool(self._length or self._begun or self._rest)

    @property
    def missing(self) -> int:
        """How many bytes the record wants that has begun, as far as that is known; 0 for none."""
        return 0 if self._rest or not self._length else self._length - len(self._begun)

    def feed(self, data: bytes) -> None:
        """Add bytes of the stream."""
        self._rest = memoryview(b"".join((self._rest, data)) if self._rest else data)

    def switch(self, cipher: CipherState) -> None:
        """Open all that follows under another key; the old one is dropped."""
        self._cipher = cipher

    def next(self) -> Record | None:
        """The next whole record, or None until there is one.

        Raises `TooLarge` as soon as a length is over the link's limit, `Malformed` for a length
        below the smallest record and for wrong contents, and `BadRecord` for what does not verify.
        """
        if not self._length:
            length = self._cut(RECORD_LENGTH)
            if length is None:
                return None
            self._begin(int.from_bytes(length, "big"))
        ciphertext = self._cut(self._length)
        if ciphertext is None:
            return None
        self._length = 0
        return _parse(self._cipher.decrypt_and_rekey(ciphertext))

    def _begin(self, length: int) -> None:
        if length > self._longest:
            raise TooLarge
        if length < self._shortest:
            raise Malformed
        self._length = length

    def _cut(self, count: int) -> memoryview | None:
        """The next so many bytes of the stream, once all of them are there."""
        begun, rest = self._begun, self._rest
        missing = count - len(begun)
        if len(rest) < missing:
            if rest:
                self._begun = bytearray(begun) if isinstance(begun, bytes) else begun
                self._begun += rest
                self._rest = _NOTHING
            return None
        # A link that waits has no buffer.
        self._rest = rest[missing:] if len(rest) > missing else _NOTHING
        if not begun:
            return rest[:missing]
        self._begun = b""
        begun += rest[:missing]
        return memoryview(begun)

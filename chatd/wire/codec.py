"""Typed messages to MessagePack and back (protocol, "Messages")."""

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from chatd.errors import Malformed

M = TypeVar("M", bound=msgspec.Struct)


class Message(msgspec.Struct, array_like=True, forbid_unknown_fields=True, tag=str.lower):
    """The base of every message: an array of its tag and its fields, in their order."""


encode: Callable[[msgspec.Struct], bytes] = msgspec.msgpack.Encoder().encode
"""The MessagePack form of one message."""


Body = bytes | memoryview
"""What a record carries."""


class Decoder(Generic[M]):
    """Reads one union of messages and nothing else."""

    def __init__(self, union: object) -> None:
        self._decoder: msgspec.msgpack.Decoder[M] = msgspec.msgpack.Decoder(union)

    def decode(self, body: Body) -> M:
        """The message in `body`; raises `Malformed`, which quotes nothing of it."""
        try:
            return self._decoder.decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            # ValueError: invalid UTF-8. The causes name remote fields: they go no further.
            raise Malformed from None

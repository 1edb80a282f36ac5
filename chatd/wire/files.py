"""The messages about files that are sent (protocol, "Transfers")."""

from typing import Annotated, Literal

from msgspec import Meta

from chatd import limits
from chatd.wire.codec import Message
from chatd.wire.codes import EndOfTransfer, TransferId

HASH = 32
"""Bytes of a BLAKE3."""
Stream = Annotated[int, Meta(ge=1, le=2**32 - 1)]
Index = Annotated[int, Meta(ge=0, le=limits.OFFERED_ENTRIES)]
BlockNumber = Annotated[int, Meta(ge=0, le=2**30)]
Size = Annotated[int, Meta(ge=0, le=limits.OFFERED_SIZE)]
LAST_MOMENT = 2**63 - 1
Modified = Annotated[int, Meta(ge=0, le=LAST_MOMENT)]
"""Nanoseconds since 1970."""
WindowSize = Annotated[int, Meta(ge=0, le=2**53)]
Hash = Annotated[bytes, Meta(min_length=HASH, max_length=HASH)]
Roots = Annotated[bytes, Meta(min_length=2 * HASH, max_length=2 * HASH)]

Waiting = Literal["paused", "full", "gone", "checking"]
"""Why nothing goes on for the moment: a person wants it so, there is no room on the disk, or what
was there before is looked at again; the last ends no run."""


class Give(Message):
    """Giver: here is a transfer, whose list has so many entries, all its files together so many
    bytes (None: not known), and itself so many bytes with this BLAKE3."""

    stream: Stream
    id: TransferId
    entries: Annotated[int, Meta(ge=1, le=limits.OFFERED_ENTRIES)]
    size: Size | None
    length: Annotated[int, Meta(ge=1, le=limits.LIST)]
    digest: Hash


class List(Message):
    """Taker: send the list from this entry on."""

    stream: Stream
    first: Index


class Listed(Message):
    """Giver: a piece of the list."""

    stream: Stream
    piece: Annotated[bytes, Meta(min_length=1, max_length=limits.LIST_PIECE)]


class From(Message):
    """Taker: go on at this position, in a new run, of which `window` bytes may come. It has begun
    a file of this size and time, and has `known` blocks of it beside; `roots` are those before, and
    `grown` bytes are in the files before beyond what the list says."""

    stream: Stream
    run: Stream
    index: Index
    block: BlockNumber
    size: Size | None
    modified: Modified | None
    known: BlockNumber
    roots: Roots
    grown: Size
    window: WindowSize


class Window(Message):
    """Taker: so many bytes of the newest run may come in all."""

    stream: Stream
    window: WindowSize


class Blocks(Message):
    """Taker: the hashes of blocks that it has, from this one on."""

    stream: Stream
    first: BlockNumber
    hashes: Annotated[list[Hash], Meta(min_length=1, max_length=limits.BLOCK_HASHES)]


class Wait(Message):
    """Nothing goes on for this stream until `Go`."""

    stream: Stream
    why: Waiting


class Go(Message):
    """It goes on."""

    stream: Stream


class First(Message):
    """Giver: this before all else that it gives."""

    stream: Stream


class End(Message):
    """The stream is over."""

    stream: Stream
    why: EndOfTransfer


FromGiver = Give | Listed | First
FromTaker = List | From | Window | Blocks
FileMessage = Give | List | Listed | From | Window | Blocks | Wait | Go | First | End

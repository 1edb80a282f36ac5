"""Where one transfer is, as data for whoever shows it."""

from typing import Literal

from msgspec import Struct

Waits = Literal[
    "",
    "us",
    "them",
    "full",
    "their-disk",
    "gone",
    "their-folder",
    "link",
    "looking",
    "list",
    "checking",
    "turn",
]
"""For what it waits: for nothing, for one of two persons who has it paused, for room on one of two
disks, for the folder where it lands (or its disk) at one of both, for a link, for a look at what is
to be offered or for the list of what is (`entries` so far), for a look at what was there before, or
for others that come at the moment."""


class LeftOver(Struct, frozen=True):
    """A folder on our disk in which nobody goes on, of a transfer that is not known any more: where
    it lies, the bytes of what is in it, and when it was touched last, in seconds since 1970."""

    place: str
    size: int
    touched: int


class TransferState(Struct, frozen=True):
    """Files that go to, or come from (not `ours`), the holder of a key; `number` is what a person
    types for it. `first` is the first of its names, as it was said. So many bytes have gone over
    of how many (None: not known)."""

    number: int
    id: bytes
    conversation: bytes
    ours: bool
    first: str
    entries: int
    size: int | None
    done: int
    is_accepted: bool
    waits: Waits
    rate: float | None = None
    """Bytes a second, over the last seconds; None as long as nobody can say."""
    name: str = ""
    """What the other person is called; '' for somebody whom we know by their key alone."""
    unchecked: int = 0
    """Bytes that were there before a start of ours, and are looked at again before it is whole."""

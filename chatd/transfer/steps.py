"""What the machines of transfers want done."""

from msgspec import Struct

from chatd.transfer.disks import Buffer, Landing, Looked, NewFile, Position
from chatd.transfer.reading import Read
from chatd.wire.chunk import LeftOutWhy
from chatd.wire.codes import EndOfTransfer
from chatd.wire.files import FileMessage


class Transmit(Struct, frozen=True):
    """Send this message, at once."""

    message: FileMessage


class Over(Struct, frozen=True):
    """The transfer has ended, and both sides know it or will."""

    why: EndOfTransfer


class Settled(Struct, frozen=True):
    """Of what was given both sides know that it has ended: nothing more is to be remembered."""


class Listed(Struct, frozen=True):
    """The list of what is offered is complete: show it."""


class BeginFile(Struct, frozen=True):
    """See `Landing.begin`."""

    index: int
    size: int | None
    modified: int

    def carry_out(self, landing: Landing) -> bool:
        """On the disk."""
        landing.begin(self.index, self.size, self.modified)
        return True


class WriteBlock(Struct, frozen=True):
    """See `Landing.write`."""

    index: int
    block: int
    data: Buffer
    digest: bytes

    def carry_out(self, landing: Landing) -> bool:
        """On the disk; whether it was right."""
        return landing.write(self.index, self.block, self.data, self.digest)


class WriteFiles(Struct, frozen=True):
    """See `Landing.write_files`; `changed` of these have another size than was offered."""

    files: list[NewFile]
    changed: int

    def carry_out(self, landing: Landing) -> bool:
        """On the disk; whether they were right."""
        return landing.write_files(self.files)


class KeepBlock(Struct, frozen=True):
    """See `Landing.keep`."""

    index: int
    block: int
    digest: bytes

    def carry_out(self, landing: Landing) -> bool:
        """On the disk; whether it is there."""
        return landing.keep(self.index, self.block, self.digest)


class Check(Struct, frozen=True):
    """See `Landing.check`."""

    def carry_out(self, landing: Landing) -> Looked:
        """On the disk."""
        return landing.check()


class FinishFile(Struct, frozen=True):
    """See `Landing.finish`."""

    index: int
    size: int
    modified: int
    root: bytes

    def carry_out(self, landing: Landing) -> bool:
        """On the disk."""
        landing.finish(self.index, self.size, self.modified, self.root)
        return True


class OmitFile(Struct, frozen=True):
    """See `Landing.omit`."""

    index: int
    why: LeftOutWhy

    def carry_out(self, landing: Landing) -> bool:
        """On the disk."""
        landing.omit(self.index, self.why)
        return True


class Sync(Struct, frozen=True):
    """See `Landing.sync`."""

    position: Position

    def carry_out(self, landing: Landing) -> bool:
        """On the disk."""
        landing.sync(self.position)
        return True


class TellKnown(Struct, frozen=True):
    """See `Landing.known`."""

    index: int
    first: int
    count: int

    def carry_out(self, landing: Landing) -> list[bytes]:
        """The hashes."""
        return landing.known(self.index, self.first, self.count)


DiskStep = (
    BeginFile
    | WriteBlock
    | WriteFiles
    | KeepBlock
    | FinishFile
    | OmitFile
    | Sync
    | TellKnown
    | Check
)
"""What is done in a thread, in this order; where one raises or is not right, none that follows."""
Result = bool | list[bytes] | Looked
"""What comes of one of these."""
Step = Transmit | Over | Settled | Listed | Read | DiskStep


class Ends(Struct, frozen=True):
    """The transfer is over, so far as what arrives of it goes."""

    why: EndOfTransfer


Found = list[Step | Ends]

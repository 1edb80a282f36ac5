"""How a transfer looks to whoever shows it."""

from itertools import islice

from chatd.engine.decisions import events
from chatd.engine.transfer_state import TransferState, Waits
from chatd.transfer.receiving import Receiving
from chatd.transfer.sending import Sending
from chatd.transfer.streams import Transfer


def state_of(
    transfer: Transfer, number: int, conversation: bytes, *, is_linked: bool
) -> TransferState:
    """Where it is; its list is not empty."""
    return TransferState(
        number,
        transfer.id,
        conversation,
        isinstance(transfer, Sending),
        transfer.entries[0].path[0],
        len(transfer.entries),
        transfer.entries.size,
        went_over(transfer),
        transfer.is_taken,
        waits(transfer, is_linked=is_linked),
        unchecked=transfer.unchecked,
    )


def went_over(transfer: Transfer) -> int:
    """Bytes of files that are there."""
    return transfer.sent if isinstance(transfer, Sending) else transfer.received


def entries_of(transfer: Transfer, most: int) -> list[events.FileEntry]:
    """The first of its list."""
    return [
        events.FileEntry("/".join(each.path), each.size, each.kind == "folder")
        for each in islice(transfer.entries, most)
    ]


def waits(transfer: Transfer, *, is_linked: bool) -> Waits:
    """For what it waits."""
    if transfer.is_paused:
        return "us"
    if isinstance(transfer, Receiving) and transfer.lacks:
        return transfer.lacks
    if is_linked and isinstance(transfer, Receiving) and not transfer.is_listed:
        return "list"
    if transfer.they_wait == "checking" or transfer.unchecked:
        return "checking"
    match transfer.they_wait:
        case "paused":
            return "them"
        case "full":
            return "their-disk"
        case "gone":
            return "their-folder"
    if not is_linked:
        return "link"
    is_next = isinstance(transfer, Receiving) and transfer.wants_share and not transfer.has_share
    return "turn" if is_next else ""

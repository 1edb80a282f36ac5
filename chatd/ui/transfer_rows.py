"""One row for each transfer: what it is, how far, how fast, how long yet, what it waits for."""

from collections.abc import Sequence

from chatd.engine.transfer_state import TransferState
from chatd.text import cells, cut, isolate
from chatd.transfer.names import safe
from chatd.ui.clock import duration

BAR = 10
MOST = 4
"""Rows above the prompt."""
NAME = 24
"""Cells of the name in a row."""
NARROW = 72
"""Columns below which a row has no bar, as it says nothing that the percents do not."""
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def row(transfer: TransferState, columns: int) -> str:
    """One transfer in words, what matters most first: a narrow terminal cuts the rest."""
    head = f"{'↑' if transfer.ours else '↓'} {transfer.number} "
    name = cut(safe(transfer.first), min(NAME, columns - len(head)))
    progress = _progress(transfer, has_bar=columns >= NARROW)
    rest = [progress, waiting(transfer) or _speed(transfer)]
    room = columns - len(head) - cells(name)
    return head + isolate(name) + cut("".join(f"  {each}" for each in rest if each), room)


def rows(transfers: Sequence[TransferState], columns: int) -> list[str]:
    """One for each that goes on or waits for the other side, and how many more there are."""
    shown = [each for each in transfers if each.is_accepted or each.ours or each.waits == "list"]
    more = len(shown) - MOST
    rest = [cut(f"… {more} more: files", columns)] if more > 0 else []
    return [*(row(each, columns) for each in shown[:MOST]), *rest]


def waiting(transfer: TransferState) -> str:
    """What it waits for; '' for nothing."""
    they = transfer.name or "the other person"
    if not transfer.is_accepted and transfer.waits in ("", "them"):
        return f"{they} has not taken it yet" if transfer.ours else "for you to take it"
    return {
        "": "",
        "us": "paused",
        "them": f"{they} has paused it",
        "full": "your disk is full; it goes on when there is room",
        "their-disk": f"the disk of {they} is full",
        "gone": "its folder is not there; it goes on when that is back",
        "their-folder": f"the folder of {they} is not there",
        "turn": "after those before it",
        "looking": f"looking at it: {transfer.entries:,} files and folders",
        "checking": "checking what was there" + _left(transfer.unchecked),
        "list": f"its list is coming: {transfer.entries:,} files and folders",
        "link": f"waiting for a connection to {they}",
    }[transfer.waits]


def _left(count: int) -> str:
    return f", {size(count)} left" if count > 1 else ""


def size(count: float | None) -> str:
    """Bytes as a person says them, such as "312 bytes" or "4.2 MiB"."""
    if count is None:
        return "size not known yet"
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count, unit = count / 1024, unit + 1
    digits = 0 if unit == 0 or count >= 100 else 1
    return f"{count:.{digits}f} {_UNITS[unit]}"


def what(first: str, entries: int) -> str:
    """What is sent, by the first of its names and how much comes behind that."""
    name = isolate(cut(safe(first), 80))
    return name if entries == 1 else f"{name} and {entries - 1} more"


def _progress(transfer: TransferState, *, has_bar: bool) -> str:
    if transfer.waits in ("looking", "list"):
        return ""
    if not transfer.is_accepted:
        return size(transfer.size)
    if not transfer.size:
        return size(transfer.done)
    part = min(1.0, transfer.done / transfer.size)
    filled = int(part * BAR)
    bar = f"[{'#' * filled}{'.' * (BAR - filled)}] " if has_bar else ""
    return f"{bar}{int(part * 100)} % of {size(transfer.size)}"


def _speed(transfer: TransferState) -> str:
    if transfer.rate is None:
        return ""
    left = transfer.size - transfer.done if transfer.size and transfer.rate else 0
    time = f"  {duration(max(1, left / transfer.rate))} left" if left and transfer.rate else ""
    return f"{size(transfer.rate)}/s{time}"

"""Files that go over, in words."""

import os
from collections.abc import Sequence
from datetime import datetime

from chatd.engine.decisions import events as e
from chatd.engine.transfer_state import LeftOver
from chatd.text import isolate, safe_line
from chatd.transfer.names import is_hidden, safe, shown
from chatd.ui.transfer_rows import row, size, what
from chatd.ui.wording.failures import reason
from chatd.ui.wording.line import Line, Words, labelled, line, said

WIDE = 160
"""Cells of a row that is a line of its own."""
_WHY: dict[str, str] = {
    "done": "is there, whole",
    "refused": "was refused",
    "cancelled": "was cancelled",
    "too-many": "was not taken: too much is offered already",
    "no-room": "was not taken: there is not enough room",
    "read-only": "was not taken: the disk cannot be written",
    "too-large": "was given up: a file of it is larger than the disk takes",
    "grown": "was given up: more came than was offered",
    "broken": "was given up: a disk is at fault",
    "expired": "has expired",
    "gone": "was given up, and is not whole: what it was read from is gone",
}
_LEFT_OUT = {
    "link": "a link",
    "special": "not a file",
    "unreadable": "not there, or not for you to read",
    "too deep": "in too many folders",
    "name": "its name is too long",
    "alike": "another one there is heard under the same name",
    "too large": "too large",
}
_LEFT_OUT_SHOWN = 5


def _known(event: e.FilesKnown) -> list[Line]:
    rows = [Line("info", row(each, WIDE)) for each in event.transfers]
    rest = [Line("warning", _left_over(each)) for each in event.left_over]
    hint = [Line("quiet", "hint: /files remove PLACE takes it away")] if rest else []
    none = [] if rows or rest else line("info", "no files go over, wait or are offered")
    return [*none, *rows, *rest, *hint, *(_rate(event.rate) if event.rate is not None else [])]


def _left_over(each: LeftOver) -> str:
    day = datetime.fromtimestamp(each.touched).astimezone()
    about = f"{size(each.size)}, {day:%Y-%m-%d}"
    return f"left over, and nobody goes on with it: {_local(each.place)} ({about})"


def _about(event: e.FilesGiven | e.FilesOffered) -> str:
    return f"{what(event.first, event.entries)}, {size(event.size)}"


def _given(event: e.FilesGiven) -> list[Line]:
    return [*line("info", f"offered (files {event.number}): {_about(event)}"), *_left_out(event)]


def _not_given(event: e.FilesNotGiven) -> list[Line]:
    return [*_left_out(event), *_not_done(event)]


def _left_out(event: e.FilesGiven | e.FilesNotGiven) -> list[Line]:
    left_out = [
        Line("warning", f"left out: {_local(path)} ({_LEFT_OUT.get(why, why)})")
        for path, why in event.left_out[:_LEFT_OUT_SHOWN]
    ]
    if len(event.left_out) > _LEFT_OUT_SHOWN:
        left_out.append(Line("warning", f"and {len(event.left_out) - _LEFT_OUT_SHOWN} more"))
    return left_out


def _offered(event: e.FilesOffered) -> list[Line]:
    listed = _entries(event.listing) if event.entries > 1 else []
    more = event.entries - len(event.listing)
    rest = [Line("quiet", f"  and {more} more: files {event.number}")] if more > 0 else []
    by = f", by {safe_line(event.name)}" if event.name else ""
    head = Line("info", f"you are offered files {event.number}: {_about(event)}{by}")
    if event.size is None:
        text = "  its end says how large it is, so that no rule of yours takes it"
        rest.append(Line("quiet", text))
    if event.entries == 1 and is_hidden(safe(event.first)):
        head = Line("info", f"{head.text} (hidden)")
    if event.folder:
        text = f"it is taken, as you said, and lands in {_local(event.folder)}"
        return [head, *listed, *rest, Line("info", text)]
    hint = f"/take {event.number}, or /refuse {event.number}"
    return [head, *listed, *rest, Line("quiet", f"hint: {hint}")]


def _entries(entries: Sequence[e.FileEntry]) -> list[Line]:
    return [Line("info", f"  {_entry(each)}") for each in entries]


def _entry(entry: e.FileEntry) -> str:
    path = tuple(entry.path.split("/"))
    sign = "/" if entry.is_folder else f"  {size(entry.size)}"
    return f"{shown(path)}{sign}{'  (hidden)' if is_hidden(safe(path[-1])) else ''}"


def _listed(event: e.FilesListed) -> list[Line]:
    rest = [Line("quiet", f"  and {event.more} more")] if event.more > 0 else []
    return [Line("info", f"files {event.number}:"), *_entries(event.listing), *rest]


def _over(event: e.FilesOver) -> list[Line]:
    name = what(event.first, event.entries) if event.first else "what was offered"
    is_whole = event.why == "done" and not event.left_out
    why = _WHY[event.why] if event.why != "done" or is_whole else "is there"
    told = [Line("good" if is_whole else "warning", f"{name} {why}")]
    if event.left_out:
        told += line("warning", f"but not {event.left_out} of it, which could not be read any more")
    if event.changed:
        told += line("warning", f"{event.changed} of it had another size than was offered")
    told += [Line("good", _local(place), is_copied=True) for place in event.places]
    return told + (labelled("quiet", "hash", event.root.hex()) if event.root else [])


def _not_done(event: e.FilesNotGiven | e.FilesNotTaken) -> list[Line]:
    text, hint = reason(event)
    is_wanted = event.code == "cancelled"
    return line("info" if is_wanted else "error", safe_line(text), safe_line(hint))


def _held(event: e.FilesHeld) -> list[Line]:
    if event.hold:
        return line("info", f"files {event.number}: paused", f"/files go {event.number}")
    return line("info", f"files {event.number}: going on")


def _rate(rate: int | None) -> list[Line]:
    if rate is None:
        return line("info", "files are sent as fast as they can")
    return line("info", f"files are sent with {size(rate)}/s at most", "/files rate off")


def _always(event: e.TakesAlways) -> list[Line]:
    if not event.most:
        return line("info", "you are asked before anything is taken")
    return line("info", f"taken without asking: up to {size(event.most)} at a time", "/take never")


def _local(path: str) -> str:
    """A path of this machine, short where it is at home."""
    home = os.path.expanduser("~")
    short = f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path
    return isolate(safe_line(short))


WORDS: dict[type, Words] = {
    e.FilesGiven: _given,
    e.FilesNotGiven: _not_given,
    e.FilesNotTaken: _not_done,
    e.FilesOffered: _offered,
    e.FilesListed: _listed,
    e.FilesKnown: _known,
    e.LeftOverRemoved: lambda event: line("info", f"removed: {_local(event.place)}"),
    e.FilesOver: _over,
    e.FilesHeld: _held,
    e.FilesFirst: said("info", "files {number}: before all others"),
    e.FilesLimited: lambda event: _rate(event.rate),
    e.TakesAlways: _always,
}

"""Files that go over, in words."""

from chatd.engine.decisions import events as e
from chatd.text import isolate, safe_line
from chatd.ui.wording.line import Line, Words, line, quoted

_WHY: dict[str, str] = {
    "done": "is there, whole",
    "refused": "was refused",
    "cancelled": "was cancelled",
    "too-many": "was not taken: too much is offered already",
    "no-room": "was not taken: there is not enough room",
    "read-only": "was not taken: the disk cannot be written",
    "grown": "was given up: more came than was offered",
    "broken": "was given up: a disk is at fault",
    "expired": "has expired",
}


def _files(event: e.FilesGiven | e.FilesOffered) -> str:
    more = f" and {event.entries - 1} more" if event.entries > 1 else ""
    size = "of unknown size" if event.size is None else f"{event.size} bytes"
    return f"{quoted(event.first)}{more}, {size}"


def _given(event: e.FilesGiven) -> list[Line]:
    count = len(event.left_out)
    return line("info", f"offered: {_files(event)}", f"{count} left out" if count else "")


def _over(event: e.FilesOver) -> list[Line]:
    places = [f"in {isolate(safe_line(place))}" for place in event.places[:1]]
    said = " ".join([quoted(event.first), _WHY[event.why], *places])
    root = [Line("quiet", f"hash {event.root.hex()}")] if event.root else []
    return [*line("good" if event.why == "done" else "warning", said), *root]


WORDS: dict[type, Words] = {
    e.FilesGiven: _given,
    e.FilesNotGiven: lambda event: line("error", safe_line(event.why), event.hint),
    e.FilesOffered: lambda event: line("info", f"you are offered {_files(event)}"),
    e.FilesOver: _over,
}

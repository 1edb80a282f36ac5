"""What stands around the line being typed: above it, before it and below it."""

from itertools import islice

from prompt_toolkit.formatted_text import StyleAndTextTuples

from chatd.engine.transfer_state import TransferState
from chatd.graphemes import ELLIPSIS
from chatd.ui import progress_line
from chatd.ui.command import Here
from chatd.ui.terminal import entry, labels
from chatd.ui.terminal.folding import fold
from chatd.ui.terminal.rooms import Rooms
from chatd.ui.terminal.screen import Surroundings

NOTE_ROWS = 8
"""Rows of a note above the prompt, such as the choices of Tab."""


def surroundings(here: Here, rooms: Rooms, note: str, columns: int) -> Surroundings:
    """For one drawing; `note` is an answer to what was typed last."""
    mode = entry.mode_of(here)
    question = rooms.here.entry.question(mode)
    label = question.label if question is not None else labels.label(mode, here, columns)
    waiting = progress_line.of(here.client, here.talk)
    status = labels.status(here, waiting, columns, rooms.news(here.client.conversations))
    return Surroundings(
        _above(here, rooms, note, columns),
        label,
        [("class:status", status)] if status else [],
        mode in ("secret", "waiting"),
    )


def is_counting(here: Here) -> bool:
    """Whether there are seconds or bytes to be seen, which are others every second."""
    is_moving = any(
        each.waits in ("looking", "list") or (each.is_accepted and not each.waits)
        for each in _files(here)
    )
    return is_moving or bool(progress_line.of(here.client, here.talk))


def _files(here: Here) -> list[TransferState]:
    return [each for each in here.client.transfers if here.client.conversation(each.conversation)]


def _above(here: Here, rooms: Rooms, note: str, columns: int) -> StyleAndTextTuples:
    width = max(1, columns - 1)
    rows = [("class:status", row) for row in _file_rows(here, width)]
    rows += [("class:quiet", row) for row in rooms.here.pending.rows(columns)]
    rows += [("class:warning", row) for row in _note_rows(note, width)]
    fragments: StyleAndTextTuples = []
    for row in rows:
        fragments += [row, ("", "\n")]
    return fragments[:-1]


def _file_rows(here: Here, width: int) -> list[str]:
    files = _files(here)
    if not files:
        return []
    from chatd.ui import transfer_rows  # not before there are any

    return transfer_rows.rows(files, width)


def _note_rows(note: str, width: int) -> list[str]:
    folded = fold(note, width, lambda: width) if note else iter(())
    rows = list(islice(folded, NOTE_ROWS + 1))
    return rows if len(rows) <= NOTE_ROWS else [*rows[: NOTE_ROWS - 1], ELLIPSIS]

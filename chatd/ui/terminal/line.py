"""The line being typed: never longer than a message, with so much of its past as is useful, not
shown where it is a secret, and else in the order in which it is sent."""

from collections.abc import Callable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.history import History
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput

from chatd import limits
from chatd.ui.terminal.history import newest

_TURNING = dict.fromkeys(
    map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), "◌"
)
"""Bidirectional controls, and what is shown for each while the line is typed."""


class Line(Buffer):
    """Calls `full` when something would make it longer than a message may be; that is left out."""

    def __init__(self, history: History, full: Callable[[], None]) -> None:
        super().__init__(multiline=True, history=history)
        self._full = full

    def paste(self, text: str) -> None:
        """Insert the whole of it or nothing, in one step for undo."""
        self.save_to_undo_stack()
        self.insert_text(text)

    def set_document(self, value: Document, bypass_readonly: bool = False) -> None:
        """Everything that makes the line longer comes through here."""
        if fits(value.text):
            super().set_document(value, bypass_readonly)
        else:
            self._full()

    def save_to_undo_stack(self, clear_redo_stack: bool = True) -> None:
        """Done for each key: all copies of a long line would take a multiple of its square."""
        super().save_to_undo_stack(clear_redo_stack)
        kept = newest((text for text, _ in reversed(self._undo_stack)), limits.UNDO_CHARACTERS)
        del self._undo_stack[:-kept]

    @property
    def past(self) -> int:
        """Characters that are kept for undo and redo."""
        return sum(len(text) for text, _ in [*self._undo_stack, *self._redo_stack])


def fits(text: str) -> bool:
    """Whether a message may be as long as that."""
    # What is no UTF-8 is sent as U+FFFD, which is as long as a surrogate.
    return len(text.encode("utf-8", "surrogatepass")) <= limits.MESSAGE_TEXT


class Unseen(Processor):
    """Shows nothing of the line while `is_unseen`."""

    def __init__(self, is_unseen: Callable[[], bool]) -> None:
        self._is_unseen = is_unseen

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """An empty line, with the cursor at its beginning."""
        if not self._is_unseen():
            return Transformation(transformation_input.fragments)
        return Transformation([], lambda _: 0, lambda _: 0)


class Straight(Processor):
    """Shows a sign for each control that would turn a part of the line around: what was pasted
    reads as it will be sent."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The same line, character by character."""
        given = transformation_input.fragments  # without handlers of the mouse, as nobody set any
        return Transformation([(each[0], each[1].translate(_TURNING)) for each in given])

"""Tells a paste from typing: it stands between the terminal's marks, or is many keys at once.

Nothing of a paste acts: neither a line break in it nor a control character.
"""

import re
from itertools import groupby

from chatd import limits

START, END = "\x1b[200~", "\x1b[201~"
_MARK = re.compile(f"({re.escape(START)}|{re.escape(END)})")
_KEY = re.compile("\x1b[\\[O][0-9;]*[^0-9;]|\x1b?.", re.DOTALL)
_INTERRUPT = "\x03"


class Pasting:
    """Given what is read, piece by piece, it returns what was typed and gathers what was pasted.

    What comes while something is gathered belongs to it, so that nothing behind the end of a paste
    acts either, until there was silence for `patience` seconds; then `take` it. An interrupt that
    comes alone ends it at once, and nothing is left of it.
    """

    def __init__(self) -> None:
        self._held = ""
        self._text = ""
        self._is_gathering = False
        self._is_marked = False

    @property
    def patience(self) -> float | None:
        """Seconds of silence after which a paste is over; None where nothing is pasted.

        A paste whose end is marked waits for the mark, but not for ever: a mark may be lost.
        """
        if not self._is_gathering:
            return None
        return limits.LOST_PASTE_SECONDS if self._is_marked else limits.PASTE_SECONDS

    def feed(self, data: str) -> str:
        """Something was read; returns what of it was typed."""
        if self._is_gathering and data == _INTERRUPT:
            self.take()
            return data
        data, self._held = _without_half_a_mark(self._held + data)
        begins = 0 if self._is_gathering else _beginning(data)
        if begins < len(data):
            self._is_gathering = True
            self._gather(data[begins:])
        return data[:begins]

    def flush(self) -> str:
        """Nothing followed what looked like the beginning of a mark, so that it was typed."""
        held = "" if self._is_gathering else self._held
        self._held = self._held.removeprefix(held)
        return held

    def take(self) -> str:
        """The end of a paste: its text, with LF as line breaks; of one that is too long for a
        message only so much that this shows."""
        text = self._text + self._held
        self._held = self._text = ""
        self._is_gathering = self._is_marked = False
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def _gather(self, data: str) -> None:
        for piece in _MARK.split(data):
            if piece in (START, END):
                self._is_marked = piece == START
            else:
                self._text = (self._text + piece)[: limits.MESSAGE_TEXT + 1]


def _beginning(data: str) -> int:
    """Where in `data` a paste begins, its length if nowhere."""
    mark = _MARK.search(data)
    before = data[: mark.start()] if mark else data
    # An end without a beginning is that of a paste which was thought to be over.
    is_rest = mark is not None and mark[0] == END
    return 0 if is_rest or _is_much(before) else len(before)


def _without_half_a_mark(data: str) -> tuple[str, str]:
    """`data` in two; the second part, mostly empty, may become a mark with what comes next."""
    for size in range(len(START) - 1, 0, -1):
        if data.endswith((START[:size], END[:size])):
            return data[:-size], data[-size:]
    return data, ""


def _is_much(data: str) -> bool:
    """Whether nobody types this at once; a control key that is held down counts as one."""
    runs = groupby(_KEY.findall(data))
    keys = sum(len(list(times)) if key.isprintable() else 1 for key, times in runs)
    return keys > limits.TYPED_KEYS

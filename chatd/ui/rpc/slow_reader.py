"""What a reader has not taken yet: bounded, and honest about what was left out."""

from collections import Counter, deque

import msgspec

from chatd import limits
from chatd.control import jsonrpc
from chatd.control.encoding import encoded
from chatd.ui.rpc.methods import Dropped


class SlowReader:
    """Keeps lines up to `limits.RPC_QUEUE` bytes; notifications beyond are counted instead.

    Answers are always kept: whoever is not read has no further requests taken.
    """

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._bytes = 0
        self._dropped: Counter[str] = Counter()

    def tell(self, method: str, line: bytes) -> bool:
        """Keep a notification; returns whether there was room for it."""
        # What comes after a gap waits until the gap was said.
        if self._dropped or self._bytes + len(line) > limits.RPC_QUEUE:
            self._dropped[method] += 1
            return False
        self.answer(line)
        return True

    def answer(self, line: bytes) -> None:
        """Keep an answer."""
        self._lines.append(line)
        self._bytes += len(line)

    def next(self) -> bytes | None:
        """The oldest line, for whoever can take some again."""
        if not self._lines:
            return None
        line = self._lines.popleft()
        self._bytes -= len(line)
        return line

    def gap(self) -> bytes | None:
        """Behind the last line: what was left out, if anything was."""
        if not self._dropped:
            return None
        left_out = Dropped(dict(self._dropped))
        self._dropped.clear()
        return encoded(jsonrpc.asked("dropped", msgspec.to_builtins(left_out)))

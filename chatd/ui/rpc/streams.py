"""`chat --json`: requests on standard input, everything else on standard output.

Requests are carried out in their order. At the end of the input, what was begun is waited for, as
with plain lines, and the client ends.
"""

from collections import deque
from collections.abc import Callable

from chatd.engine.client import LocalClient
from chatd.engine.commands import Quit
from chatd.engine.decisions import events as e
from chatd.ui.rpc.methods import Hello
from chatd.ui.rpc.reader import Reader
from chatd.ui.rpc.readers import Readers
from chatd.ui.send_window import Window


class JsonStreams:
    """One program on both streams; what was written to it counts as read.

    While too much of what it said is on its way, its next lines wait.
    """

    def __init__(
        self,
        client: LocalClient,
        hello: Hello,
        write: Callable[[bytes], None],
        date: Callable[[], float],
    ) -> None:
        self._client = client
        self._lines: deque[bytes] = deque()
        self._window = Window()
        self._ended = self._failed = False
        self._advancing = False
        self.taken: Callable[[], None] = lambda: None
        """Called for every line that is done with."""
        readers = Readers(client, date)
        self._reader = Reader(readers, hello, write)
        self._reader.subscribe(scrollback=False, reads=True)
        client.subscribe(self)

    def status(self, status: int) -> int:
        """The exit status: 1 also if something that was said did not arrive."""
        return max(status, int(self._failed))

    def line(self, line: bytes) -> None:
        """One line of input."""
        self._lines.append(line)
        self._advance()

    def end(self) -> None:
        """There is no more input."""
        self._ended = True
        self._advance()

    def show(self, event: e.Event) -> None:
        """Follow what is on its way."""
        match event:
            case e.Said(message=message):
                self._window.said(message.text)
            case e.Delivered(numbers):
                self._window.delivered(len(numbers))
            case e.ConversationOver(undelivered=undelivered):
                self._failed = self._failed or bool(undelivered)
                self._window.delivered(len(undelivered))

    def changed(self) -> None:
        """There may be room for the next line, or nothing left to wait for."""
        self._advance()

    def _advance(self) -> None:
        if self._advancing:
            return
        self._advancing = True
        try:
            while self._lines and not self._window.is_full:
                self.taken()
                self._reader.received(self._lines.popleft())
        finally:
            self._advancing = False
        if self._ended and not self._lines and not self._is_undecided:
            self._ended = False
            self._client.do(Quit())

    @property
    def _is_undecided(self) -> bool:
        here = self._client.snapshot()
        return here.busy and here.identity not in ("none", "sealed")

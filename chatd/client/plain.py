"""The client without a terminal: one line of output per event, lines of input strictly in order.

A slash is always a command; a bare line is a command only when no conversation is open or in the
making.
"""

from collections import deque
from collections.abc import Callable

from chatd.client import events as e
from chatd.client import wording
from chatd.client.commands import Mistake, parse
from chatd.client.session import Session
from chatd.errors import ChatdError
from chatd.text import TICK, isolate, safe_line

_OVERTAKING = ("/cancel", "/exit")
_NO_CONVERSATION = (e.AskingEnded, e.PreparingFailed, e.NotConnected, e.KeyChanged, e.OwnKey)


class PlainView:
    """Writes every event as lines of text; `write` takes one line without its end."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def show(self, event: e.Event) -> None:
        """One line per event, or a few where the event has details."""
        match event:
            case e.Heard(name, text):
                self._write(f"{name}: {isolate(safe_line(text))}")
            case e.Said(number, text):
                self._write(f"> {number} {isolate(safe_line(text))}")
            case e.Delivered(numbers):
                for number in numbers:
                    self._write(f"{TICK} {number}")
            case _:
                for line in wording.lines(event):
                    self._write(f"* {line.text}")

    def changed(self) -> None:
        """Lines stand as they were written."""


class PlainInput:
    """Feeds lines to the session, each when the one before has had its outcome.

    It is a view as well, put before the real one, since outcomes are events.
    """

    def __init__(self, view: PlainView) -> None:
        self._view = view
        self._session: Session | None = None
        self._lines: deque[str] = deque()
        self._ended = False
        self._expected = False
        self._named = False
        self._taken: Callable[[], None] = lambda: None
        self._advancing = False
        self.failed = False

    def attach(self, session: Session, name: str | None, taken: Callable[[], None]) -> None:
        """Begin with this session; without a name the first line must give one.

        `taken` is called for every line that is done with.
        """
        self._session = session
        self._named = name is not None
        self._taken = taken

    # -- input

    def line(self, text: str) -> None:
        """One line of input, without its end."""
        if text.strip().lower() in _OVERTAKING and self._waits():
            self._skip()
        self._lines.append(text)
        self.advance()

    def end(self) -> None:
        """There is no more input."""
        self._ended = True
        self.advance()

    def advance(self) -> None:
        """Act on what waits, as far as everything before it is decided."""
        if self._session is None or self._advancing:
            return
        self._advancing = True
        try:
            self._advance(self._session)
        finally:
            self._advancing = False

    def _advance(self, session: Session) -> None:
        while self._lines and (not self._waits() or self._overtakes(self._lines[0])):
            line = self._lines.popleft()
            self._taken()
            self._act(session, line)
        if self._ended and not self._lines and not self._waits():
            session.act(session.machine.quit(1 if self.failed else 0))

    def _waits(self) -> bool:
        return self._session is not None and self._named and self._session.machine.busy

    def _overtakes(self, line: str) -> bool:
        return line.strip().lower() in _OVERTAKING

    def _skip(self) -> None:
        while self._lines:
            self._taken()
            self._unsent(self._lines.popleft(), "skipped")

    def _act(self, session: Session, line: str) -> None:
        if not line.strip():
            return
        if not self._named:
            self._take_name(session, line)
        elif line.startswith("/") and not line.startswith("//"):
            self._expected = False
            self._command(session, line)
        elif session.machine.in_conversation:
            session.act(session.machine.say(line.removeprefix("/") if line[:2] == "//" else line))
        elif self._expected:
            self._unsent(line, "no conversation is open")
        else:
            self._command(session, line)

    def _take_name(self, session: Session, line: str) -> None:
        try:
            call = parse(line, False)
            if call.command.word != "username":
                raise Mistake("the first line must be: username NAME", "or give --username NAME")
            self._named = True
            session.start(call.argument)
        except ChatdError as error:
            session.fail(error)

    def _command(self, session: Session, line: str) -> None:
        try:
            call = parse(line, session.machine.in_conversation)
        except Mistake as mistake:
            self.failed = True
            self._view.show(e.Misplaced(str(mistake), mistake.hint))
            return
        self._expected = call.command.word in ("chat", "accept")
        call.run(session)

    def _unsent(self, line: str, why: str) -> None:
        self.failed = True
        self._view.show(e.NotSaid(line, why, ""))

    # -- output

    def changed(self) -> None:
        """What a line waited for may be decided now."""
        self.advance()

    def show(self, event: e.Event) -> None:
        """Show an event, and remember what it means for the lines that wait."""
        self._view.show(event)
        match event:
            case e.Talking():
                self._expected = False
            case e.ConversationOver(ending=ending, undelivered=undelivered):
                self._expected = ending is not None
                self.failed = self.failed or bool(undelivered)
            case e.NotSaid():
                self.failed = True
            case e.Refused(command="request" | "accept" | "username"):
                self.failed = True
            case _ if isinstance(event, _NO_CONVERSATION) and self._expected:
                self.failed = True

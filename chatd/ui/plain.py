"""The client without a terminal: one line of output per event, lines of input strictly in order.

A slash is always a command; a bare line is a command only when no conversation is open or in the
making. After a conversation that the other side has ended, bare lines are neither sent nor run
until a slash begins a command, but for `exit` alone, which ends the program.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

from chatd.engine.decisions import events as e
from chatd.engine.session import Session
from chatd.errors import ChatdError
from chatd.text import BREAK, TICK, beginning, isolate, safe_line, whole
from chatd.ui import clock, wording
from chatd.ui.command import Mistake
from chatd.ui.commands import BY_WORD, parse
from chatd.ui.contact_commands import called
from chatd.ui.send_window import Window


class Seen(Protocol):
    """Whoever keeps messages until they have been written."""

    def __call__(self, number: int, *, whole: bool) -> None:
        """One was, as a whole or in part."""


class PlainView:
    """Writes every event as lines of text; `write` takes one line without its end.

    What a line is shows in its first character: `<` someone else's words, `>` ours with their
    number, a tick and the number of what was delivered, `|` a line of a message that was asked for
    as a whole, `*` everything else.
    """

    def __init__(
        self, write: Callable[[str], None], now: Callable[[], datetime] = clock.local
    ) -> None:
        self._write = write
        self._clock = now
        self.seen: Seen = lambda number, *, whole: None
        """Told which message was written, and whether as a whole."""

    def show(self, event: e.Event) -> None:
        """One line per event, or a few where the event has details."""
        match event:
            case e.Heard(message=message):
                self._heard(event, message.text)
            case e.Whole(heard):
                self._write(f"* {wording.whole(event)}:")
                for each in whole(heard.message.text):
                    self._write(f"| {isolate(each)}")
            case e.Said(number, message):
                self._write(f"> {number} {isolate(safe_line(message.text))}")
            case e.Delivered(numbers):
                for number in numbers:
                    self._write(f"{TICK} {number}")
            case _:
                for line in wording.lines(event):
                    self._write(f"* {line.text}")

    def _heard(self, event: e.Heard, text: str) -> None:
        if event.late:
            sent = clock.sent(self._clock(), event.late)
            self._write(f"* what {safe_line(event.name)} says next was sent at {sent}")
        lines, hidden = beginning(text)
        self._write(f"< {wording.speaker(event)}: {isolate(BREAK.join(lines))}")
        if hidden:
            self._write(f"* {wording.hidden(hidden, event.number)}")
        self.seen(event.number, whole=not hidden)


class PlainInput:
    """Feeds lines to the session, each when the one before has had its outcome.

    It is a view as well, put before the real one, since outcomes are events.
    """

    def __init__(self, view: PlainView) -> None:
        self._view = view
        self._session: Session | None = None
        self._lines: deque[str] = deque()
        self._window = Window()
        self._taken: Callable[[], None] = lambda: None
        self._named = False
        self._ended = False
        self._advancing = False
        self._conversing = False
        self._owed = False
        self._failed = False

    def attach(self, session: Session, name: str | None, taken: Callable[[], None]) -> None:
        """Begin with this session; without a name the first line must give one.

        `taken` is called for every line that is done with.
        """
        self._session = session
        self._view.seen = session.seen
        self._named = name is not None
        self._taken = taken
        self._conversing = self._owed = session.settings.card is not None

    def status(self, status: int) -> int:
        """The exit status: 1 also if something was not done, or a conversation never came."""
        return max(status, int(self._failed or self._owed))

    # -- input

    def line(self, text: str) -> None:
        """One line of input, without its end."""
        if _overtakes(text) and self._is_undecided:
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
        while self._lines and (_overtakes(self._lines[0]) or not self._waits):
            line = self._lines.popleft()
            self._taken()
            self._act(session, line)
        if self._ended and not self._lines and not self._is_undecided:
            self._ended = False
            self._finish(session)

    @property
    def _is_undecided(self) -> bool:
        return self._session is not None and self._named and self._session.machine.busy

    @property
    def _waits(self) -> bool:
        return self._is_undecided or self._window.is_full

    def _finish(self, session: Session) -> None:
        if self._named:
            session.act(session.machine.quit())
        else:
            session.fail(_no_name())

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
            self._conversing = False
            self._command(session, line)
        elif session.machine.in_conversation:
            session.act(session.machine.say(line.removeprefix("/")))
        elif self._conversing and not _is_exit(line):
            hint = "a slash makes it a command"
            self._unsent(line, "no conversation is open", hint)
        else:
            self._command(session, line)

    def _take_name(self, session: Session, line: str) -> None:
        self._named = True
        try:
            call = parse(line, False)
            if call.command.word == "exit":
                call.run(session)
            elif call.command.word == "username":
                session.start(call.argument)
            else:
                raise _no_name()
        except ChatdError as error:
            session.fail(error)

    def _command(self, session: Session, line: str) -> None:
        try:
            call = parse(line, session.machine.in_conversation, partial(called, session))
        except Mistake as mistake:
            self.show(e.Misplaced(str(mistake), mistake.hint))
            return
        if call.command.begins:
            self._failed = self._failed or self._owed
            self._conversing = self._owed = True
        call.run(session)

    def _unsent(self, line: str, why: str, hint: str = "") -> None:
        self.show(e.NotSaid(line, why, hint))

    # -- output

    def changed(self) -> None:
        """What a line waited for may be decided now."""
        self.advance()

    def show(self, event: e.Event) -> None:
        """Show an event, and remember what it means for the lines that wait."""
        self._view.show(event)
        match event:
            case e.Talking():
                self._owed = False
            case e.ConversationOver(ending=ending, undelivered=undelivered):
                self._conversing = ending is not None
                self._failed = self._failed or bool(undelivered)
                self._window.clear()
            case e.Said(message=message):
                self._window.said(message.text)
            case e.Delivered(numbers):
                self._window.delivered(len(numbers))
                self.advance()
            case e.NotSaid() | e.Misplaced() | e.Refused():
                self._failed = True


def _overtakes(line: str) -> bool:
    first = line.lower().split()[:1]
    command = BY_WORD.get(first[0][1:]) if first and first[0].startswith("/") else None
    return command is not None and command.overtakes


def _is_exit(line: str) -> bool:
    """Whether a bare line can mean nothing but the end of the program."""
    return BY_WORD.get(line.strip().lower()) is BY_WORD["exit"]


def _no_name() -> Mistake:
    return Mistake("the first line must be: username NAME", "or give --username NAME")

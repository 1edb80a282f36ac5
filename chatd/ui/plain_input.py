"""Lines of input for a client without a terminal, strictly in order.

A slash is always a command; a bare line is a command only when no conversation is open or in the
making. After a conversation that the other side has ended, bare lines are neither sent nor run
until a slash begins a command, but for `exit` alone, which ends the program.
"""

from collections import defaultdict, deque
from collections.abc import Callable

from chatd import limits
from chatd.engine import commands as c
from chatd.engine.client import Client
from chatd.engine.decisions import events as e
from chatd.errors import ChatdError
from chatd.store.identity_file import PassphraseNeeded
from chatd.ui import wording
from chatd.ui.command import GoTo, Here, Mistake, Wipe
from chatd.ui.commands import BY_WORD, parse
from chatd.ui.plain import PlainView
from chatd.ui.send_window import Window


class PlainInput:
    """Feeds lines to the client, each when the one before has had its outcome; `is_named` if it
    has a name already, `is_asking` if a conversation was begun with it.

    It is a view as well, put before the real one, since outcomes are events. `taken` is called for
    every line that is done with.
    """

    def __init__(
        self, client: Client, view: PlainView, *, is_named: bool, is_asking: bool = False
    ) -> None:
        self._client = client
        self._view = view
        self.taken: Callable[[], None] = lambda: None
        self._lines: deque[str] = deque()
        self._to: bytes | None = None
        self._windows: defaultdict[bytes | None, Window] = defaultdict(Window)
        self._named = is_named
        self._ended = False
        self._advancing = False
        self._conversing = self._owed = is_asking
        self._failed = False
        self._error: ChatdError | None = None
        self.later: Callable[[float, Callable[[], None]], object] = lambda seconds, call: None
        """Calls something in so many seconds."""
        self._giving = 0
        self._given: dict[bytes, bytes] = {}
        """Files that are to be offered; the ids of those that are, and in which conversation."""
        client.subscribe(self)

    def status(self, status: int) -> int:
        """The exit status: 1 also if something was not done, or a conversation never came; raises
        what was wrong with the first line."""
        if self._error is not None:
            raise self._error
        return max(status, int(self._failed or self._owed))

    # -- input

    def line(self, text: str) -> None:
        """One line of input, without its end."""
        if _overtakes(text) and self._is_undecided:
            self._skip()
        self._lines.append(text)
        self.advance()

    def piped(self, line: bytes) -> None:
        """One line of a pipe or a file; what is no UTF-8 becomes U+FFFD."""
        self.line(line.decode("utf-8", "replace"))

    def end(self) -> None:
        """There is no more input; what is offered is waited for, with patience."""
        self._ended = True
        self.later(limits.TAKEN_SECONDS, self._wait_no_more)
        self.advance()

    def _wait_no_more(self) -> None:
        """Nobody has taken what is offered."""
        taken = {each.id for each in self._client.snapshot().transfers if each.is_accepted}
        if self._given.keys() - taken:
            self._failed = True
            self._given = {id: whom for id, whom in self._given.items() if id in taken}
            self._view.tell([wording.Line("warning", "not taken; it is offered again later")])
            self.advance()

    def advance(self) -> None:
        """Act on what waits, as far as everything before it is decided."""
        if self._advancing or not (self._lines or self._ended):
            return
        self._advancing = True
        try:
            self._advance()
        finally:
            self._advancing = False

    def _advance(self) -> None:
        while self._lines and not self._error and (_overtakes(self._lines[0]) or not self._waits):
            line = self._lines.popleft()
            self.taken()
            self._act(line)
        is_giving = self._giving or self._given
        if not (self._ended and not self._lines and not self._error) or is_giving:
            return
        if not self._is_undecided:
            self._ended = False
            self._finish()

    @property
    def _is_undecided(self) -> bool:
        return self._named and self._client.snapshot().busy

    @property
    def _waits(self) -> bool:
        return self._is_undecided or self._windows[self._to].is_full

    def _finish(self) -> None:
        if self._named:
            self._client.do(c.Quit())
        else:
            self._fail(_no_name())

    def _fail(self, error: ChatdError) -> None:
        self._error = error
        self._client.do(c.Quit(1))

    def _skip(self) -> None:
        while self._lines:
            self.taken()
            self._unsent(self._lines.popleft(), "skipped")

    def _act(self, line: str) -> None:
        if not line.strip():
            return
        here = self._here()
        if not self._named:
            self._take_name(here, line)
        elif line.startswith("/") and not line.startswith("//"):
            self._conversing = False
            self._command(here, line)
        elif here.talk is not None:
            self._say(here, line)
        elif self._conversing and not _is_exit(line):
            hint = "a slash makes it a command"
            self._unsent(line, "no conversation is open", hint)
        else:
            self._command(here, line)

    def _say(self, here: Here, line: str) -> None:
        other = here.addressed(line)
        if other is not None and here.talk is not None:
            why = f"it begins with {other.name}'s name, and would go to {here.talk.name}"
            self._unsent(line, why, f"/to {other.name} first; a blank before the name sends it")
        else:
            self._client.do(c.Say(line.removeprefix("/"), here.id))

    def _here(self) -> Here:
        snapshot, to = self._client.snapshot(), self._to
        return Here(snapshot, snapshot.conversation(to) if to is not None else None)

    def _take_name(self, here: Here, line: str) -> None:
        try:
            call = parse(line, here)
            if call.command.word not in ("exit", "username"):
                raise _no_name()
        except Mistake as mistake:
            self._fail(mistake)
        else:
            self._command(here, line)
        self._named = True

    def _command(self, here: Here, line: str) -> None:
        try:
            call = parse(line, here)
            meaning = call.meaning(here)
        except Mistake as mistake:
            self._mistaken(mistake)
            return
        if call.command.begins:
            self._failed = self._failed or self._owed
            self._conversing = self._owed = True
        match meaning:
            case list():
                self._view.tell(meaning)
            case GoTo(conversation):
                self._to = conversation
            case Wipe():
                self._view.tell(wording.line("quiet", "nothing to wipe: no line is drawn again"))
            case _:
                self._giving += isinstance(meaning, c.SendFiles)
                self._client.do(meaning)

    def _unsent(self, line: str, why: str, hint: str = "") -> None:
        self._view.tell(wording.not_sent(line, why, hint))
        self._lost()

    def _mistaken(self, mistake: Mistake) -> None:
        if self._named:
            self._view.tell(wording.line("warning", str(mistake), mistake.hint))
            self._lost()
        else:
            self._fail(mistake)

    def _lost(self) -> None:
        """Something was not done, which the status says, and no files are on their way for it."""
        self._failed, self._giving = True, 0

    # -- output

    def changed(self) -> None:
        """What a line waited for may be decided now."""
        self.advance()

    def show(self, event: e.Event) -> None:
        """Show an event, and remember what it means for the lines that wait."""
        match event:
            case e.CommandFailed() if not self._named:
                self._fail(ChatdError(*wording.reason(event)))
                return
            case e.IdentitySealed() if not self._named:
                self._fail(ChatdError(PassphraseNeeded.text, PassphraseNeeded.hint))
                return
        self._view.show(event)
        match event:
            case e.Preparing():
                self._to = event.conversation  # what was asked for or accepted
            case e.Talking():
                self._owed = False
            case e.ConversationOver():
                self._over(event)
            case e.Said(message=message):
                self._windows[event.conversation].said(message.text)
            case e.Delivered(numbers):
                self._windows[event.conversation].delivered(len(numbers))
                self.advance()
            case e.FilesGiven(id):
                self._giving = max(0, self._giving - 1)
                self._given[id] = event.conversation
            case e.FilesNotGiven():
                self._giving, self._failed = max(0, self._giving - 1), True
                self.advance()
            case e.FilesOver(id, ours=True, why=why):
                self._given.pop(id, None)
                self._failed = self._failed or why != "done"
                self.advance()
            case e.NotSaid() | e.CommandFailed() | e.Refused():
                self._lost()

    def _over(self, event: e.ConversationOver) -> None:
        lost = [id for id, whom in self._given.items() if whom == event.conversation]
        for id in lost:
            del self._given[id]  # it goes on in the next conversation
        self._failed = self._failed or bool(event.undelivered or lost)
        self._windows.pop(event.conversation, None)
        if event.conversation == self._to:
            self._to = None
            self._conversing = event.ending is not None


def _overtakes(line: str) -> bool:
    first = line.lower().split()[:1]
    command = BY_WORD.get(first[0][1:]) if first and first[0].startswith("/") else None
    return command is not None and command.overtakes


def _is_exit(line: str) -> bool:
    """Whether a bare line can mean nothing but the end of the program."""
    return BY_WORD.get(line.strip().lower()) is BY_WORD["exit"]


def _no_name() -> Mistake:
    return Mistake("the first line must be: username NAME", "or give --username NAME")

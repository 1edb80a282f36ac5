"""Carries out what the person decided at the prompt."""

from collections.abc import Callable
from functools import partial

from chatd.engine.decisions import events as e
from chatd.engine.session import Session
from chatd.errors import ChatdError
from chatd.store.identity_file import PassphraseNeeded
from chatd.text import safe_line
from chatd.ui.command import Mistake
from chatd.ui.commands import parse
from chatd.ui.contact_commands import called
from chatd.ui.terminal import entry
from chatd.ui.terminal.unlocking import Unlocking
from chatd.wire.fields import is_name


class Person:
    """Whoever sits at the terminal of `session`.

    The session waits for a name to be started with, unless it was `started`.
    """

    def __init__(self, session: Session, started: bool, show: Callable[[e.Event], None]) -> None:
        self.session = session
        self.started = started
        self._show = show
        self._unlocking: Unlocking | None = None

    @property
    def mode(self) -> entry.Mode:
        """What a bare line is at this moment."""
        if self._unlocking is not None:
            return "waiting" if self._unlocking.is_trying else "secret"
        return entry.mode_of(self.session.machine)

    def act(self, decision: entry.Name | entry.Secret | entry.Run | entry.Say) -> None:
        """Do it; what went wrong is shown."""
        try:
            self._act(decision)
        except ChatdError as error:
            self._show(e.Misplaced(str(error), error.hint))

    def leave(self) -> None:
        """End everything."""
        self.session.act(self.session.machine.quit())

    def _act(self, decision: entry.Name | entry.Secret | entry.Run | entry.Say) -> None:
        match decision:
            case entry.Say(text):
                self.session.act(self.session.machine.say(text))
            case entry.Run(line):
                self._run(line)
            case entry.Name(text):
                self._take(text)
            case entry.Secret(""):
                self._unlocking = None
            case entry.Secret(word):
                self._unlock(word)

    def _run(self, line: str) -> None:
        session = self.session
        call = parse(line, session.machine.in_conversation, partial(called, session))
        if not (self.started or call.command.is_early):
            raise Mistake("you need a name first", "type the name that you want to have")
        self.session.machine.drop_again()
        call.run(self.session)

    def _take(self, name: str) -> None:
        if not (name.isascii() and is_name(name)):
            raise Mistake(
                f"{safe_line(name, 40)} is not a name",
                "a name has 1 to 32 letters, digits, - and _, and begins with a letter or a digit",
            )
        if self.started:
            self.session.username(name)
        else:
            self._start(name)

    def _start(self, name: str) -> None:
        try:
            self.session.start(name)
        except PassphraseNeeded as needed:
            self._unlocking = Unlocking(self.session, needed.sealed, lambda: self._opened(name))
        else:
            self.started = True

    def _unlock(self, word: str) -> None:
        if self._unlocking is not None:
            self._unlocking.give(word)

    def _opened(self, name: str) -> None:
        self._unlocking = None
        self.act(entry.Name(name))

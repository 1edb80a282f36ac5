"""A command as it is typed inside, given at the shell: the same words, and the same lines."""

import time
from typing import Any

from chatd.control import jsonrpc
from chatd.control.encoding import encoded
from chatd.engine.commands import Command
from chatd.engine.decisions import events as e
from chatd.engine.snapshot import Snapshot
from chatd.errors import ChatdError, Usage
from chatd.ui import wording
from chatd.ui.command import GoTo, Here, Mistake, Wipe
from chatd.ui.commands import BY_WORD, parse
from chatd.ui.oneshot.errand import Errand
from chatd.ui.oneshot.hints import line_at_shell
from chatd.ui.oneshot.outcome import Outcome
from chatd.ui.rpc import methods


class Typed(Errand):
    """An errand: one line, as `commands.parse` reads it at the server. With `as_json` the events
    that answer it are printed as the interface for programs has them."""

    def __init__(self, line: str, *, as_json: bool = False) -> None:
        super().__init__()
        self._line = line
        self._as_json = as_json
        self._wanted: Command | None = None
        self._word = line.split()[0]
        self._told: tuple[type[e.Event], ...] = ()
        self._waits = False

    @property
    def is_early(self) -> bool:
        """As its command is."""
        return self._word in BY_WORD and BY_WORD[self._word].is_early

    def _begin(self, here: Snapshot) -> list[Command]:
        """Say it, or do it; what the server has to do waits for the login."""
        place = Here(here, None, at_shell=True)
        try:
            call = parse(self._line, place)
            meaning = call.meaning(place)
        except Mistake as mistake:
            self.outcome = Outcome(Usage(str(mistake), mistake.hint or f"chat help {self._word}"))
            return []
        self._word, self._told = call.command.word, call.command.told
        if isinstance(meaning, list):
            self._print(meaning, jsonrpc.asked("snapshot", methods.changes(None, here)))
            self.outcome = Outcome()
        elif not isinstance(meaning, GoTo | Wipe):
            self._wanted = meaning
            self._waits = call.command.shell == "server" and here.name is None
        return self._commands()

    def happened(self, event: e.Event) -> list[Command]:
        """Print what answers it."""
        match event:
            case e.LoggedIn(name=str()) if self._waits:
                self._waits = False
                return self._commands()
            case e.CommandFailed() | e.IdentitySealed() | e.NotVerified():
                self.outcome = Outcome(event=event)
            case e.Refused(command=command) if self._waits or command == self._word:
                self.outcome = Outcome(event=event)
            case _ if isinstance(event, self._told) and self._is_meant(event):
                self._print(wording.lines(event), methods.notification(event))
                if not _has_more(event):
                    self.outcome = Outcome()
        return []

    def carried_out(self) -> None:
        """Where nothing answers, that is all."""
        if not self._waits and not self._told and self.outcome is None:
            self.outcome = Outcome()

    def give_up(self, seconds: float) -> list[Command]:
        """No answer came."""
        self.outcome = Outcome(ChatdError(f"there was no answer within {seconds:g} seconds"))
        return []

    def _commands(self) -> list[Command]:
        return [self._wanted] if self._wanted is not None and not self._waits else []

    def _is_meant(self, event: e.Event) -> bool:
        """Whether it is not the answer to somebody else, who looks at the same client."""
        talk = getattr(self._wanted, "conversation", None)
        if talk is not None and getattr(event, "conversation", talk) != talk:
            return False
        name = getattr(self._wanted, "name", None)
        number = getattr(self._wanted, "transfer", None)
        is_named = name is None or getattr(event, "name", name) == name
        return is_named and (number is None or getattr(event, "number", number) == number)

    def _print(self, lines: list[wording.Line], told: dict[str, Any]) -> None:
        if self._as_json:
            told["params"]["at"] = int(time.time())
            self.printed.append(encoded(told).decode().removesuffix("\n"))
        else:
            self.printed += [line_at_shell(each.text) for each in lines]


def _has_more(event: e.Event) -> bool:
    """Whether who of them is around is told behind it."""
    return isinstance(event, e.Contacts) and any(not each.blocked for each in event.contacts)

"""Carries out an errand on a client, wherever that is."""

import sys
from contextlib import suppress

from chatd.engine.client import Client
from chatd.engine.commands import Command, Quit
from chatd.engine.decisions.events import Event
from chatd.errors import ChatdError, cannot_write
from chatd.ui.oneshot.errand import Errand
from chatd.ui.oneshot.outcome import Outcome


def printed(errand: Errand) -> None:
    """Write its lines to standard output, and what else it says to standard error; raises
    `ChatdError`."""
    lines, errand.printed = errand.printed, []
    _say(errand)
    try:
        for line in lines:
            print(line, flush=True)
    except OSError as error:
        raise cannot_write(error) from error


def _say(errand: Errand) -> None:
    waiting, errand.waiting = errand.waiting, []
    warnings, errand.warnings = errand.warnings, []
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    with suppress(OSError):  # nobody hears it, and nothing hangs on it
        for text in [*(waiting if is_terminal else []), *warnings]:
            print(f"chat: {text}", file=sys.stderr)


def failure(outcome: Outcome) -> ChatdError | None:
    """The error that it ended with, in words."""
    if outcome.event is None:
        return outcome.error
    from chatd.ui import wording
    from chatd.ui.oneshot.hints import hint_at_shell

    first, *more = wording.lines(outcome.event) or [wording.Line("error", "it was not done")]
    hints = [each.text.removeprefix("hint: ") for each in more if each.text.startswith("hint: ")]
    return ChatdError(first.text, hint_at_shell(" ".join(hints)))


class Carrying:
    """A listener of a client in this process: ends it when the errand is done."""

    def __init__(self, client: Client, errand: Errand) -> None:
        self._client = client
        self._errand = errand
        client.subscribe(self)

    def begin(self) -> None:
        """Do what comes first."""
        self._do(self._errand.begin(self._client.snapshot()))

    def give_up(self, seconds: float) -> None:
        """It has taken too long."""
        if self._errand.outcome is None:
            self._do(self._errand.give_up(seconds))

    def show(self, event: Event) -> None:
        """Go on with what happened."""
        if self._errand.outcome is None:
            self._do(self._errand.happened(event))

    def changed(self) -> None:
        """Nothing hangs on it."""

    def _do(self, commands: list[Command]) -> None:
        try:
            printed(self._errand)
        except ChatdError as error:  # so that nothing counts as seen that was not shown
            self._errand.outcome, commands = Outcome(error), []
        for command in commands:
            self._client.do(command)
        if commands and self._errand.outcome is None:
            self._errand.carried_out()
        if self._errand.outcome is not None:
            self._client.do(Quit())

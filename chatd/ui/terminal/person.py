"""Carries out what the person decided at the prompt."""

from collections.abc import Callable

from chatd.engine import commands as c
from chatd.engine.client import Client
from chatd.ui.command import Here, Mistake, Wipe
from chatd.ui.commands import parse
from chatd.ui.terminal import entry
from chatd.ui.wording import Line, line


class Person:
    """Whoever sits at the terminal of `client`; `tell` shows lines of ours, `wipe` takes away what
    was shown."""

    def __init__(
        self, client: Client, tell: Callable[[list[Line]], None], wipe: Callable[[], None]
    ) -> None:
        self._client = client
        self._tell = tell
        self._wipe = wipe

    @property
    def here(self) -> Here:
        """Where the person is."""
        snapshot = self._client.snapshot()
        return Here(snapshot, snapshot.conversations[-1] if snapshot.conversations else None)

    def act(self, decision: entry.Name | entry.Secret | entry.Run | entry.Say) -> None:
        """Do it; what went wrong is shown."""
        match decision:
            case entry.Say(text):
                self._client.do(c.Say(text, self.here.id))
            case entry.Name(text):
                self._client.do(c.TakeName(text))
            case entry.Secret(word):
                self._client.do(c.Unlock(word))
            case entry.Run(text):
                try:
                    self._run(text)
                except Mistake as mistake:
                    self._tell(line("warning", str(mistake), mistake.hint))

    def leave(self) -> None:
        """End everything."""
        self._client.do(c.Quit())

    def _run(self, text: str) -> None:
        here = self.here
        call = parse(text, here)
        if here.client.identity != "open" and not call.command.is_early:
            raise Mistake("you need a name first", "type the name that you want to have")
        meaning = call.meaning(here)
        if isinstance(meaning, Wipe):
            self._wipe()
        elif isinstance(meaning, list):
            self._tell(meaning)
        else:
            self._client.do(meaning)

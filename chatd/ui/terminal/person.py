"""Carries out what the person decided at the prompt."""

from typing import Protocol

from chatd.engine import commands as c
from chatd.engine.client import Client
from chatd.ui.command import GoTo, Here, Mistake, Wipe
from chatd.ui.terminal import entry
from chatd.ui.wording import Line, line

Deed = entry.Name | entry.Secret | entry.Run | entry.Say


class Face(Protocol):
    """What the person can want of whoever draws the client."""

    @property
    def to(self) -> bytes | None:
        """The conversation that lines go to, None for none."""

    def tell(self, lines: list[Line]) -> None:
        """Show lines of ours."""

    def go(self, id: bytes | None) -> None:
        """Lines go to this conversation from now on, or to the server."""

    def wipe(self) -> None:
        """Take away what was shown."""


class Person:
    """Whoever sits at the terminal of `client`, which is drawn by `face`."""

    def __init__(self, client: Client, face: Face) -> None:
        self._client = client
        self._face = face

    @property
    def here(self) -> Here:
        """Where the person is."""
        snapshot, to = self._client.snapshot(), self._face.to
        return Here(snapshot, snapshot.conversation(to) if to is not None else None)

    def act(self, decision: Deed) -> None:
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
                    self._face.tell(line("warning", str(mistake), mistake.hint))

    def leave(self) -> None:
        """End everything."""
        self._client.do(c.Quit())

    def _run(self, text: str) -> None:
        from chatd.ui.commands import parse  # not before something is typed

        here = self.here
        call = parse(text, here)
        if here.client.identity != "open" and not call.command.is_early:
            raise Mistake("you need a name first", "type the name that you want to have")
        meaning = call.meaning(here)
        match meaning:
            case list():
                self._face.tell(meaning)
            case GoTo(conversation):
                self._face.go(conversation)
            case Wipe():
                self._face.wipe()
            case _:
                self._client.do(meaning)

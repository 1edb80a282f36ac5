"""What Enter does: a line belongs to the mode in which its first character was typed."""

from typing import Literal

from msgspec import Struct

from chatd.engine.snapshot import ConversationState
from chatd.ui.command import Command, Here

Mode = Literal["name", "secret", "waiting", "lobby", "chat"]
"""`secret`: a passphrase, which is not shown; `waiting`: one is being
tried, and nothing can be typed."""


class Name(Struct, frozen=True):
    """The person chose a name, which may not be one."""

    text: str


class Secret(Struct, frozen=True):
    """A passphrase; '' gives up."""

    text: str

    def __repr__(self) -> str:
        return "Secret(…)"


class Run(Struct, frozen=True):
    """A command line."""

    line: str


class Say(Struct, frozen=True):
    """A message."""

    text: str


class KeepLine(Struct, frozen=True):
    """Nothing is done, the line stays, and `note` says why."""

    note: str


class Ask(Struct, frozen=True):
    """The line goes away, and the next one is the answer to the question that `note` explains."""

    note: str


class Go(Struct, frozen=True):
    """The line is for another conversation, and is typed there as `draft`."""

    conversation: bytes
    draft: str


class Back(Struct, frozen=True):
    """The line that was asked about is to be changed."""

    line: str


Decision = Name | Secret | Run | Say | KeepLine | Ask | Go | Back | None
_YES, _NO = ("yes", "y"), ("no", "n")


class Meant(Struct, frozen=True):
    """Whether `line` is to be said, or was meant as the command `way_out`."""

    line: str
    way_out: str

    @property
    def label(self) -> str:
        """What stands before the answer."""
        return "end this program? " if self.way_out == "/exit" else "leave? "

    @property
    def note(self) -> str:
        """Which answers there are."""
        return f"yes, no, or Enter alone, which sends {self.line.strip()} as it is"

    @property
    def yes(self) -> Decision:
        """What it comes to if so."""
        return Run(self.way_out)

    def answered(self, answer: str) -> Decision:
        """What an answer comes to; the question again if it is none."""
        if not answer:
            return Say(self.line)
        if answer in _YES or answer == self.line.strip().lower():
            return self.yes
        return None if answer in _NO else Ask(self.note)


class ForWhom(Struct, frozen=True):
    """Whether `line`, which begins with the name of `other`, is for them and not for `name`, with
    whom the person is; `rest` is what comes behind the name."""

    line: str
    rest: str
    name: str
    other: ConversationState

    @property
    def label(self) -> str:
        """What stands before the answer."""
        return f"is it for {self.other.name}? "

    @property
    def note(self) -> str:
        """Which answers there are."""
        return f"yes goes to {self.other.name}; {self.name} sends it to {self.name} as it is; no"

    @property
    def yes(self) -> Decision:
        """What it comes to if so."""
        return Go(self.other.id, self.rest)

    def answered(self, answer: str) -> Decision:
        """What an answer comes to; the question again if it is none."""
        if answer in _YES or answer == self.other.name:
            return self.yes
        if answer == self.name:
            return Say(self.line)
        return Back(self.line) if answer in _NO else Ask(self.note)


Question = Meant | ForWhom

_NOW = {
    "name": "you need a name now",
    "lobby": "the conversation is over, so this would be a command",
    "chat": "a conversation has begun, so this would be sent",
}

_WAYS_OUT = ("exit", "leave")
"""Commands that may be meant by their bare word where every line is sent."""


def mode_of(here: Here) -> Mode:
    """What a bare line is at this moment: a name, a passphrase, a command or a message."""
    match here.client.identity:
        case "sealed":
            return "secret"
        case "opening":
            return "waiting"
    if here.talk is not None:
        return "chat"
    return "lobby" if here.client.name or here.client.wanted else "name"


class Entry:
    """The line being typed, as far as its mode is concerned."""

    def __init__(self) -> None:
        self._mode: Mode | None = None
        self._question: Question | None = None

    def question(self, mode: Mode) -> Question | None:
        """What the person was asked; outside of the conversation it is none any more."""
        if mode != "chat":
            self.drop_question()
        return self._question

    def drop_question(self) -> None:
        """It is answered, or not to be."""
        self._question = None

    def changed(self, text: str, mode: Mode) -> None:
        """The line is now `text`, while the client is in `mode`."""
        if not text:
            self._mode = None
        elif self._mode is None:
            self._mode = mode

    def entered(self, text: str, here: Here) -> Decision:
        """Enter was pressed; on an empty line that asks again whoever is offered. None is for a
        blank line, which only goes away."""
        mode, begun, self._mode = mode_of(here), self._mode, None
        question = self.question(mode)
        self.drop_question()
        if question is not None:
            return self._asked(question, question.answered(text.strip().lower()))
        if mode == "secret":
            return Secret(text.strip("\n"))  # of a paste
        if not text and here.client.again is not None and mode == "lobby":
            return Run(f"chat {here.client.again}")
        if not text.strip():
            return None
        if begun not in (mode, None):
            self._mode = mode
            return KeepLine(f"{_NOW[mode]}: Enter again, or Ctrl-C clears it")
        said = _encodable(text.strip("\n"))
        doubt = _doubt(said, here)
        return self._asked(doubt, Ask(doubt.note)) if doubt else _decide(said, mode)

    def _asked(self, question: Question, decision: Decision) -> Decision:
        self._question = question if isinstance(decision, Ask) else None
        return decision


def _doubt(said: str, here: Here) -> Question | None:
    """What there is to ask before a line goes to the conversation where the person is."""
    if here.talk is None:
        return None
    meant = _command(said.strip().lower())
    if meant is not None and meant.word in _WAYS_OUT:
        return Meant(said, f"/{meant.word}")
    other = here.addressed(said)
    rest = said.partition(":")[2].strip()
    return ForWhom(said, rest, here.talk.name, other) if other is not None else None


def _decide(text: str, mode: Mode) -> Decision:
    if mode == "name":
        return _name(text)
    if mode == "lobby" or (text.startswith("/") and not text.startswith("//")):
        return Run(text)
    return Say(text.removeprefix("/") if text.startswith("//") else text)


def _name(text: str) -> Decision:
    words = text.lower().split()
    if text.startswith("/") or _is_early(words[0]):
        return Run(text)
    # Whoever knows the command types it here as well.
    return Name(" ".join(words[1:] if words[0] == "username" and words[1:] else words))


def _is_early(word: str) -> bool:
    """Whether it is a command where a name is asked for; --username takes it all the same."""
    command = _command(word)
    return command is not None and command.is_early


def _encodable(text: str) -> str:
    """Bytes that are no UTF-8 come from the terminal as surrogates, which no message can hold."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _command(word: str) -> Command | None:
    from chatd.ui.commands import BY_WORD  # not before something is typed

    return BY_WORD.get(word)

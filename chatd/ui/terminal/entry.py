"""What Enter does: a line belongs to the mode in which its first character was typed."""

from typing import Literal

from msgspec import Struct

from chatd.ui.command import Here
from chatd.ui.commands import BY_WORD

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


class Stay(Struct, frozen=True):
    """Nothing is done, the line stays, and `note` says why."""

    note: str


class Ask(Struct, frozen=True):
    """The line goes away, and the next one is the answer to the question that `note` explains."""

    note: str


class Question(Struct, frozen=True):
    """Whether `line` is to be said, or was meant as the command `way_out`."""

    line: str
    way_out: str

    @property
    def label(self) -> str:
        """What stands before the answer."""
        return "end everything? " if self.way_out == "/exit" else "leave? "

    @property
    def note(self) -> str:
        """Which answers there are."""
        return f"yes, no, or Enter alone, which sends {self.line.strip()} as it is"


Decision = Name | Secret | Run | Say | Stay | Ask | None

_NOW = {
    "name": "you need a name now",
    "lobby": "the conversation is over, so this would be a command",
    "chat": "a conversation has begun, so this would be sent",
}


_YES, _NO = ("yes", "y"), ("no", "n")
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

    def entered(self, text: str, mode: Mode, again: str | None = None) -> Decision:
        """Enter was pressed; on an empty line that asks `again`, if there is somebody. None is for
        a blank line, which only goes away."""
        begun, self._mode = self._mode, None
        question = self.question(mode)
        self.drop_question()
        if question is not None:
            return self._answered(question, text)
        if mode == "secret":
            return Secret(text.strip("\n"))  # of a paste
        if not text and again is not None and mode == "lobby":
            return Run(f"chat {again}")
        if not text.strip():
            return None
        if begun not in (mode, None):
            self._mode = mode
            return Stay(f"{_NOW[mode]}: Enter again, or Ctrl-C clears it")
        meant = BY_WORD.get(text.strip().lower())
        if mode == "chat" and meant is not None and meant.word in _WAYS_OUT:
            self._question = Question(text.strip("\n"), f"/{meant.word}")
            return Ask(self._question.note)
        return _decide(_encodable(text.strip("\n")), mode)

    def _answered(self, question: Question, text: str) -> Decision:
        answer = text.strip().lower()
        if not answer:
            return Say(question.line)
        if answer in _YES or answer == question.line.strip().lower():
            return Run(question.way_out)
        if answer in _NO:
            return None
        self._question = question
        return Ask(question.note)


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
    command = BY_WORD.get(word)
    return command is not None and command.is_early


def _encodable(text: str) -> str:
    """Bytes that are no UTF-8 come from the terminal as surrogates, which no message can hold."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

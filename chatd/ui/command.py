"""What a command is, and how a line of input becomes a call of one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from chatd import limits
from chatd.engine.commands import Command as Wanted
from chatd.engine.decisions.events import Event
from chatd.engine.snapshot import ConversationState, Snapshot
from chatd.errors import ChatdError
from chatd.text import safe_line
from chatd.ui.wording import Line
from chatd.wire.fields import is_name

Where = Literal["lobby", "chat", "both"]
Group = Literal["people", "conversation", "you"]
"""What the list of all shows a command with."""
Completes = Literal[
    "",
    "asking us",
    "asked by us",
    "people",
    "whom we talk to",
    "whom we hear",
    "commands",
    "paths",
]


Shell = Literal["", "agent", "stored", "server", "nothing"]
"""What `chat WORD` needs where no agent runs: that one does, what the profile has stored, a login
of its own, or nothing at all; '' for a word that is none at the shell."""


class Here(Struct, frozen=True):
    """Where the person is: the client, and the conversation that lines go to, None for none; or at
    the shell, with no conversation."""

    client: Snapshot
    talk: ConversationState | None
    at_shell: bool = False

    @property
    def sign(self) -> str:
        """What a command begins with: in a conversation everything else is said there."""
        if self.at_shell:
            return "chat "
        return "/" if self.talk is not None else ""

    @property
    def id(self) -> bytes | None:
        """The conversation's."""
        return self.talk.id if self.talk is not None else None

    def called(self, said: str) -> str:
        """The name of whom the person calls so; what was said, where that is nobody, several, or
        the name of somebody who asks."""
        if not said or any(said == each.name for each in self.client.asking_us):
            return said
        found = [each.name for each in self.client.people if each.petname == said]
        return found[0] if len(found) == 1 else said

    def addressed(self, line: str) -> ConversationState | None:
        """Whom else a line is for, as it begins with their name and a colon; not where lines go."""
        name, colon, _ = line.partition(":")
        called = name.rstrip().lower() if colon else ""
        others = (each for each in self.client.conversations if each.id != self.id)
        return next((each for each in others if called in _called(each)), None)


def _called(talk: ConversationState) -> set[str]:
    return {talk.name, talk.petname.lower()} - {""}


class GoTo(Struct, frozen=True):
    """Lines go to this conversation from now on, or to the server for None."""

    conversation: bytes | None


class Wipe(Struct, frozen=True):
    """What was said is taken from the screen, which no client knows of."""


Meaning = Wanted | list[Line] | GoTo | Wipe
"""What is wanted of the client; or what there is to say at once; or of whoever shows it."""


class Mistake(ChatdError):
    """A line that is no command here."""


class Command(Struct, frozen=True):
    """One command.

    Its word, its argument as shown in help ('' for none, [NAME] if optional), what it does in
    words, and what it means; where it works; the other words for it; what fits behind it; a call as
    an example, and more than the summary says, for `help WORD`.
    """

    word: str
    argument: str
    summary: str
    means: Callable[[Here, str], Meaning]
    where: Where = "both"
    also: tuple[str, ...] = ()
    completes: Completes = ""
    example: str = ""
    more: str = ""
    is_early: bool = False
    """Whether it works before there is a name."""
    overtakes: bool = False
    """Whether, behind a slash, it does not wait for what is undecided before it."""
    begins: bool = False
    """Whether a conversation may come of it."""
    is_raw: bool = False
    """Whether what stands behind it is for itself to read, with all its spaces and quotes."""
    together: str = ""
    """What the row of the list of all says, where several commands share this one's."""
    row: str = ""
    """The command beside which the list of all shows it, where both work."""
    shell: Shell = ""
    told: tuple[type[Event], ...] = ()
    """The events that answer it, any of them; at the shell it is done without, once it was carried
    out."""

    @property
    def usage(self) -> str:
        """The command as it is typed."""
        return f"{self.word} {self.argument}".rstrip()

    def works(self, in_conversation: bool) -> bool:
        """Whether the command belongs to where the person is."""
        return self.where == "both" or self.where == ("chat" if in_conversation else "lobby")


class Call(Struct, frozen=True):
    """A command with its argument, '' for none."""

    command: Command
    argument: str

    def meaning(self, here: Here) -> Meaning:
        """What it comes to where the person is; raises `Mistake`."""
        return self.command.means(here, self.argument)


def read(words: Mapping[str, Command], line: str, here: Here) -> Call:
    """One command line, with or without a slash, as a call of one of `words`; raises `Mistake`."""
    in_conversation = here.talk is not None
    said = line.strip().removeprefix("/").split()
    if not said:
        raise Mistake("no command", "help shows what there is")
    command = words.get(said[0].lower())
    if command is None:
        known = [word for word, each in words.items() if each.works(in_conversation)]
        raise _unknown(known, said[0], here.sign)
    if not command.works(in_conversation):
        raise Mistake(
            f"{command.word} does not work here", "/leave first" if in_conversation else "chat NAME"
        )
    if command.is_raw:
        return Call(command, line.strip().partition(" ")[2].strip())
    rest = _with_a_name(said[1:], here.called) if "NAME" in command.argument else said[1:]
    return Call(command, _argument(command, rest))


def _with_a_name(words: list[str], called: Callable[[str], str]) -> list[str]:
    """The words, with the name of a person in the place of what the person calls them."""
    said = " ".join(words)
    if (name := called(said)) != said:
        return [name]
    return [called(words[0]), *words[1:]] if words else []


def _argument(command: Command, words: list[str]) -> str:
    needed = command.argument and not command.argument.startswith("[")
    if " " in command.argument and (words or not needed):
        return safe_line(" ".join(words), limits.LONG_ARGUMENT)
    if len(words) > (1 if command.argument else 0) or (needed and not words):
        raise Mistake(f"usage: {command.usage}")
    if not words:
        return ""
    return name(words[0])


def name(said: str) -> str:
    """A name as the server knows it; raises `Mistake` if it is none."""
    if not (said.isascii() and is_name(said.lower())):
        raise Mistake(
            f"{safe_line(said, 40)} is not a name",
            "a name has 1 to 32 letters, digits, - and _, and begins with a letter or a digit",
        )
    return said.lower()


def _unknown(words: Sequence[str], word: str, slash: str) -> Mistake:
    from difflib import get_close_matches  # larger than all of ours

    close = get_close_matches(word.lower(), words, n=1, cutoff=0.7)
    hint = f"did you mean {slash}{close[0]}?" if close else f"{slash}help shows what there is"
    return Mistake(f"{slash}{safe_line(word, 40)} is not a command", hint)

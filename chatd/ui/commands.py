"""The one table of commands, from which parsing, help and completion come."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from chatd import limits
from chatd.engine.decisions import events
from chatd.engine.decisions.requests import Incoming
from chatd.errors import ChatdError
from chatd.noise.keys import fingerprint
from chatd.store.card import is_card
from chatd.store.contacts import petname
from chatd.store.hearing import CHOICES, Hears
from chatd.text import named, safe_line
from chatd.ui import card_commands, contact_commands, showing, status
from chatd.ui.duration import duration
from chatd.wire.fields import is_name

if TYPE_CHECKING:
    from chatd.engine.session import Session

Where = Literal["lobby", "chat", "both"]
Called = Callable[[str], str]


class Mistake(ChatdError):
    """A line that is no command here."""


@dataclass(frozen=True)
class Command:
    """One command: its word, its argument as shown in help ('' for none, [NAME] if optional),
    where it works, what it does in words, and what it does."""

    word: str
    argument: str
    where: Where
    summary: str
    run: Callable[["Session", str], None]

    @property
    def usage(self) -> str:
        """The command as it is typed."""
        return f"{self.word} {self.argument}".rstrip()

    def works(self, in_conversation: bool) -> bool:
        """Whether the command belongs to where the person is."""
        return self.where == "both" or self.where == ("chat" if in_conversation else "lobby")


@dataclass(frozen=True)
class Call:
    """A command with its argument, '' for none."""

    command: Command
    argument: str

    def run(self, session: "Session") -> None:
        """Carry it out."""
        self.command.run(session, self.argument)


def parse(line: str, in_conversation: bool, called: Called = lambda said: said) -> Call:
    """Read one command line, with or without a slash; raises `Mistake`.

    `called` gives the name of whom the person calls so.
    """
    if is_card(line):
        if in_conversation:
            raise Mistake("that is an invite card", "/leave first, then paste it")
        return Call(_CARD, line)
    words = line.strip().removeprefix("/").split()
    if not words:
        raise Mistake("no command", "help shows what there is")
    command = BY_WORD.get(words[0].lower())
    if command is None:
        raise _unknown(words[0], "/" if in_conversation else "")
    if not command.works(in_conversation):
        raise Mistake(
            f"{command.word} does not work here", "/leave first" if in_conversation else "chat NAME"
        )
    words = _with_a_name(words[1:], called) if "NAME" in command.argument else words[1:]
    return Call(command, _argument(command, words))


def _with_a_name(words: list[str], called: Called) -> list[str]:
    """The words, with the name of a person in the place of what the person calls them."""
    said = " ".join(words)
    if (name := called(said)) != said:
        return [name]
    return [called(words[0]), *words[1:]] if words else []


def _argument(command: Command, words: list[str]) -> str:
    if " " in command.argument:
        return safe_line(" ".join(words), limits.LONG_ARGUMENT)
    needed = command.argument and not command.argument.startswith("[")
    if len(words) > (1 if command.argument else 0) or (needed and not words):
        raise Mistake(f"usage: {command.usage}")
    if not words:
        return ""
    name = words[0].lower()
    if not (words[0].isascii() and is_name(name)):
        raise Mistake(
            f"{safe_line(words[0], 40)} is not a name",
            "a name has 1 to 32 letters, digits, - and _, and begins with a letter or a digit",
        )
    return name


def _unknown(word: str, slash: str) -> Mistake:
    meant = "exit" if word.lower() == "quit" else word.lower()
    close = difflib.get_close_matches(meant, BY_WORD, n=1)
    hint = f"did you mean {slash}{close[0]}?" if close else f"{slash}help shows what there is"
    return Mistake(f"{slash}{safe_line(word, 40)} is not a command", hint)


def _whoami(session: "Session", _: str) -> None:
    name = session.machine.name or "nobody yet"
    lines = [f"you are {name} on {session.settings.server}"]
    lines += ["your key:", events.Copied(fingerprint(session.identity))]
    session.show(events.Answer(lines))


def _requests(session: "Session", heard: str) -> None:
    if heard:
        _hear(session, heard)
        return
    requests, now, sign = session.machine.requests, session.now, session.machine.sign
    lines = [
        f"{_who(session, request)} asks you, {_left(request.deadline, now)} left:"
        f" accept {request.name}"
        for request in sorted(requests.incoming.values(), key=lambda each: not each.secret)
    ]
    lines += [
        f"you ask {out.name}, {_left(out.deadline, now)} left: {sign}cancel {out.name}"
        for out in requests.outgoing.values()
    ]
    lines = lines or ["no requests"]
    if (choice := session.profile.hears) != "everyone":
        lines.append(f"you hear {_HEARD[choice]}: {sign}requests everyone")
    session.show(events.Answer(lines))


_OTHERS = "; others see what they see of someone who does not answer"
_HEARD: dict[Hears, str] = {
    "everyone": "everyone who asks",
    "cards": "your contacts, and whoever holds a card of yours",
    "contacts": "your contacts alone",
}


def _hear(session: "Session", word: str) -> None:
    choice = next((each for each in CHOICES if each == word), None)
    if choice is None:
        session.show(events.Misplaced(f"usage: requests [{' | '.join(CHOICES)}]", ""))
        return
    done = [f"you hear {_HEARD[choice]}{_OTHERS if choice != 'everyone' else ''}"]
    session.profile.store(lambda profile, _: profile.hearing.choose(choice), done)


def _who(session: "Session", request: Incoming) -> str:
    return named(request.name, petname(session.machine.judge(request.name, request.key)))


def _left(deadline: float, now: float) -> str:
    return duration(deadline - now)


def _help(session: "Session", _: str) -> None:
    in_conversation, sign = session.machine.in_conversation, session.machine.sign
    here = [command for command in COMMANDS if command.works(in_conversation)]
    width = max(len(command.usage) for command in here)
    lines = [f"{sign}{command.usage:<{width}} {command.summary}" for command in here]
    if in_conversation:
        lines.append("everything else is sent; // at the beginning sends a /")
    session.show(events.Answer(lines))


COMMANDS = (
    Command("username", "NAME", "lobby", "take a name, or another one", lambda s, n: s.username(n)),
    Command(
        "release", "NAME", "lobby", "give a name back", lambda s, n: s.act(s.machine.release(n))
    ),
    Command(
        "search", "NAME", "lobby", "is this person here?", lambda s, n: s.act(s.machine.search(n))
    ),
    Command(
        "chat",
        "NAME",
        "lobby",
        "ask for a conversation, or accept one",
        lambda s, n: s.act(s.machine.chat(n, s.now)),
    ),
    Command(
        "requests",
        "[FROM]",
        "both",
        "who asks; hear contacts, cards, everyone",
        _requests,
    ),
    Command(
        "accept",
        "[NAME]",
        "lobby",
        "accept a request",
        lambda s, n: s.act(s.machine.accept(n or None, s.now)),
    ),
    Command(
        "decline",
        "[NAME]",
        "both",
        "decline a request",
        lambda s, n: s.act(s.machine.decline(n or None)),
    ),
    Command(
        "cancel",
        "[NAME]",
        "both",
        "withdraw your request, or stop connecting",
        lambda s, n: s.act(s.machine.cancel(n or None)),
    ),
    Command(
        "forget",
        "NAME",
        "lobby",
        "forget a key, and take the next one as new",
        contact_commands.forget,
    ),
    Command("contacts", "", "both", "whom you know here", contact_commands.contacts),
    Command(
        "verify",
        "[NAME] [NUMBER]",
        "both",
        "show a safety number, or compare it",
        contact_commands.verify,
    ),
    Command("show", "[N]", "both", "read a message as a whole, or what was folded", showing.show),
    Command(
        "nick",
        "NAME [PETNAME]",
        "both",
        "call someone something of your own",
        contact_commands.nick,
    ),
    Command("block", "NAME", "both", "hear nothing more of someone", contact_commands.block),
    Command("unblock", "NAME", "both", "hear of them again", contact_commands.unblock),
    Command(
        "invite", "[qr | list | revoke ID]", "both", "make an invite card", card_commands.invite
    ),
    Command("status", "", "both", "how the conversation is carried", status.status),
    Command("whoami", "", "both", "your name, server and key", _whoami),
    Command(
        "leave",
        "",
        "chat",
        "end the conversation, back to the server",
        lambda s, _: s.act(s.machine.leave()),
    ),
    Command("exit", "", "both", "end everything", lambda s, _: s.act(s.machine.quit())),
    Command("help", "", "both", "this list", _help),
)
_CARD = Command("card", "", "lobby", "ask whoever made this card", card_commands.use)
BY_WORD = {command.word: command for command in COMMANDS}

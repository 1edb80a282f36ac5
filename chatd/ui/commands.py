"""The one table of commands, from which parsing, help and completion come."""

from typing import TYPE_CHECKING

from chatd.engine.decisions import events
from chatd.noise.keys import fingerprint
from chatd.store.card import is_card
from chatd.ui import (
    card_commands,
    contact_commands,
    help,
    request_commands,
    showing,
    status,
)
from chatd.ui.command import Call, Called, Command, Mistake, read

if TYPE_CHECKING:
    from chatd.engine.session import Session


def parse(line: str, in_conversation: bool, called: Called = lambda said: said) -> Call:
    """Read one command line, with or without a slash; raises `Mistake`.

    `called` gives the name of whom the person calls so.
    """
    if is_card(line):
        if in_conversation:
            raise Mistake("that is an invite card", "/leave first, then paste it")
        return Call(_CARD, line)
    return read(BY_WORD, line, in_conversation, called)


def _whoami(session: "Session", _: str) -> None:
    name = session.machine.name or "nobody yet"
    lines = [f"you are {name} on {session.settings.server}"]
    lines += ["your key:", events.Copied(fingerprint(session.identity))]
    session.show(events.Answer(lines))


def _help(session: "Session", word: str) -> None:
    try:
        lines = help.about(BY_WORD, word) if word else help.overview(COMMANDS, _talks(session))
    except Mistake as mistake:
        session.show(events.Misplaced(str(mistake), mistake.hint))
    else:
        session.show(events.Answer([*lines]))


def _talks(session: "Session") -> bool:
    return session.machine.in_conversation


COMMANDS = (
    Command(
        "search",
        "NAME",
        "lobby",
        "people",
        "is this person here?",
        lambda s, n: s.act(s.machine.search(n)),
        completes="people",
        example="search bob",
    ),
    Command(
        "chat",
        "NAME",
        "lobby",
        "people",
        "ask for a conversation, or accept one",
        lambda s, n: s.act(s.machine.chat(n, s.now)),
        also=("msg", "query"),
        completes="people",
        example="chat bob",
        more="whoever asks hosts the conversation; both leave the server when it begins",
        begins=True,
    ),
    Command(
        "requests",
        "[FROM]",
        "both",
        "people",
        "who asks; hear contacts, cards, everyone",
        request_commands.requests,
        completes="whom we hear",
        example="requests contacts",
        more="requests contacts hears your contacts alone, requests cards holders of a card too",
    ),
    Command(
        "accept",
        "[NAME]",
        "lobby",
        "people",
        "accept a request",
        lambda s, n: s.act(s.machine.accept(n or None, s.now)),
        completes="asking us",
        example="accept carol",
        begins=True,
    ),
    Command(
        "decline",
        "[NAME]",
        "both",
        "people",
        "decline a request",
        lambda s, n: s.act(s.machine.decline(n or None)),
        completes="asking us",
        row="accept",
    ),
    Command(
        "cancel",
        "[NAME]",
        "both",
        "people",
        "withdraw your request, or stop connecting",
        lambda s, n: s.act(s.machine.cancel(n or None)),
        completes="asked by us",
        overtakes=True,
    ),
    Command("contacts", "", "both", "people", "whom you know here", contact_commands.contacts),
    Command(
        "verify",
        "[NAME] [NUMBER]",
        "both",
        "people",
        "show a safety number, or compare it",
        contact_commands.verify,
        completes="people",
        example="verify bob",
        more="if both of you read the same 60 digits, nobody sits between you",
    ),
    Command(
        "nick",
        "NAME [PETNAME]",
        "both",
        "people",
        "call someone something of your own",
        contact_commands.nick,
        completes="people",
        example="nick bob Robert",
        more="your own name is another matter: username NAME",
    ),
    Command(
        "invite",
        "[qr | list | revoke ID]",
        "both",
        "people",
        "make an invite card",
        card_commands.invite,
        example="invite qr",
        more="a card is for one person and one conversation; with it nobody need trust the server",
    ),
    Command(
        "forget",
        "NAME",
        "lobby",
        "people",
        "forget a key, and take the next one as new",
        contact_commands.forget,
        completes="people",
    ),
    Command(
        "block",
        "NAME",
        "both",
        "people",
        "hear nothing of someone",
        contact_commands.block,
        also=("ignore",),
        completes="people",
    ),
    Command(
        "unblock",
        "NAME",
        "both",
        "people",
        "hear of them again",
        contact_commands.unblock,
        also=("unignore",),
        completes="people",
        row="block",
    ),
    Command(
        "show",
        "[N]",
        "both",
        "conversation",
        "read a message as a whole, or what was folded",
        showing.show,
        example="show 17",
    ),
    Command("status", "", "both", "conversation", "how the conversation is carried", status.status),
    Command(
        "leave",
        "",
        "chat",
        "conversation",
        "end the conversation, back to the server",
        lambda s, _: s.act(s.machine.leave()),
        also=("close",),
    ),
    Command(
        "username",
        "NAME",
        "lobby",
        "you",
        "take a name, or another one",
        lambda s, n: s.username(n),
        example="username alice",
        more="you can hold three names; the old one stays yours until you release it",
    ),
    Command(
        "release",
        "NAME",
        "lobby",
        "you",
        "give a name back",
        lambda s, n: s.act(s.machine.release(n)),
    ),
    Command("whoami", "", "both", "you", "your name, server and key", _whoami),
    Command(
        "exit",
        "",
        "both",
        "you",
        "end everything",
        lambda s, _: s.act(s.machine.quit()),
        also=("quit",),
        is_early=True,
        overtakes=True,
    ),
    Command(
        "help",
        "[COMMAND]",
        "both",
        "you",
        "this list, or more about one command",
        _help,
        completes="commands",
        example="help chat",
        is_early=True,
    ),
)
_CARD = Command(
    "card",
    "",
    "lobby",
    "people",
    "ask whoever made this card",
    card_commands.use,
    begins=True,
)
BY_WORD = {word: command for command in COMMANDS for word in (command.word, *command.also)}

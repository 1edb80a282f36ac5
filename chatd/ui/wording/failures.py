"""What was not done, and what to do instead, in words."""

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.engine.decisions.failures import CommandFailure, FilesFailure, Unsaid
from chatd.store.safety_number import DIGITS
from chatd.text import safe_line
from chatd.ui.wording.line import Line, Words, line, quoted

COMMANDS: dict[CommandFailure, tuple[str, str]] = {
    "agent-gone": ("the agent is gone", "it is looked for; to start it: chat agent"),
    "asking-already": ("you are asking {0} already", "/cancel, or wait"),
    "bad-name": (
        "{0} is not a name",
        "a name has 1 to 32 letters, digits, - and _, and begins with a letter or a digit",
    ),
    "blocked": ("{0} is blocked", "/unblock {0}"),
    "connecting": ("connecting to {0}", "/cancel first"),
    "conversation-interrupted": ("the conversation is only interrupted", "/leave gives up"),
    "conversation-open": ("the conversation is open", "/leave"),
    "ending": ("this client is ending", ""),
    "failed": ("{text}", "{hint}"),
    "list-coming": (
        "the list of {0} is still coming",
        "it is told when it is there; /refuse {0} wants none of it",
    ),
    "local-address": (
        "you are at the server by an address that means nothing on another machine",
        "start with a name or another address of it: --host",
    ),
    "no-contact": ("you have no contact {0}", "/contacts shows them; talk to someone first"),
    "no-conversation": ("there is no conversation", "/chat NAME"),
    "no-left-over": ("nothing is left over at {0}", "/files shows what is"),
    "no-message": ("there is no such message", "/show N, as in: /show 17"),
    "no-name": ("you need a name first", "/username NAME"),
    "no-passphrase-wanted": ("no passphrase is waited for", ""),
    "no-safety-number": (
        "that is not a safety number",
        f"it has {DIGITS} digits, or 20 words: /verify {{0}} shows it",
    ),
    "no-transfer": ("there is no transfer {0}", "/files shows them"),
    "no-transfers": ("no files go over, wait or are offered", ""),
    "nobody-asked": ("you ask nobody", ""),
    "nobody-asks": ("nobody asks you", ""),
    "not-remembered": ("not remembered: {text}", "{hint}"),
    "not-unlocked": ("{text}", "try again; Enter alone gives up"),
    "nothing-offered": ("no files are offered to you", ""),
    "nothing-to-leave": ("there is no conversation to leave", "/exit ends the client"),
    "server-silent": ("{0} {1}: the server has not answered", "try again"),
    "several-ask": ("asking you: {all}", "/accept {0}"),
    "several-asked": ("you are asking: {all}", "/cancel {0}"),
    "several-conversations": ("there are several conversations", "say which one"),
    "several-offered": ("which of them: {all}?", "/files shows what they are"),
    "talking-already": ("you are talking to {0}", "/leave first"),
    "too-many-asked": ("you are asking as many people as you can", "/cancel one first"),
    "too-many-awaited": (
        f"you wait for {limits.WAITED_FOR} people already",
        "/notify {0} takes one back",
    ),
    "too-many-commands": ("too many commands wait for the server", "wait for it"),
    "too-many-conversations": (
        "you are in as many conversations as you can, or have not read what was said there",
        "/leave one, or /show what is unread",
    ),
    "too-many-inputs": (
        f"{limits.INPUTS} inputs are given already",
        "/files cancel N ends one",
    ),
    "transfer-there": ("there is a transfer with that id", "choose random bytes"),
    "yourself": ("that is you", ""),
}
"""The sentence for each code and its hint, with places for the event's names and own words."""
UNSAID: dict[Unsaid, tuple[str, str]] = {
    "agent-gone": COMMANDS["agent-gone"],
    "failed": ("{text}", "{hint}"),
    "leaving": ("you are leaving", ""),
    "no-conversation": COMMANDS["no-conversation"],
    "several-conversations": ("there are several conversations", "say with whom"),
    "too-many-held": ("too many lines wait for the conversation", "wait for it"),
}
"""Why a message was not sent, and a hint."""

FILES: dict[FilesFailure, tuple[str, str]] = {
    "cancelled": ("no further looked at, and not offered", ""),
    "failed": ("{text}", "{hint}"),
    "no-room": (
        f"there is not enough room for it: {limits.FREE_LEFT >> 20} MiB of the disk are left free",
        "",
    ),
    "nothing-there": ("there is nothing to send", "name a file or a folder"),
    "too-large": ("a file of it is larger than that disk takes", ""),
    "too-many-files": (
        "that is more than can be sent at once",
        "as one file: tar c FOLDER | chat send NAME --file - --name FOLDER.tar",
    ),
    "too-many-transfers": ("there are too many transfers that are not over", "/files shows them"),
}
"""Why files are not offered, or not taken, and a hint."""


NotDone = e.CommandFailed | e.NotSaid | e.FilesNotGiven | e.FilesNotTaken


def reason(event: NotDone) -> tuple[str, str]:
    """Why something was not done, and a hint ('' for none)."""
    if isinstance(event, e.FilesNotGiven):
        text, hint = FILES[event.code]
        return text.format(text=event.text), hint.format(hint=event.hint)
    if isinstance(event, e.FilesNotTaken):
        hint = f"/take {event.number} FOLDER takes it elsewhere, /refuse {event.number} refuses it"
        return FILES[event.code][0].format(text=event.text), hint
    if isinstance(event, e.NotSaid):
        text, hint = UNSAID[event.code]
        own = {"text": event.why, "hint": event.hint}
        return text.format(**own), hint.format(**own)
    text, hint = COMMANDS[event.code]
    names = [safe_line(name, 40) for name in event.names]
    own = {"text": event.text, "hint": event.hint, "all": ", ".join(names)}
    return text.format(*names, **own), hint.format(*names, **own)


def not_sent(text: str, why: str, hint: str) -> list[Line]:
    """That a message was not sent."""
    return line("error", f"not sent: {quoted(text)} ({why})", hint)


WORDS: dict[type, Words] = {
    e.CommandFailed: lambda event: line("warning", *reason(event)),
    e.NotSaid: lambda event: not_sent(event.text, *reason(event)),
}

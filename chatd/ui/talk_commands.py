"""The commands about a conversation, and what is said or goes over in it."""

from chatd.engine import commands as c
from chatd.engine.decisions import events as e
from chatd.peer.message import ACTION
from chatd.ui.command import Command, GoTo, Here, Meaning, Mistake
from chatd.ui.file_commands import FILES


def to(here: Here, who: str) -> Meaning:
    """Go to the conversation with somebody, or to the server for ''."""
    return GoTo(_with(here, who) if who else None)


def _leave(here: Here, who: str) -> Meaning:
    if not who and here.talk is None:
        raise Mistake("whom?", f"{here.sign}leave NAME")
    return c.Leave(_with(here, who) if who else here.id)


def _with(here: Here, who: str) -> bytes:
    """The conversation with somebody; raises `Mistake` where there is none."""
    talk = next((each for each in here.client.conversations if each.name == who), None)
    if talk is None:
        hint = f"chat send {who} TEXT" if here.at_shell else f"{here.sign}chat {who}"
        raise Mistake(f"there is no conversation with {who}", hint)
    return talk.id


def _me(here: Here, text: str) -> Meaning:
    if not text:
        raise Mistake("usage: me TEXT")
    return c.Say(text, here.id, ACTION)


def _show(here: Here, argument: str) -> Meaning:
    if argument == "none":
        return c.ForgetUnread(here.id)
    if not argument:
        return c.ShowUnread(here.id)
    return c.ShowMessage(int(argument) if argument.isdigit() else 0, here.id)


TALK = (
    Command(
        "me",
        "TEXT",
        "say what you do",
        _me,
        where="chat",
        is_raw=True,
        example="/me waves",
    ),
    Command(
        "to",
        "[NAME]",
        "go to a conversation, or to the server",
        to,
        completes="whom we talk to",
        example="to bob",
        more="Alt-1 to Alt-9 go there as well, Alt-0 to the server, Alt-a to the next with news",
    ),
    Command(
        "show",
        "[N]",
        "read a message as a whole, or what was folded",
        _show,
        example="show 17",
    ),
    *FILES,
    Command(
        "status",
        "",
        "how the conversation is carried",
        lambda here, _: c.ShowStatus(here.id),
        shell="agent",
        told=(e.Status,),
    ),
    Command(
        "leave",
        "[NAME]",
        "end a conversation",
        _leave,
        also=("close", "part"),
        completes="whom we talk to",
        example="leave bob",
        more="what you have said arrives first; without a name, the one that you are in",
        shell="agent",
        told=(e.ConversationOver,),
    ),
)

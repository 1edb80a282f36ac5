"""The one table of commands, from which parsing, help and completion come."""

from chatd.engine import commands as c
from chatd.engine.decisions import events as e
from chatd.peer.message import ACTION
from chatd.store import safety_number
from chatd.store.card_prefix import is_card
from chatd.store.contact import CHOICES
from chatd.ui import file_commands, help
from chatd.ui.command import Call, Command, GoTo, Here, Meaning, Mistake, Wipe, name, read
from chatd.ui.wording import Line, status
from chatd.ui.wording.requests import requests


def parse(line: str, here: Here) -> Call:
    """Read one command line, with or without a slash; raises `Mistake`."""
    if is_card(line):
        if here.talk is not None:
            raise Mistake("that is an invite card", "/leave first, then paste it")
        return Call(_CARD, line)
    return read(BY_WORD, line, here)


def _help(here: Here, word: str) -> list[Line]:
    texts = help.about(BY_WORD, word) if word else help.overview(COMMANDS, here.talk is not None)
    return [Line("info", text) for text in texts]


def _requests(here: Here, word: str) -> Meaning:
    if not word:
        return requests(here.client, here.sign)
    choice = next((each for each in CHOICES if each == word), None)
    if choice is None:
        raise Mistake(f"usage: requests [{' | '.join(CHOICES)}]")
    return c.Hear(choice)


def _stay(here: Here, word: str) -> Meaning:
    if not word:
        return c.Stay(here.client.stays)
    if word not in ("on", "off"):
        raise Mistake("usage: stay [on | off]")
    return c.Stay(word == "on")


def _verify(here: Here, argument: str) -> Meaning:
    who, _, digits = argument.partition(" ")
    if here.talk is not None and (not who or safety_number.pasted(argument)):
        who, digits = here.talk.name, argument
    if not who:
        raise Mistake("whom?", f"{here.sign}contacts shows them; talk to someone first")
    if not digits:
        return c.ShowSafetyNumber(name(who))
    return c.CompareSafetyNumber(name(who), digits)


def _nick(here: Here, argument: str) -> Meaning:
    who, _, petname = argument.partition(" ")
    if not petname and all(each.name != who.lower() for each in here.client.people):
        # Elsewhere that is how to take another name.
        raise Mistake(f"you have no contact {who}", f"did you mean username {who}?")
    return c.Nick(name(who), petname)


def _invite(here: Here, argument: str) -> Meaning:
    word, _, rest = argument.lower().partition(" ")
    match word, rest.strip():
        case (("" | "qr"), ""):
            return c.MakeCard(word == "qr")
        case "list", "":
            return c.ListCards()
        case "revoke", id if id:
            return c.RevokeCard(id)
    raise Mistake("usage: invite [qr | list | revoke ID]")


def _chat(here: Here, who: str) -> Meaning:
    is_talked_to = any(each.name == who for each in here.client.conversations)
    return _to(here, who) if is_talked_to else c.Ask(who)


def _cancel(here: Here, who: str) -> Meaning:
    making = here.talk is not None and here.talk.stage in ("preparing", "racing")
    return c.Cancel(who or (here.talk.name if making and here.talk else None))


def _to(here: Here, who: str) -> Meaning:
    if not who:
        return GoTo(None)
    talk = next((each for each in here.client.conversations if each.name == who), None)
    if talk is None:
        raise Mistake(f"there is no conversation with {who}", f"{here.sign}chat {who}")
    return GoTo(talk.id)


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


COMMANDS = (
    Command(
        "search",
        "NAME",
        "both",
        "people",
        "is someone here?",
        lambda _, name: c.Search(name),
        completes="people",
        row="chat",
        example="search bob",
        also=("who",),
        shell="server",
        told=(e.Found,),
    ),
    Command(
        "chat",
        "NAME",
        "both",
        "people",
        "ask for a conversation",
        _chat,
        also=("msg", "query"),
        completes="people",
        example="chat bob",
        more="or accepts a request of theirs; whoever asks hosts the conversation",
        begins=True,
    ),
    Command(
        "requests",
        "[FROM]",
        "both",
        "people",
        "who asks; hear contacts, cards, everyone",
        _requests,
        completes="whom we hear",
        example="requests contacts",
        more="requests contacts hears your contacts alone, requests cards holders of a card too",
        shell="agent",
        told=(e.Hearing,),
    ),
    Command(
        "accept",
        "[NAME]",
        "both",
        "people",
        "accept a request",
        lambda _, name: c.Accept(name or None),
        completes="asking us",
        example="accept carol",
        begins=True,
        shell="agent",
        told=(e.Preparing, e.PreparingFailed, e.RequestEnded, e.KeyChanged),
    ),
    Command(
        "decline",
        "[NAME]",
        "both",
        "people",
        "decline a request",
        lambda _, name: c.Decline(name or None),
        completes="asking us",
        row="accept",
        shell="agent",
        told=(e.RequestEnded,),
    ),
    Command(
        "cancel",
        "[NAME]",
        "both",
        "people",
        "withdraw your request, or stop connecting",
        _cancel,
        completes="asked by us",
        overtakes=True,
        shell="agent",
        told=(e.AskingEnded, e.PreparingFailed, e.NotConnected),
    ),
    Command(
        "contacts",
        "",
        "both",
        "people",
        "whom you know",
        lambda *_: c.ListContacts(),
        shell="stored",
        told=(e.Contacts, e.Around),
    ),
    Command(
        "notify",
        "[NAME]",
        "both",
        "people",
        "say who comes",
        lambda _, name: c.WaitFor(name or None),
        completes="people",
        example="notify bob",
        more="says when bob is around: the server is asked once a minute; again takes it back",
        row="contacts",
        shell="stored",
        told=(e.Waiting,),
    ),
    Command(
        "mute",
        "[NAME]",
        "both",
        "people",
        "ring no more",
        lambda _, name: c.Mute(name or None),
        completes="people",
        more="no bell and no notification for them, or for anybody; again takes it back",
        row="contacts",
        shell="stored",
        told=(e.Muted,),
    ),
    Command(
        "verify",
        "[NAME] [NUMBER]",
        "both",
        "people",
        "show a safety number, or compare it",
        _verify,
        completes="people",
        example="verify bob",
        more="if both of you read the same 60 digits, nobody sits between you",
        shell="stored",
        told=(e.SafetyNumber, e.Verified, e.NotVerified),
    ),
    Command(
        "nick",
        "NAME [PETNAME]",
        "both",
        "people",
        "call someone something of your own",
        _nick,
        completes="people",
        example="nick bob Robert",
        more="your own name is another matter: username NAME",
        shell="stored",
        told=(e.Nicked,),
    ),
    Command(
        "invite",
        "[qr | list | revoke ID]",
        "both",
        "people",
        "make an invite card",
        _invite,
        example="invite qr",
        more="a card is for one person and one conversation; with it nobody need trust the server",
        shell="server",
        told=(e.CardMade, e.Cards, e.CardRevoked),
    ),
    Command(
        "forget",
        "NAME",
        "lobby",
        "people",
        "forget a key, and take the next one as new",
        lambda _, name: c.Forget(name),
        completes="people",
        shell="stored",
        told=(e.Forgotten,),
    ),
    Command(
        "block",
        "NAME",
        "both",
        "people",
        "hear nothing of someone",
        lambda _, name: c.Block(name),
        also=("ignore",),
        completes="people",
        shell="stored",
        told=(e.Blocked,),
    ),
    Command(
        "unblock",
        "NAME",
        "both",
        "people",
        "hear of them again",
        lambda _, name: c.Unblock(name),
        also=("unignore",),
        completes="people",
        row="block",
        shell="stored",
        told=(e.Unblocked,),
    ),
    Command(
        "me",
        "TEXT",
        "chat",
        "conversation",
        "say what you do",
        _me,
        is_raw=True,
        example="/me waves",
    ),
    Command(
        "to",
        "[NAME]",
        "both",
        "conversation",
        "go to a conversation, or to the server",
        _to,
        completes="whom we talk to",
        example="to bob",
        more="Alt-1 to Alt-9 go there as well, Alt-0 to the server, Alt-a to the next with news",
    ),
    Command(
        "show",
        "[N]",
        "both",
        "conversation",
        "read a message as a whole, or what was folded",
        _show,
        example="show 17",
    ),
    Command(
        "files",
        "",
        "both",
        "conversation",
        "the files that go over, wait or are offered",
        file_commands.files,
        example="files pause 2",
        together="files go over; take or refuse them",
        more="files N shows one; pause, go, first, cancel N; files rate 500k is the most, rate off",
        is_raw=True,
        shell="agent",
        told=(e.FilesListed, e.FilesHeld, e.FilesFirst, e.FilesLimited),
    ),
    Command(
        "send",
        "PATH…",
        "chat",
        "conversation",
        "send files and folders",
        file_commands.send,
        completes="paths",
        example="send report.pdf 'my photos'",
        more="folders too; what is cut short goes on, also in a later conversation, for a week",
        row="files",
        is_raw=True,
    ),
    Command(
        "take",
        "[N] [FOLDER]",
        "both",
        "conversation",
        "take what is offered",
        file_commands.take,
        example="take 2 ~/music",
        more="take always 10M: up to that without asking, from this person; take never ends it",
        row="files",
        is_raw=True,
        shell="agent",
    ),
    Command(
        "refuse",
        "[N]",
        "both",
        "conversation",
        "refuse what is offered",
        file_commands.refuse,
        row="files",
        is_raw=True,
        shell="agent",
        told=(e.FilesOver,),
    ),
    Command(
        "status",
        "",
        "both",
        "conversation",
        "how the conversation is carried",
        lambda here, _: c.ShowStatus(here.id),
        shell="agent",
        told=(e.Status,),
    ),
    Command(
        "leave",
        "",
        "chat",
        "conversation",
        "end the conversation, back to the server",
        lambda here, _: c.Leave(here.id),
        also=("close", "part"),
    ),
    Command(
        "username",
        "NAME",
        "lobby",
        "you",
        "take a name, or another one",
        lambda _, name: c.TakeName(name),
        example="username alice",
        more="you can hold three names; the old one stays yours until you release it",
        shell="agent",
        told=(e.Named,),
    ),
    Command(
        "release",
        "NAME",
        "lobby",
        "you",
        "give a name back",
        lambda _, name: c.ReleaseName(name),
        row="username",
        shell="server",
        told=(e.Released,),
    ),
    Command(
        "stay",
        "[on | off]",
        "both",
        "you",
        "stay while talking",
        _stay,
        example="stay on",
        row="whoami",
        more="others can ask you meanwhile; without it, who talks leaves the server",
        shell="agent",
        told=(e.Staying,),
    ),
    Command(
        "whoami",
        "",
        "both",
        "you",
        "your name, server and key",
        lambda here, _: status.whoami(here.client),
        shell="stored",
    ),
    Command(
        "clear",
        "",
        "both",
        "you",
        "wipe the screen",
        lambda _, __: Wipe(),
        more="what the terminal scrolls back to as well, where it lets that be cleared",
        is_early=True,
        row="exit",
    ),
    Command(
        "exit",
        "",
        "both",
        "you",
        "end this program",
        lambda *_: c.Quit(),
        also=("quit",),
        is_early=True,
        overtakes=True,
    ),
    Command(
        "help",
        "[COMMAND]",
        "both",
        "you",
        "this list; more about one command, or keys",
        _help,
        completes="commands",
        example="help chat",
        is_early=True,
        shell="nothing",
    ),
)
_CARD = Command(
    "card",
    "",
    "lobby",
    "people",
    "ask whoever made this card",
    lambda _, line: c.UseCard(line),
    begins=True,
)
BY_WORD = {word: command for command in COMMANDS for word in (command.word, *command.also)}

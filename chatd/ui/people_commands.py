"""The commands about people: who is asked, who asks, and what is kept of them."""

from chatd.engine import commands as c
from chatd.engine.decisions import events as e
from chatd.store import safety_number
from chatd.store.contact import CHOICES
from chatd.ui.command import Command, Here, Meaning, Mistake, name
from chatd.ui.talk_commands import to
from chatd.ui.wording.requests import requests


def _requests(here: Here, word: str) -> Meaning:
    if not word:
        return requests(here.client, here.sign)
    choice = next((each for each in CHOICES if each == word), None)
    if choice is None:
        raise Mistake(f"usage: requests [{' | '.join(CHOICES)}]")
    return c.Hear(choice)


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
    return to(here, who) if is_talked_to else c.Ask(who)


def _accept(here: Here, who: str) -> Meaning:
    is_apart = here.client.presence == "apart" and not here.client.asking_us
    if is_apart and not here.at_shell:  # there it is no wrong usage
        raise _apart(here)
    return c.Accept(who or None)


def _apart(here: Here) -> Mistake:
    """Where one is interrupted, its other side may have begun anew, and asks: that is heard once
    nothing came of the ways that it was on."""
    stages = {each.name: each.stage for each in here.client.conversations}
    away = next((name for name, stage in stages.items() if stage == "interrupted"), None)
    if away is None:
        return Mistake("nobody can ask you while you talk", "/stay on")
    return Mistake(
        f"{away} is looked for, and at the server only some seconds later",
        "until then nobody can ask you; /leave gives up, and is there at once",
    )


def _cancel(here: Here, who: str) -> Meaning:
    making = here.talk is not None and here.talk.stage in ("preparing", "racing")
    return c.Cancel(who or (here.talk.name if making and here.talk else None))


PEOPLE = (
    Command(
        "search",
        "NAME",
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
        "accept a request",
        _accept,
        completes="asking us",
        example="accept carol",
        begins=True,
        shell="agent",
        told=(e.Preparing, e.PreparingFailed, e.RequestEnded, e.KeyChanged),
    ),
    Command(
        "decline",
        "[NAME]",
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
        "whom you know",
        lambda *_: c.ListContacts(),
        shell="stored",
        told=(e.Contacts, e.Around),
    ),
    Command(
        "notify",
        "[NAME]",
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
        "forget a key, and take the next one as new",
        lambda _, name: c.Forget(name),
        where="lobby",
        completes="people",
        shell="stored",
        told=(e.Forgotten,),
    ),
    Command(
        "block",
        "NAME",
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
        "hear of them again",
        lambda _, name: c.Unblock(name),
        also=("unignore",),
        completes="people",
        row="block",
        shell="stored",
        told=(e.Unblocked,),
    ),
)

"""A client in memory, for views and whatever else uses one: it keeps what is wanted of it, and
tells what a test says that happened."""

from collections.abc import Callable

from msgspec.structs import replace
from twisted.internet.defer import Deferred

from chatd.engine import commands as c
from chatd.engine.client import Listener
from chatd.engine.decisions import events as e
from chatd.engine.decisions.inbox import Inbox
from chatd.engine.snapshot import Asked, Asks, Awaited, ConversationState, Snapshot, Stage
from chatd.engine.tags import tag
from chatd.peer.ending import Ending
from chatd.peer.message import TEXT, Message
from chatd.wire.codes import Ending as RequestEnding
from chatd.wire.fields import is_name

OURS = b"\1" + bytes(32)
PASSPHRASE = "open sesame"
_WAITED_FOR = ("preparing", "racing", "leaving")


def key_of(name: str) -> bytes:
    """The key of somebody of this name (33 bytes), which is the id of the conversation with
    them."""
    return b"\1" + name.encode().ljust(32, b"\0")[:32]


class MemoryClient:
    """`commands` has what was wanted, `here` is the snapshot, `status` that of the end.

    The identity of the name "sealed" has a `PASSPHRASE`, that of "locked" is open elsewhere; a
    search for "boom" is a fault of ours.
    """

    def __init__(self, name: str | None = None) -> None:
        self.done: Deferred[int] = Deferred()
        self.commands: list[c.Command] = []
        self.here = Snapshot(now=0.0, server="localhost", key=OURS)
        self.status: int | None = None
        self._listeners: list[Listener] = []
        self._held: list[c.Say] = []
        self._said = 0
        self._inbox = Inbox()
        if name is not None:
            self.here = replace(self.here, identity="open", wanted=name)

    @property
    def log(self) -> list[list[str]]:
        """What was wanted in short, as in `["search", "bob"]`, without what was seen."""
        wanted = [each for each in self.commands if not isinstance(each, c.Seen)]
        return [[tag(type(each).__name__), *_words(each)] for each in wanted]

    # -- a client

    def do(self, command: c.Command) -> None:
        """Keep it, and do what any client does at once."""
        self.commands.append(command)
        match command:
            case c.TakeName(name):
                self._take(name)
            case c.Unlock(word):
                self.change(identity="opening" if word else "none")
            case c.Search("boom"):
                raise RuntimeError("a fault of ours")
            case c.Search(name):
                self.change(awaited=Awaited("search", name))
            case c.Ask(name):
                self.change(asked=(*self.here.asked, Asked(name, 300.0)), again=None)
            case c.Cancel(name):
                self._cancel(name)
            case c.Accept() | c.Decline() if not self.here.asking_us:
                self.show(e.CommandFailed("nobody-asks"))
            case c.Say():
                self._say(command)
            case c.Seen(number, whole):
                self._inbox.seen(number, whole=whole)
            case c.ShowMessage(number):
                self._show(self._inbox.get(number))
            case c.ShowUnread():
                self._show(self._inbox.get(self._inbox.last))
            case c.Leave(conversation):
                if (talk := self.here.conversation(conversation)) is not None:
                    self.stage(talk.name, "leaving")
            case c.Quit(status):
                self._quit(status)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell this listener from now on, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def snapshot(self) -> Snapshot:
        """Where everything is."""
        here = self.here
        stages = [talk.stage in _WAITED_FOR for talk in here.conversations]
        unread = [self._inbox.get(number) for number in self._inbox.unread]
        names = [heard.name for heard in unread if heard is not None]
        talks = tuple(replace(each, unread=names.count(each.name)) for each in here.conversations)
        busy = bool(here.awaited or here.asked) or any(stages)
        return replace(here, busy=busy, conversations=talks)

    # -- what happens

    def show(self, event: e.Event) -> None:
        """Tell the listeners."""
        for listener in list(self._listeners):
            listener.show(event)

    def change(self, **fields: object) -> None:
        """The snapshot is another one now."""
        self.here = replace(self.here, **fields)
        for listener in list(self._listeners):
            listener.changed()

    def let_in(self, name: str | None = None) -> None:
        """The server lets us in, under the name that we want or without one."""
        name = name or self.here.wanted
        self.here = replace(self.here, presence="in", name=name, wanted=name, identity="open")
        self.show(e.LoggedIn("localhost", name, False))
        self.change(awaited=None)

    def refuse(self, name: str) -> None:
        """The name belongs to someone else."""
        self.here = replace(self.here, presence="in", wanted=None, name=None)
        self.show(e.Refused("username", name, "taken", None))
        self.change(awaited=None)

    def unlocked(self, word: str) -> None:
        """A passphrase was tried."""
        if word == PASSPHRASE:
            self.change(identity="open", wanted="sealed")
            return
        self.show(e.CommandFailed("not-unlocked", text="that is not the passphrase"))
        self.change(identity="sealed")

    def found(self, name: str, here: bool = True) -> None:
        """The answer to a search."""
        self.show(e.Found(name, here))
        self.change(awaited=None)

    def refused(self, name: str) -> None:
        """The server passes on no request to this name."""
        self.show(e.Refused("request", name, "slow-down", 5))
        self._asked_no_more(name)

    def ended(self, name: str, reason: RequestEnding) -> None:
        """Our request came to nothing."""
        self.show(e.AskingEnded(name, reason))
        self._asked_no_more(name)

    def asks(self, name: str) -> None:
        """Somebody asks us."""
        asks = Asks(name, key_of(name), "", 300.0, False)
        self.here = replace(self.here, asking_us=(*self.here.asking_us, asks))
        self.show(e.RequestArrived(name, "fingerprint", "new", None, 300))
        self.change()

    def prepare(self, name: str) -> None:
        """A conversation is in the making."""
        talk = ConversationState(key_of(name), name, "", "new", "preparing", 12.0)
        self.here = replace(self.here, conversations=(*self.here.conversations, talk))
        self.show(e.Preparing(name, True, conversation=talk.id))
        self._asked_no_more(name)

    def open(self, name: str) -> None:
        """It opens, and what was held for it is said."""
        self._stage(name, "open")
        id = key_of(name)
        path = "IPv4 127.0.0.1:5000"
        self.show(e.Talking(name, True, "gcm", "fingerprint", path, "new", conversation=id))
        held, self._held = self._held, []
        for say in held:
            self._say(say)
        self.change()

    def talk(self, name: str) -> None:
        """A conversation is made and opens."""
        self.prepare(name)
        self.open(name)

    def stage(self, name: str, stage: Stage, deadline: float | None = None) -> None:
        """The conversation is at this stage."""
        self._stage(name, stage, deadline)
        self.change()

    def hear(self, name: str, text: str, kind: str = "text") -> None:
        """The other person says something."""
        heard = self._inbox.add(name, Message(text, kind), 0)
        self.show(replace(heard, conversation=key_of(name)))

    def deliver(self, name: str, *numbers: int) -> None:
        """Messages of ours have arrived."""
        self.show(e.Delivered(list(numbers), conversation=key_of(name)))

    def over(self, name: str, ending: Ending | None = Ending.LEFT, *undelivered: str) -> None:
        """A conversation ends: by us if `ending` is None."""
        talk = self.here.conversation(key_of(name))
        others = tuple(each for each in self.here.conversations if each != talk)
        self.here = replace(self.here, conversations=others)
        lost = [Message(text) for text in undelivered]
        self.show(e.ConversationOver(name, ending, "", lost, conversation=key_of(name)))
        self.change()

    # -- inside

    def _take(self, name: str) -> None:
        if not is_name(name):
            self.show(e.CommandFailed("bad-name", (name,)))
        elif name == "locked":
            text = "locked is already open in another terminal"
            self.show(e.CommandFailed("failed", text=text, hint="take another name"))
        elif name == "sealed" and self.here.identity == "none":
            self.show(e.IdentitySealed(name))
            self.change(identity="sealed")
        else:
            self.change(identity="open", wanted=name, awaited=Awaited("username", name))

    def _cancel(self, name: str | None) -> None:
        asked = [each.name for each in self.here.asked if name in (None, each.name)]
        if not asked:
            self.show(e.CommandFailed("nobody-asked"))
        for each in asked:
            self.show(e.AskingEnded(each, "cancelled"))
            self._asked_no_more(each)

    def _show(self, heard: e.Heard | None) -> None:
        if heard is None:
            self.show(e.CommandFailed("no-message"))
        else:
            self.show(e.Whole(heard))

    def _say(self, say: c.Say) -> None:
        talk = self.here.conversation(say.conversation)
        if talk is None:
            self.show(e.NotSaid(say.text, "no-conversation"))
        elif talk.stage in ("preparing", "racing"):
            self._held.append(say)
            self.show(e.Held(Message(say.text, say.kind), conversation=talk.id))
        else:
            self._said += 1
            message = Message(say.text, say.kind)
            self.show(e.Said(self._said, message, conversation=talk.id))

    def _quit(self, status: int) -> None:
        self.status = max(self.status or 0, status)
        if not self.done.called:
            self.done.callback(self.status)

    def _asked_no_more(self, name: str) -> None:
        self.change(asked=tuple(each for each in self.here.asked if each.name != name))

    def _stage(self, name: str, stage: Stage, deadline: float | None = None) -> None:
        talks = tuple(
            replace(talk, stage=stage, deadline=deadline) if talk.name == name else talk
            for talk in self.here.conversations
        )
        self.here = replace(self.here, conversations=talks)


def _words(command: c.Command) -> list[str]:
    values = (getattr(command, field) for field in command.__struct_fields__)
    return [value for value in values if isinstance(value, str) and value != TEXT]

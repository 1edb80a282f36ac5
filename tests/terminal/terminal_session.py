"""A session without a network: the real machine, and effects that are carried out in memory."""

from types import SimpleNamespace

from welcomes import welcome

from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.inbox import Inbox
from chatd.engine.decisions.machine import Machine, Racing
from chatd.engine.decisions.requests import Incoming
from chatd.engine.timing import Timing
from chatd.errors import ChatdError
from chatd.peer.conversation import Ending
from chatd.peer.message import Message
from chatd.store.contacts import New
from chatd.store.identity_file import PassphraseNeeded
from chatd.store.sealed import Sealed, WrongPassphrase
from chatd.wire import server as wire

IDENTITY = b"\1" + bytes(32)
THEIRS = b"\1" + bytes([7]) * 32
SEALED = Sealed(bytes(32), bytes(16), 64, 1, 1, bytes(12), bytes(16))
WORD = "open sesame"


class MemoryProfile:
    """What the view needs of a profile; `working` is what waits for the disk."""

    def __init__(self):
        self.known_names = []
        self.is_there = False
        self.hears = "everyone"
        self.opened = False
        self.working = []

    def unlock(self, sealed, word):
        assert sealed is SEALED
        if word != WORD:
            raise WrongPassphrase
        self.opened = True

    def in_background(self, work, then):
        self.working.append((work, then))


class MemorySession:
    """What the view needs of a session; `log` has what reached it, for tests to read."""

    def __init__(self, view):
        self.settings = SimpleNamespace(server="localhost")
        self.timing = Timing()
        self.machine = Machine("localhost", IDENTITY, lambda name, key: New())
        self.identity = IDENTITY
        self.now = 0.0
        self.log = []
        self.view = view
        self.stopped = lambda: None
        self.said = 0
        self.profile = MemoryProfile()
        self.inbox = Inbox()

    def start(self, name):
        self.log.append(["start", name])
        if name == "locked":
            raise ChatdError("locked is already open in another terminal", "take another name")
        if name == "sealed" and not self.profile.opened:
            raise PassphraseNeeded(SEALED)
        self.machine.username(name)

    def username(self, name):
        self.log.append(["username", name])
        self.act(self.machine.username(name))

    def fail(self, error):
        self.log.append(["fail", str(error)])

    def show(self, event):
        self.view.show(event)

    def act(self, effects):
        for effect in effects:
            self._do(effect)
        self.view.changed()

    def _do(self, effect):
        match effect:
            case do.Show(event):
                self.view.show(event)
            case do.Say(text):
                self.log.append(["say", text])
                self.said += 1
                self.view.show(e.Said(self.said, Message(text)))
            case do.Send(wire.Search("boom")):
                raise RuntimeError("a fault of ours")
            case do.Send(message):
                self.log.append(["send", type(message).__name__.lower()])
            case do.Leave(reason):
                self.log.append(["leave", reason])
                self.act(self.machine.left([]))
            case do.Stop(status):
                self.log.append(["stop", status])
                self.stopped()

    # -- what happens from outside

    def work(self):
        """What was begun in the background is done."""
        for work, then in self.profile.working:
            work()
            then()
        self.profile.working.clear()

    def welcome(self, name=None):
        """The server lets us in, with a name or without."""
        if name and self.machine.wanted is None:
            self.machine.username(name)
        self.act(self.machine.logged_in(welcome(name), self.now))

    def taken(self, name):
        """The server refuses a name."""
        self.act(
            self.machine.receive(wire.Refused("username", name, None, "taken", None), self.now)
        )

    def race(self, name):
        """A conversation is in the making."""
        self.machine.state = Racing(name, THEIRS, True, [])
        self.view.show(e.Preparing(name, True))

    def meet(self):
        """The conversation opens."""
        self.act(self.machine.met("gcm", "127.0.0.1:5000"))

    def talk(self, name):
        """A conversation is made and opens."""
        self.race(name)
        self.meet()

    def hear(self, text):
        """The other person says something."""
        self.view.show(self.inbox.add(self.machine.partner, Message(text), 0))

    def seen(self, number, *, whole):
        self.inbox.seen(number, whole=whole)

    def deliver(self, *numbers):
        """Messages of ours have arrived."""
        self.view.show(e.Delivered(list(numbers)))

    def ask(self, name):
        """Somebody asks us."""
        self.machine.requests.add(Incoming(name.encode(), name, THEIRS, 300.0))
        self.view.show(e.RequestArrived(name, "fingerprint", "new", None, 300))

    def lose(self, *undelivered):
        """The connection breaks."""
        self.act(self.machine.over(Ending.CUT_OFF, "", [*map(Message, undelivered)]))

    def answer(self, *lines):
        """Some output of ours."""
        self.view.show(e.Answer(list(lines)))

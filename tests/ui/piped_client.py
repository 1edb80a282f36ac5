"""Piped input before the real machine, and a session that carries its effects out in memory."""

from types import SimpleNamespace

from welcomes import welcome

from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.machine import Machine
from chatd.errors import ChatdError
from chatd.peer.conversation import Ending
from chatd.peer.message import Message
from chatd.store.contacts import New
from chatd.ui.plain import PlainInput, PlainView
from chatd.wire import server as wire

IDENTITY = b"\1" + bytes(32)
THEIRS = b"\1" + bytes([7]) * 32
ID = bytes(16)


class PipedClient:
    """`output` has the lines that were written, `said` what was sent, `sent` what the server got;
    `stopped` is the exit status."""

    def __init__(self, name="alice"):
        self.settings = SimpleNamespace(server="localhost", card=None)
        self.profile = SimpleNamespace(is_there=False)
        self.machine = Machine("localhost", IDENTITY, lambda name, key: New())
        self.identity = IDENTITY
        self.now = 0.0
        self.output, self.said, self.sent, self.started = [], [], [], []
        self.taken = 0
        self.stopped = self.error = None
        self.lines = PlainInput(PlainView(self.output.append))
        self.lines.attach(self, name, self._take)
        if name:
            self.start(name)

    def seen(self, number, *, whole):
        """Messages are kept by nobody here."""

    def _take(self):
        self.taken += 1

    # -- what the input needs of a session

    def start(self, name):
        self.started.append(name)
        self.act(self.machine.username(name))

    def fail(self, error):
        assert isinstance(error, ChatdError)
        self.error = error

    def show(self, event):
        self.lines.show(event)

    def act(self, effects):
        for effect in effects:
            self._do(effect)
        self.lines.changed()

    def _do(self, effect):
        match effect:
            case do.Show(event):
                self.show(event)
            case do.Say(text):
                self.said.append(text)
                self.show(e.Said(len(self.said), Message(text)))
            case do.Send(message):
                self.sent.append(message)
            case do.Leave():
                self.leaving = True
            case do.Stop(status):
                self.stopped = self.lines.status(status)

    # -- what happens

    def type(self, *lines):
        """Lines of input."""
        for line in lines:
            self.lines.line(line)
        return self

    def receive(self, message):
        """A message of the server."""
        self.act(self.machine.receive(message, self.now))

    def welcome(self):
        """The server lets us in."""
        name = self.started[0]
        self.act(self.machine.logged_in(welcome(name), self.now))
        return self

    def asked(self, name="bob"):
        """Our request is open."""
        self.receive(wire.Asked(ID, name, True, False))

    def talk(self, name="bob"):
        """Our request leads to a conversation."""
        self.asked(name)
        self.receive(wire.Accepted(ID, THEIRS))
        self.receive(wire.Go(ID, name, THEIRS, b"", [], [], None))
        self.act(self.machine.met("gcm", "IPv4 127.0.0.1:5000"))
        return self

    def deliver(self, *numbers):
        """Messages of ours have arrived."""
        self.show(e.Delivered(list(numbers)))

    def over(self, ending=Ending.LEFT, undelivered=()):
        """The other side ends it."""
        self.act(self.machine.over(ending, "", [*map(Message, undelivered)]))

    def left(self, undelivered=()):
        """Our own leaving is done."""
        self.act(self.machine.left([*map(Message, undelivered)]))

    def shown(self, text):
        """The lines of output with this text in them."""
        return [line for line in self.output if text in line]

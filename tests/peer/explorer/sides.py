"""The two sides of a conversation as the client has them: its own pure machines, and what stands
between them and links (chatd.peer.carrier), without links."""

from collections import OrderedDict, deque

from chatd.errors import RemoteProtocolError
from chatd.peer.conversation import Conversation
from chatd.peer.conversation_steps import Answered, Transmit
from chatd.peer.message import Message
from chatd.peer.resume_secrets import ResumeSecrets
from chatd.peer.taking import GuestTaking, HostTaking
from chatd.wire.peer import Ack, Ping, Pong, Text

NOW = 0.0
"""All timers may fire whenever they are set, so that the time never matters."""
WIRE = {
    "text": lambda number: Text(number, None, "text", "x"),
    "ack": Ack,
    "ping": Ping,
    "pong": Pong,
}
TAGS = {Text: "text", Ack: "ack", Ping: "ping", Pong: "pong"}
_CONTAINERS = (dict, list, deque, OrderedDict)


class Fault(Exception):
    """Something happened that honest sides must never see."""


def copied(machine):
    """One more of a machine, which goes its own way; links and messages are shared."""
    other = object.__new__(type(machine))
    other.__dict__.update(
        (name, value.copy() if isinstance(value, _CONTAINERS) else value)
        for name, value in machine.__dict__.items()
    )
    return other


class Side:
    """What a side is: its machines, and whether it has left."""

    def __init__(self, taking_machine, conversation, secrets):
        self.taking = taking_machine
        self.conversation = conversation
        self.secrets = secrets
        self.said = 0
        self.is_over = False
        self.is_fresh = False

    def copy(self):
        other = Side(copied(self.taking), copied(self.conversation), copied(self.secrets))
        other.said, other.is_over, other.is_fresh = self.said, self.is_over, self.is_fresh
        return other

    def say(self):
        """One more text; returns what is to be transmitted."""
        self.said += 1
        return sent(self.conversation.say(Message("x"), NOW)[1])

    def read(self, message, *, is_left):
        """A message that the conversation reads; returns what is to be transmitted, and the number
        of a `ping` that was answered, 0 for none."""
        try:
            steps = self.conversation.receive(
                WIRE[message[0]](message[1]), NOW, is_on_left_link=is_left
            )
        except RemoteProtocolError as error:
            raise Fault(f"{message} is {error.code}") from error
        answered = [step.number for step in steps if isinstance(step, Answered)]
        return sent(steps), max(answered, default=0)

    @property
    def delivered(self):
        return self.said - len(self.conversation.undelivered)

    @property
    def has_question(self):
        """Whether something is without an answer, so that the silence of a link is noticed."""
        return self.conversation._asked is not None


def guest(machine=GuestTaking, conversation=Conversation, secrets=ResumeSecrets):
    return Side(machine(), conversation(NOW, is_host=False), secrets(is_host=False))


def host(machine=HostTaking, conversation=Conversation, secrets=ResumeSecrets):
    return Side(machine(), conversation(NOW, is_host=True), secrets(is_host=True))


def sent(steps):
    """What is to be transmitted, in the form of the explorer."""
    found = []
    for step in steps:
        if isinstance(step, Transmit):
            message = step.message
            found.append((TAGS[type(message)], message.number))
    return found

"""The conversation on a direct link: order, acknowledgements, liveness (protocol,
"Conversation"). Pure decisions: each event returns what to do."""

from collections import OrderedDict, deque

from msgspec import Struct

from chatd import limits
from chatd.errors import TooLarge, Unexpected
from chatd.peer.conversation_steps import (
    Answered,
    Arrived,
    Delivered,
    MeetWanted,
    Over,
    Step,
    TextTooLong,
    TooMuchUnacknowledged,
    Transmit,
    Unreadable,
)
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.peer.silence import Silence
from chatd.wire.close import Close
from chatd.wire.peer import Ack, Candidates, Meet, PeerMessage, Ping, Pong, Text


class _Waiting(Struct, frozen=True):
    """A message of ours that is not acknowledged, and its bytes."""

    message: Message
    size: int


class Conversation:
    """One conversation, on one link after the other, to its end; `now` is in seconds of any clock.

    What is transmitted goes on the link in use, and nowhere while there is none.
    """

    def __init__(self, now: float, *, is_host: bool = True) -> None:
        self._later = 0 if is_host else limits.GUEST_LATER_SECONDS
        self._doublings = 0
        self._silence = Silence()
        self._sent = 0
        self._received = 0
        self._is_full = False
        self._held_size = 0
        self._held: deque[Text] = deque()
        """Texts for which there was no room: neither shown nor acknowledged."""
        self._waiting: OrderedDict[int, _Waiting] = OrderedDict()
        self._flown = self._furthest = 0
        """The last text that was sent on the link in use, and on any."""
        self._flight = 0
        self._heard = now
        self._pings = self._ponged = 0
        """How many there were of ours, and which of them was the last that needs no answer."""
        self._has_taken = False
        self._asked: float | None = None
        """Since when something of ours is without any answer."""

    @property
    def undelivered(self) -> list[Message]:
        """The messages that the other side has not acknowledged, oldest first."""
        return [waiting.message for waiting in self._waiting.values()]

    @property
    def received(self) -> int:
        """How many texts of the other side have been taken."""
        return self._received

    @property
    def is_overrun(self) -> bool:
        """Whether the other side sent more without an acknowledgement than it may: nothing more
        is to be read from it until `go_on`."""
        too_long = self._held_size >= limits.FLIGHT + limits.MESSAGE_TEXT
        return too_long or len(self._held) > limits.UNACKNOWLEDGED

    @property
    def flight(self) -> int:
        """How many bytes of our texts are on their way."""
        return self._flight

    @property
    def asked(self) -> float | None:
        """Since when something of ours is without any answer; None for nothing."""
        return self._asked

    @property
    def deadline(self) -> float:
        """When `tick` wants to be called."""
        if self._asked is not None:
            return self._asked + limits.LOST_SECONDS
        # Whoever waits for acknowledgements asks nothing, and has to hear something all the same.
        pause = limits.PING_SECONDS << (0 if self._held else self._doublings)
        return self._heard + self._silence.bounded(pause + self._later)

    def say(self, message: Message, now: float) -> tuple[int, list[Step]]:
        """Send one message, and return its number.

        Raises `TooMuchUnacknowledged`, `TextTooLong` or `Unreadable`, and nothing was sent.
        """
        size = _length(message.text)
        if size > limits.MESSAGE_TEXT:
            raise TextTooLong
        if len(self._waiting) >= limits.UNACKNOWLEDGED:
            raise TooMuchUnacknowledged
        self._sent += 1
        self._waiting[self._sent] = _Waiting(message, size)
        self._doublings = 0
        if self._asked is None:
            self._asked = now
        return self._sent, self._fly()

    def hold_back(self) -> None:
        """There is no room: what comes is neither shown nor acknowledged until `go_on`."""
        self._is_full = True

    def go_on(self) -> None:
        """There is room again, for what `held_back` gives first."""
        self._is_full = False

    def held_back(self) -> list[Step]:
        """Take the next text that was held back, if there is one and room for it."""
        if self._is_full or not self._held:
            return []
        text = self._held.popleft()
        self._held_size -= _size(text.text)
        return self._show(text)

    @property
    def next_ping(self) -> int:
        """The number that the next `ping` of ours will have."""
        return self._pings + 1

    def ask(self, now: float) -> list[Step]:
        """Ask for a sign of life."""
        self._pings += 1
        self._asked = now if self._asked is None else self._asked
        return [Transmit(Ping(self._pings))]

    def took(self, now: float) -> list[Step]:
        """A guest's: go on, on a link that it has just taken."""
        self._has_taken = True
        return self._begin(now)

    def taken(self, received: int, now: float) -> list[Step]:
        """A host's: go on, on a link that was taken by someone who has received so many of our
        texts at least.

        These are delivered, the rest is sent again. Raises `Unexpected` for more than we sent.
        """
        delivered = self._delivered(received)
        return [*delivered, Transmit(Ack(self._received)), *self._begin(now)]

    def receive(
        self, message: PeerMessage, now: float, *, is_on_left_link: bool = False
    ) -> list[Step]:
        """One message of the other side; raises `RemoteProtocolError`.

        On a link that we have left only what concerns texts counts.
        """
        if is_on_left_link:
            return (
                []
                if isinstance(message, Ping | Pong | Candidates | Meet)
                else self._answer(message)
            )
        self._has_taken = False
        self._silence.heard()
        steps = self._answer(message)
        self._alive(now)
        return steps

    def heard(self, now: float) -> None:
        """Something about files came on the link in use."""
        self._has_taken = False
        self._silence.heard()
        self._alive(now)

    def _begin(self, now: float) -> list[Step]:
        self._ponged = self._pings
        self._silence.replaced(now)
        self._flown, self._flight = self._sent - len(self._waiting), 0
        self._alive(now)
        return self._fly()

    def tick(self, now: float) -> list[Step]:
        """Ask for a sign of life after some silence; give up what has no answer for too long."""
        if self.is_overrun:
            self._alive(now)  # nothing is heard, as nothing is read
        if now < self.deadline:
            return []
        if self._asked is not None:
            return [Over(Ending.LOST)]
        self._silence.asked(now - self._heard, now)
        return self.ask(now)

    def _alive(self, now: float) -> None:
        """The other side was heard: what is still without an answer has its time from now on."""
        self._heard = now
        is_asking = self._pings > self._ponged or self._waiting or self._has_taken
        self._asked = now if is_asking else None

    def _answer(self, message: PeerMessage) -> list[Step]:
        match message:
            case Text():
                return self._text(message)
            case Ack():
                return self._ack(message.number)
            case Ping(number):
                self._slow_down()
                return [Transmit(Pong(number))]
            case Pong(number):
                return self._pong(number)
            case Candidates():
                return []  # for whoever looks for links
            case Meet():
                return [MeetWanted()]
            case Close():
                return [_over(message)]
        raise Unexpected

    def _text(self, message: Text) -> list[Step]:
        size = _size(message.text)
        if size > limits.MESSAGE_TEXT:
            raise TooLarge
        self._doublings = 0
        last = self._received + len(self._held)
        if message.number <= last:
            # Sent again on a new link; that it arrived on the old one is said there by now.
            return []
        if message.number > last + 1:
            raise Unexpected
        if self._is_full or self._held:
            self._held.append(message)
            self._held_size += size
            return []
        return self._show(message)

    def _show(self, message: Text) -> list[Step]:
        self._received = message.number
        said = Message(message.text, message.kind, message.time)
        return [Arrived(message.number, said), Transmit(Ack(message.number))]

    def _ack(self, number: int) -> list[Step]:
        delivered = self._delivered(number)
        return [*delivered, *self._fly()] if delivered else []

    def _delivered(self, number: int) -> list[Step]:
        if number > self._furthest:
            raise Unexpected
        numbers = []
        while self._waiting and next(iter(self._waiting)) <= number:
            each, waiting = self._waiting.popitem(last=False)
            numbers.append(each)
            self._flight -= waiting.size if each <= self._flown else 0
        self._flown = max(self._flown, number)
        return [Delivered(numbers)] if numbers else []

    def _fly(self) -> list[Step]:
        """Send what may be on its way, in order: one text at least."""
        steps: list[Step] = []
        while self._flown < self._sent and self._flight < limits.FLIGHT:
            self._flown += 1
            self._furthest = max(self._furthest, self._flown)
            waiting = self._waiting[self._flown]
            said = waiting.message
            self._flight += waiting.size
            steps.append(Transmit(Text(self._flown, said.time, said.kind, said.text)))
        return steps

    def _pong(self, number: int) -> list[Step]:
        if number > self._pings:
            raise Unexpected
        if number <= self._ponged:
            return []
        self._ponged = number
        self._slow_down()
        return [Answered(number)]

    def _slow_down(self) -> None:
        """Nobody says anything, and both are there: look less often."""
        self._doublings = min(self._doublings + 1, limits.PING_DOUBLINGS)


def _size(text: str) -> int:
    """How many bytes it has on the wire."""
    return len(text) if text.isascii() else len(text.encode())


def _length(text: str) -> int:
    try:
        return _size(text)
    except UnicodeEncodeError:
        raise Unreadable from None


def _over(close: Close) -> Over:
    match close.reason:
        case "left":
            return Over(Ending.LEFT)
        case "quit":
            return Over(Ending.QUIT)
    return Over(Ending.CUT_OFF, close.reason)

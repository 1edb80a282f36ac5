"""A conversation on its links: carries out what `Conversation` decides."""

from typing import cast, get_args

from twisted.internet.interfaces import IReactorTime

from chatd import limits
from chatd.errors import Unexpected
from chatd.peer.carrier import Carrier
from chatd.peer.conversation import Conversation
from chatd.peer.conversation_steps import (
    Answered,
    Arrived,
    Delivered,
    MeetWanted,
    Over,
    Step,
    Transmit,
)
from chatd.peer.conversation_user import ConversationLinkUser, Files
from chatd.peer.doubt import Doubt, patience
from chatd.peer.ending import Ending
from chatd.peer.link import PeerLink
from chatd.peer.message import Message
from chatd.peer.taking import answer_time
from chatd.timer import Timer
from chatd.wire.close import Leaving
from chatd.wire.codec import Body
from chatd.wire.files import FileMessage
from chatd.wire.peer import Ack, Meet, PeerMessage

_OF_FILES = frozenset(get_args(FileMessage))


class ConversationLink:
    """One conversation, from the first search for a link to its end, on whatever link `carrier`
    has in use."""

    def __init__(self, clock: IReactorTime, user: ConversationLinkUser, *, is_host: bool) -> None:
        self._clock = clock
        self._user = user
        self.files: Files | None = None
        """Who sends and takes files; for nobody, what comes of them is refused."""
        self._conversation = Conversation(clock.seconds(), is_host=is_host)
        self.carrier = Carrier(clock, self, is_host=is_host)
        """For whoever looks for links."""
        self._doubt = Doubt()
        self._paused: list[PeerLink] = []
        self._leaving: Leaving | None = None
        self._over = False
        self._timed: tuple[int, float] | None = None
        self.round_trip: float | None = None
        """Seconds from a text to its acknowledgement, the last time; None before there is one."""
        self._is_reading = False
        self._gathered: Ack | None = None
        """What is to be said as soon as all was read that had come."""
        self._leave_timer = Timer(clock, lambda _: self._left())
        self._timer = Timer(clock, self._tick)

    @property
    def link(self) -> PeerLink | None:
        """The link on which we talk, None while there is none."""
        return self.carrier.link

    @property
    def leaving_until(self) -> float | None:
        """When we leave, whatever has not arrived by then; None if that is not waited for."""
        return self._leave_timer.due

    @property
    def received(self) -> int:
        """How many texts of the other side have been taken."""
        return self._conversation.received

    @property
    def next_ping(self) -> int:
        """The number of our next `ping`."""
        return self._conversation.next_ping

    @property
    def waiting(self) -> int:
        """How many of our messages are on their way."""
        return len(self._conversation.undelivered)

    def hold_back(self) -> None:
        """Take nothing more from the other side, and acknowledge nothing, until `go_on`."""
        self._conversation.hold_back()

    def go_on(self) -> None:
        """There is room again: take what was held back, and whatever comes."""
        self._conversation.go_on()
        while not self._over and (steps := self._conversation.held_back()):
            self._carry_out(steps)
        if not self._conversation.is_overrun:
            paused, self._paused = self._paused, []
            for link in paused:
                link.channel.resume()

    def give_up(self) -> list[Message]:
        """End it without a word, and return what was not delivered."""
        self._end()
        self.carrier.abort()
        return self._conversation.undelivered

    def say(self, message: Message) -> int:
        """Send one message and return its number; raises `ChatdError` if it was not sent."""
        now = self._clock.seconds()
        number, steps = self._conversation.say(message, now)
        if self._timed is None and self.link is not None:
            self._timed = (number, now)
        self._carry_out(steps)
        if not self._is_reading:  # else it is set soon
            self._set_timer()
        return number

    def leave(self, reason: Leaving) -> None:
        """End it: at once if all is delivered, else after five seconds at most."""
        if self._leaving or self._over:
            return
        self._leaving = reason
        if self._conversation.undelivered:
            self._leave_timer.set(self._clock.seconds() + limits.LEAVE_SECONDS)
        else:
            self._left()

    def leave_now(self, reason: Leaving) -> None:
        """End it, whatever is still on its way."""
        self._leaving = reason
        if not self._over:
            self._left()

    def meet(self) -> None:
        """Have the other side come to the server; harmless without a link."""
        self._transmit(Meet())

    def network_changed(self, *, is_cut: bool) -> None:
        """Find out at once whether the link in use still leads to the other side; where it can
        hardly be, as it `is_cut`, another one is looked for in the same moment."""
        if self._over:
            return
        self.carrier.look_anew()
        if self.link is None:
            return
        self._doubt.changed(self._clock.seconds(), 0 if is_cut else self._answer)
        self.ask()

    def find_out(self) -> None:
        """The other side may have no link any more: ask it, unless it is asked."""
        if self._over or self.link is None or self._conversation.asked is not None:
            return
        self._doubt.changed(self._clock.seconds(), self._answer)
        self.ask()

    @property
    def _answer(self) -> float:
        """How long an answer may take on the link in use, in seconds."""
        link = self.link
        known = (link.round_trip if link is not None else 0) or self.round_trip
        return answer_time(known) if known else limits.ANSWER_MOST_SECONDS

    @property
    def _patience(self) -> float:
        """How long nothing may come on the link in use before it is doubted, in seconds."""
        return patience(self._answer, self._conversation.flight)

    # -- called by the carrier

    def chunk(self, body: Body) -> None:
        """One chunk of a file."""
        self._hear()
        self._expected_files.chunk(body)

    def room(self) -> None:
        """All is written that was sent on the link in use."""
        if self.files is not None:
            self.files.room()

    def ask(self) -> None:
        """Ask for a sign of life."""
        self._carry_out(self._conversation.ask(self._clock.seconds()))
        self._set_timer()

    def carried(self, before: PeerLink | None, received: int | None) -> None:
        """Another link is in use: what has to be said there is said before anybody is told."""
        # What was gathered is said by the `take`, or by the acknowledgement that comes first.
        self._gathered, self._is_reading = None, False
        now, talk, link = self._clock.seconds(), self._conversation, self.carrier.link
        steps = talk.took(now) if received is None else talk.taken(received, now)
        self._timed = None
        self._doubt.heard()
        self._carry_out([step for step in steps if isinstance(step, Transmit)])
        if link is not None and before is not link:
            self._user.met(link) if before is None else self._user.moved(before, link)
        self._carry_out([step for step in steps if not isinstance(step, Transmit)])
        self._set_timer()
        if self.files is not None and not self._over:
            self.files.linked()

    def read(self, link: PeerLink, message: PeerMessage, *, is_left: bool) -> None:
        """One message of the other side."""
        if type(message) in _OF_FILES:
            self._read_of_files(link, cast("FileMessage", message))
            return
        self._is_reading = True
        now = self._clock.seconds()
        if not is_left:
            self._trust()
        self._carry_out(self._conversation.receive(message, now, is_on_left_link=is_left))
        if not self._over and self._conversation.is_overrun and link not in self._paused:
            self._paused.append(link)
            link.channel.pause()

    def rests(self) -> None:
        """All that had come has been read."""
        if self._is_reading:
            self._acknowledge()
            self._set_timer()

    def broken(self, ending: Ending, detail: str) -> None:
        """There is no link in use any more."""
        if self.files is not None:
            self.files.unlinked()
        self._timed = None
        self._doubt.heard()
        self._timer.stop()
        if self._leaving:
            self._conclude(Over(ending, detail))
        else:
            self._user.broken(ending, detail)

    def failed(self, detail: str) -> None:
        """The other side broke the rules."""
        self._conclude(Over(Ending.CUT_OFF, detail))

    def remember(self, secrets: tuple[bytes, ...]) -> None:
        """With these the conversation can be asked for."""
        self._user.remember(secrets)

    # -- inside

    @property
    def _expected_files(self) -> Files:
        if self.files is None:
            raise Unexpected
        return self.files

    def _read_of_files(self, link: PeerLink, message: FileMessage) -> None:
        if link is self.carrier.link:
            self._hear()
            self._expected_files.heard(message)
        elif self.files is not None:
            self.files.passed_over(message)

    def _hear(self) -> None:
        """The other side is there."""
        self._trust()
        self._conversation.heard(self._clock.seconds())

    def _trust(self) -> None:
        if self._doubt.heard():
            self.carrier.look_no_more()
            self._user.trusted()

    def _carry_out(self, steps: list[Step]) -> None:
        for step in steps:
            if self._over:
                return
            if type(step) is Transmit:
                self._transmit(step.message)
            else:
                self._do(step)

    def _transmit(self, message: PeerMessage) -> None:
        """Send it; of what comes at a time the last acknowledgement speaks for all."""
        if self._is_reading and type(message) is Ack:
            self._gathered = message
        elif (link := self.carrier.link) is not None:
            link.send(message)

    def _acknowledge(self) -> None:
        """Send what was gathered, and gather no more."""
        gathered, self._gathered, self._is_reading = self._gathered, None, False
        if gathered is not None:
            self._transmit(gathered)

    def _do(self, step: Step) -> None:
        match step:
            case Arrived():
                self._user.arrived(step.number, step.message)
            case Delivered(numbers):
                self._measure(numbers)
                self._user.delivered(numbers)
                if self._leaving and not self._conversation.undelivered:
                    self._left()
            case Answered(number):
                self.carrier.answered(number)
            case MeetWanted():
                self._user.meet_wanted()
            case Over(Ending.LOST):
                self.carrier.lost()
            case Over():
                self._conclude(step)

    def _measure(self, numbers: list[int]) -> None:
        if self._timed is not None and self._timed[0] in numbers:
            self.round_trip = self._clock.seconds() - self._timed[1]
            self._timed = None

    def _conclude(self, over: Over) -> None:
        self._end()
        self.carrier.hang_up()
        undelivered = self._conversation.undelivered
        if self._leaving:
            self._user.left(undelivered)
        else:
            self._user.over(over.ending, over.detail, undelivered)

    def _left(self) -> None:
        self._acknowledge()
        self._end()
        self.carrier.close(self._leaving or "left")
        self._user.left(self._conversation.undelivered)

    def _end(self) -> None:
        self._over = True
        if self.files is not None:
            self.files.unlinked()
        self._timer.stop()
        self._leave_timer.stop()

    def _set_timer(self) -> None:
        """One timer, which is only moved to an earlier time; too early, it finds nothing to do."""
        if self._over or self.link is None:
            return
        deadline = self._conversation.deadline
        for other in (
            self.carrier.deadline,
            self._doubt.deadline(self._conversation.asked, self._patience),
        ):
            if other is not None and other < deadline:
                deadline = other
        if self._timer.due is None or deadline < self._timer.due:
            self._timer.set(deadline)

    def _tick(self, now: float) -> None:
        self.carrier.tick(now)
        if self.link is not None and self._doubt.tick(
            self._conversation.asked, now, self._patience
        ):
            self.carrier.look_beside()
            if self.carrier.is_in_doubt:
                self._user.doubted()
        if self.link is not None:
            self._carry_out(self._conversation.tick(now))
        self._set_timer()

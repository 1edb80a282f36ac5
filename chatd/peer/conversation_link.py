"""A conversation on its link: carries out what `Conversation` decides."""

from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from chatd import limits
from chatd.errors import ChatdError, RemoteProtocolError
from chatd.peer.conversation import Arrived, Conversation, Delivered, Ending, Over, Step, Transmit
from chatd.peer.link import PeerLink
from chatd.peer.message import Message
from chatd.wire.close import Leaving
from chatd.wire.peer import PeerMessage


class ConversationLinkUser(Protocol):
    """Whoever talks."""

    def arrived(self, number: int, message: Message) -> None:
        """The other side said something, which is acknowledged as soon as this returns; where there
        is no room for another, `ConversationLink.hold_back` is called."""

    def delivered(self, numbers: list[int]) -> None:
        """The other side has these messages of ours."""

    def over(self, ending: Ending, detail: str, undelivered: list[Message]) -> None:
        """The other side ended it, or broke the rules."""

    def broken(self, ending: Ending, detail: str) -> None:
        """The link is gone; the talk waits for another one, or to be given up."""

    def left(self, undelivered: list[Message]) -> None:
        """We ended it, and this is what could not be delivered."""


class ConversationLink:
    """One conversation, on one link after the other: `carry_on` gives it the first and the next."""

    def __init__(self, clock: IReactorTime, user: ConversationLinkUser, *, is_host: bool) -> None:
        self._link: PeerLink | None = None
        self._clock = clock
        self._user = user
        self._conversation = Conversation(clock.seconds(), is_host=is_host)
        self._leaving: Leaving | None = None
        self._over = False
        self._timed: tuple[int, float] | None = None
        self.round_trip: float | None = None
        """Seconds from a text to its acknowledgement, the last time; None before there is one."""
        self._leave_timer: IDelayedCall | None = None
        self._timer: IDelayedCall | None = None

    @property
    def link(self) -> PeerLink | None:
        """The link that carries the conversation, None while there is none."""
        return self._link

    @property
    def leaving_until(self) -> float | None:
        """When we leave, whatever has not arrived by then; None if that is not waited for."""
        timer = self._leave_timer
        return timer.getTime() if timer is not None and timer.active() else None

    @property
    def received(self) -> int:
        """How many texts of the other side have been taken."""
        return self._conversation.received

    def carry_on(self, link: PeerLink, received: int) -> None:
        """Talk on this link, on which the other side says to have received so many of our texts
        at least.

        A number that cannot be right ends the link.
        """
        if self._over:  # it was left in the moment in which the link was found
            link.close(self._leaving or "left")
            return
        before, self._link = self._link, link
        if before is not None:
            before.retire()
        self._timed = None
        self._stop_timer()
        link.user = self
        try:
            steps = self._conversation.resume(received, self._clock.seconds())
        except RemoteProtocolError as error:
            self._conclude(Over(Ending.CUT_OFF, str(error)))
            return
        self._set_timer()
        self._carry_out(steps)

    def hold_back(self) -> None:
        """Take nothing more from the other side, and acknowledge nothing, until `go_on`."""
        self._conversation.hold_back()

    def go_on(self) -> None:
        """There is room again: take what was held back, and whatever comes."""
        was_overrun = self._conversation.is_overrun
        self._conversation.go_on()
        while not self._over and (steps := self._conversation.held_back()):
            self._carry_out(steps)
        if was_overrun and self._link is not None and not self._conversation.is_overrun:
            self._link.channel.resume()

    def suspend(self) -> None:
        """Let go of the link, if there is one; what is said is kept."""
        link, self._link = self._link, None
        self._timed = None
        self._stop_timer()
        if link is not None:
            link.discard()

    def give_way(self) -> None:
        """The other side has lost the link that we still have: let go of it as well."""
        if self._link is not None:
            self._broken(Ending.CUT_OFF, "")

    def give_up(self) -> list[Message]:
        """End it without a link, and return what was not delivered."""
        self._end()
        self.suspend()
        return self._conversation.undelivered

    @property
    def waiting(self) -> int:
        """How many of our messages are on their way."""
        return len(self._conversation.undelivered)

    def say(self, message: Message) -> int:
        """Send one message and return its number; raises `ChatdError` if it was not sent."""
        number, steps = self._conversation.say(message, self._clock.seconds())
        if self._timed is None and self._link is not None:
            self._timed = (number, self._clock.seconds())
        self._carry_out(steps)
        if self._link is not None and not self._over:
            self._set_timer()
        return number

    def leave(self, reason: Leaving) -> None:
        """End it: at once if all is delivered, else after five seconds at most."""
        if self._leaving or self._over:
            return
        self._leaving = reason
        if self._conversation.undelivered:
            self._leave_timer = self._clock.callLater(limits.LEAVE_SECONDS, self._left)
        else:
            self._left()

    def leave_now(self, reason: Leaving) -> None:
        """End it, whatever is still on its way."""
        self._leaving = reason
        if not self._over:
            self._left()

    # -- called by the link

    def link_verified(self, link: PeerLink) -> None:
        """Links come here verified."""

    def link_received(self, link: PeerLink, message: PeerMessage) -> None:
        """One message of the other side."""
        if self._over or link is not self._link:
            return
        self._carry_out(self._conversation.receive(message, self._clock.seconds()))
        if self._link is not None and not self._over:
            self._set_timer()
            if self._conversation.is_overrun:
                self._link.channel.pause()

    def link_closed(self, link: PeerLink, error: ChatdError | None) -> None:
        """The link is gone without a CLOSE; a fault of theirs that we found is the end."""
        if self._over:
            return
        if isinstance(error, RemoteProtocolError):
            self._conclude(Over(Ending.CUT_OFF, str(error)))
        else:
            self._broken(Ending.CUT_OFF, str(error) if error else "")

    # -- inside

    def _carry_out(self, steps: list[Step]) -> None:
        for step in steps:
            if not self._over:
                self._do(step)

    def _do(self, step: Step) -> None:
        match step:
            case Transmit(message):
                if self._link is not None:
                    self._link.send(message)
            case Arrived(number, message):
                self._user.arrived(number, message)
            case Delivered(numbers):
                self._measure(numbers)
                self._user.delivered(numbers)
                if self._leaving and not self._conversation.undelivered:
                    self._left()
            case Over(Ending.LOST as ending, detail):
                self._broken(ending, detail)
            case Over(Ending.CUT_OFF, "not-chosen"):
                # The other side has given up a race before it knew that we are here.
                self._broken(Ending.CUT_OFF, "")
            case Over():
                self._conclude(step)

    def _measure(self, numbers: list[int]) -> None:
        if self._timed is not None and self._timed[0] in numbers:
            self.round_trip = self._clock.seconds() - self._timed[1]
            self._timed = None

    def _broken(self, ending: Ending, detail: str) -> None:
        if self._leaving:
            self._conclude(Over(ending, detail))
            return
        self.suspend()
        self._user.broken(ending, detail)

    def _conclude(self, over: Over) -> None:
        self._end()
        if self._link is not None:
            self._link.channel.hang_up()
        self._finish(over.ending, over.detail)

    def _finish(self, ending: Ending, detail: str) -> None:
        if self._leaving:
            self._user.left(self._conversation.undelivered)
        else:
            self._user.over(ending, detail, self._conversation.undelivered)

    def _left(self) -> None:
        self._end()
        if self._link is not None:
            self._link.close(self._leaving or "left")
        self._user.left(self._conversation.undelivered)

    def _end(self) -> None:
        self._over = True
        self._stop_timer()
        if self._leave_timer is not None and self._leave_timer.active():
            self._leave_timer.cancel()

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _set_timer(self) -> None:
        """One timer, which is only moved to an earlier time; too early, it finds nothing to do."""
        deadline = self._conversation.deadline
        if self._timer is not None and self._timer.active():
            if self._timer.getTime() <= deadline:
                return
            self._timer.cancel()
        wait = max(0.0, deadline - self._clock.seconds())
        self._timer = self._clock.callLater(wait, self._tick)

    def _tick(self) -> None:
        self._carry_out(self._conversation.tick(self._clock.seconds()))
        if self._link is not None and not self._over:
            self._link.tend()
            self._set_timer()

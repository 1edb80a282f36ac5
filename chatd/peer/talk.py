"""A conversation on its link: carries out what `Conversation` decides."""

from typing import Literal, Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from chatd import limits
from chatd.errors import ChatdError
from chatd.peer.conversation import Arrived, Conversation, Delivered, Ending, Over, Step, Transmit
from chatd.peer.link import PeerLink
from chatd.wire.peer import PeerMessage, Pong

Leaving = Literal["left", "quit"]


class TalkUser(Protocol):
    """Whoever talks."""

    def arrived(self, number: int, text: str) -> None:
        """The other side said something."""

    def delivered(self, numbers: list[int]) -> None:
        """These messages of ours were shown."""

    def over(self, ending: Ending, detail: str, undelivered: list[str]) -> None:
        """The other side ended it, or is gone."""

    def left(self, undelivered: list[str]) -> None:
        """We ended it, and this is what could not be delivered."""


class Talk:
    """One conversation on one link, from the moment when it was chosen."""

    def __init__(self, link: PeerLink, clock: IReactorTime, user: TalkUser) -> None:
        self._link = link
        self._clock = clock
        self._user = user
        self._conversation = Conversation(clock.seconds())
        self._leaving: Leaving | None = None
        self._over = False
        self._leave_timer: IDelayedCall | None = None
        self._timer: IDelayedCall | None = None
        link.user = self
        self._set_timer()

    @property
    def link(self) -> PeerLink:
        """The link that carries the conversation."""
        return self._link

    @property
    def waiting(self) -> int:
        """How many of our messages are on their way."""
        return len(self._conversation.undelivered)

    def say(self, text: str) -> int:
        """Send one text and return its number; raises `ChatdError` if it was not sent."""
        number, steps = self._conversation.say(text)
        self._carry_out(steps)
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

    # -- called by the link

    def link_verified(self, link: PeerLink) -> None:
        """Links come here verified."""

    def link_received(self, link: PeerLink, message: PeerMessage) -> None:
        """One message of the other side."""
        if self._over:
            return
        self._carry_out(self._conversation.receive(message, self._clock.seconds()))
        if isinstance(message, Pong) and not self._over:
            # Only the answer to a ping moves the deadline to an earlier time.
            self._stop_timer()
            self._set_timer()

    def link_closed(self, link: PeerLink, error: ChatdError | None) -> None:
        """The link is gone without a CLOSE."""
        self._carry_out([Over(Ending.CUT_OFF, str(error) if error else "")])

    # -- inside

    def _carry_out(self, steps: list[Step]) -> None:
        for step in steps:
            if not self._over:
                self._do(step)

    def _do(self, step: Step) -> None:
        match step:
            case Transmit(message):
                self._link.send(message)
            case Arrived(number, text):
                self._user.arrived(number, text)
            case Delivered(numbers):
                self._user.delivered(numbers)
                if self._leaving and not self._conversation.undelivered:
                    self._left()
            case Over(ending, detail):
                self._end()
                self._link.channel.hang_up()
                self._finish(ending, detail)

    def _finish(self, ending: Ending, detail: str) -> None:
        if self._leaving:
            self._user.left(self._conversation.undelivered)
        else:
            self._user.over(ending, detail, self._conversation.undelivered)

    def _left(self) -> None:
        self._end()
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
        # One timer that is moved when it fires, not at every message.
        wait = max(0.0, self._conversation.deadline - self._clock.seconds())
        self._timer = self._clock.callLater(wait, self._tick)

    def _tick(self) -> None:
        self._carry_out(self._conversation.tick(self._clock.seconds()))
        self._link.tend()
        if not self._over:
            self._set_timer()

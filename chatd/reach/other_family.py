"""Where the server sees us in the family of addresses in which our link to it is not
(protocol, "The other family")."""

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IStreamClientEndpoint

from chatd import limits
from chatd.addresses import parse
from chatd.channel import SecureChannel
from chatd.errors import ChatdError, Unexpected
from chatd.peer.connecting import Connecting, made_by
from chatd.reach.settling import Settling
from chatd.wire.asking_seen import AskingSeen
from chatd.wire.fields import Address
from chatd.wire.opening import Secured
from chatd.wire.records import Record
from chatd.wire.seen import RANDOM, commitment
from chatd.wire.server import SeenAt, ShowVoucher

FamilyEndpoint = Callable[[int, int], IStreamClientEndpoint]
"""Gives the endpoint of the server in a family (4 or 6) for the local port that dials it."""


class _Question:
    """One connection in the other family, until it is let go."""

    def __init__(self, owner: "OtherFamily", random: bytes, reactor: Any) -> None:
        self._owner: OtherFamily | None = owner
        self._random = random
        self._reactor = reactor
        self.channel = SecureChannel(
            AskingSeen(commitment(random), self._told),
            self,
            reactor,
            most=limits.SERVER_PLAINTEXT,
            seconds=limits.SEEN_SECONDS,
        )

    def let_go(self) -> None:
        """Nothing that comes is of interest; hang up behind the packets that were just sent."""
        self._owner = None
        self._reactor.callLater(0, self.channel.hang_up)

    def _told(self, voucher: bytes) -> None:
        if self._owner is not None:
            self._owner.told(ShowVoucher(voucher, self._random))

    def opened(self, secured: Secured) -> None:
        """There is no handshake here."""

    def received(self, record: Record) -> None:
        """There are no records either."""

    def closed(self, error: ChatdError | None) -> None:
        """The connection is gone."""
        if self._owner is not None:
            self._owner.gone(self)


class OtherFamily:
    """Asks when it is told to `look`, once at a time; without an `endpoint` it never does."""

    def __init__(
        self,
        reactor: Any,
        endpoint: FamilyEndpoint | None,
        random_bytes: Callable[[int], bytes],
        say: Callable[[ShowVoucher], None],
    ) -> None:
        self._reactor = reactor
        self._endpoint = endpoint
        self._random_bytes = random_bytes
        self._say = say
        self._question: _Question | None = None
        # As for most: their machine, their network or the server has one family alone.
        self._connecting = Connecting(lambda _: self._answer.over())
        self._answer = Settling(reactor)
        self.settled = self._answer.settled
        self._owed = 0
        self._place: Address | None = None

    @property
    def place(self) -> Address | None:
        """The place that the server has taken for ours, None if there is none."""
        return self._place

    def look(self, here: str, local_port: int) -> None:
        """Ask, as somebody whom the server sees at the address `here` ('' if it does not know).

        What it has said already is good as long as the connection for it is there, or while no
        router has given it another port than ours.
        """
        if self._endpoint is None or not here or self._answer.is_open:
            return
        if self._place is not None and (self._question or self._place[1] == local_port):
            return
        self._hang_up()
        self._answer.begin(limits.SEEN_WAIT_SECONDS)
        question = _Question(self, self._random_bytes(RANDOM), self._reactor)
        family = 4 if parse(here).version == 6 else 6
        endpoint = self._endpoint(family, local_port)
        self._connecting.begin(endpoint.connect(made_by(lambda: self._begin(question))))

    def heard(self, message: SeenAt) -> None:
        """The server's answer; raises `Unexpected` if it was not asked."""
        if not self._owed:
            raise Unexpected
        self._owed -= 1
        self._place = message.address
        self._answer.over()

    def let_go(self) -> None:
        """The direct links are on their way, or there will be none: the router may forget us."""
        self._hang_up()
        self._answer.over()

    def forget(self) -> None:
        """The link to the server is gone, and with it all that it has said."""
        self._owed, self._place = 0, None
        self.let_go()

    # -- from the question

    def told(self, voucher: ShowVoucher) -> None:
        """Show what we were told to the server, on the link that it knows us by."""
        self._owed += 1
        self._say(voucher)

    def gone(self, question: _Question) -> None:
        """The connection is gone."""
        if question is self._question:
            self._question = None
            if not self._owed:
                self._answer.over()

    # -- inside

    def _begin(self, question: _Question) -> SecureChannel:
        self._question = question
        return question.channel

    def _hang_up(self) -> None:
        question, self._question = self._question, None
        self._connecting.stop()
        if question is not None:
            question.let_go()

"""Meeting the other person: from "go" to a chosen link, or to the reasons why there is none."""

from random import Random
from typing import Any, Protocol

from twisted.internet.interfaces import IDelayedCall

from chatd import limits
from chatd.addresses import Candidate
from chatd.channel import SecureChannel
from chatd.errors import ChatdError, Unexpected
from chatd.peer.answers import Answers
from chatd.peer.link import PeerLink, Route
from chatd.peer.link_pool import LinkPool
from chatd.peer.listener import Listening
from chatd.peer.race import Chosen, Drop, Race, SendOpen, SendSelect, Step
from chatd.peer.role import Role
from chatd.peer.search import Plan, Search
from chatd.peer.shared_state import SharedState
from chatd.wire.close import Reason
from chatd.wire.opening import Opening
from chatd.wire.peer import Again, Open, PeerMessage, Select
from chatd.wire.relayed import Relayed
from chatd.wire.ticket import OwnTicket


class ConnectorUser(Protocol):
    """Whoever waits for a meeting."""

    def met(self, link: PeerLink, received: int) -> None:
        """This link was chosen by both, and the other side says that it has received so many
        texts at least; its user is to be replaced at once."""

    def moved(self, link: PeerLink, received: int) -> None:
        """The same for a better link than the one that is in use."""

    def reached(self) -> None:
        """The other side looks for another link: race `again`, or do nothing to refuse."""

    def not_met(self, reasons: list[tuple[str, str]]) -> None:
        """Time is up: what was tried, and why each failed."""


class Connector:
    """One race after the other between the same two people: listens, dials, and lets `Race`
    choose the link that carries the conversation.

    While there is no carrier, the race has a time limit. While the carrier is relayed, a race for
    a direct link goes on beside the conversation. While it is direct there is none, and whoever
    dials us is kept in reserve.
    """

    def __init__(
        self,
        reactor: Any,
        listener: Listening,
        role: Role,
        plan: Plan,
        user: ConnectorUser,
        random: Random,
        shared: SharedState,
    ) -> None:
        self._reactor = reactor
        self._listener = listener
        self._role = role
        self._user = user
        self._shared = shared
        self._plan = plan
        self._search = Search(reactor, plan, listener.port, self, random)
        self._answers = Answers(reactor.seconds)
        self._again = False
        self._race: Race | None = None
        self._carrier: PeerLink | None = None
        self._links = LinkPool()
        self._wake: IDelayedCall | None = None
        self._timer: IDelayedCall | None = None

    def start(self) -> None:
        """Begin to accept and to dial."""
        if not self._plan.relay_only:
            self._listener.start(self._accept)
        self._begin(self._plan.seconds)

    def again(self) -> None:
        """The link is gone for us: look for another one, which may be there already."""
        if self._is_looking:
            return
        self._carrier = None
        self._again = True
        self._search.stop()
        self._begin(self._plan.patience)
        for link in self._links.standing:
            self.link_verified(link)

    @property
    def tried(self) -> list[tuple[str, str]]:
        """What was tried, and what is known of why it failed."""
        return self._search.tried

    @property
    def deadline(self) -> float | None:
        """When the race for a first link, or for another one, ends; None while there is none."""
        return self._timer.getTime() if self._is_looking and self._timer is not None else None

    def cancel(self, reason: Reason = "left") -> None:
        """End everything, without a word to the user."""
        self._stop()
        self._carrier = None
        self._listener.close()
        for link in self._links:
            link.close(reason)

    @property
    def _is_looking(self) -> bool:
        """Whether there is a race and no conversation."""
        return self._race is not None and self._carrier is None

    def _begin(self, seconds: float) -> None:
        # A race beside the conversation goes on: what the host has selected can still be opened.
        self._race = self._race or self._role.race()
        self._timer = self._reactor.callLater(seconds, self._time_is_up)
        self._search.everywhere(insists=self._again)

    # -- links come and go

    def direct_link(self, candidate: Candidate) -> SecureChannel:
        """A link to this address."""
        return self._add(self._opening(dialled=True), self._route, candidate)

    def relayed_link(self, ticket: OwnTicket) -> SecureChannel:
        """A link through the relay."""
        return self._add(Relayed(ticket, self._opening(dialled=True)), "relay")

    def _accept(self, source: str) -> SecureChannel:
        return self._add(self._opening(dialled=False), self._route, source=source)

    def _add(
        self,
        opening: Opening,
        route: Route,
        candidate: Candidate | None = None,
        *,
        source: str = "",
    ) -> SecureChannel:
        link = PeerLink(opening, self, self._reactor, candidate, route=route)
        over = self._links.add(link, source)
        if over is not None:
            # Whoever is one too many may be one who never hangs up: no CLOSE that waits for that.
            over.channel.abort()
        return link.channel

    @property
    def _route(self) -> Route:
        return "onion" if self._plan.tor else "direct"

    def _opening(self, *, dialled: bool) -> Opening:
        first = self._answers.first_message
        return self._role.opening(first, self._knocked, dialled=dialled)

    def _knocked(self) -> None:
        """Someone who dialled us has said the KNOCK, which others may have overheard; raises
        `Unexpected` where we do not answer."""
        # While another link is looked for, the host knocks wherever it gets through.
        if self._race is None and any(link.is_answered for link in self._links):
            raise Unexpected
        self._answers.knock(beside=self._carrier is not None)

    def link_verified(self, link: PeerLink) -> None:
        """A handshake completed; what takes no part in a race is kept until the other side says
        why."""
        if self._race is None or not self._takes_part(link):
            self._stand_by(link)
            return
        if self._is_looking and self._again and not self._role.is_host:
            link.send(Again())
        self._carry_out(self._race.verified(link, self._reactor.seconds()))

    def _takes_part(self, link: PeerLink) -> bool:
        """Whether it could become the carrier; beside a relayed one only a direct one could."""
        return self._is_looking or (self._race is not None and not link.relayed)

    def link_received(self, link: PeerLink, message: PeerMessage) -> None:
        """Only SELECT, OPEN and AGAIN belong here; a CLOSE has ended the link already."""
        match message:
            case Select(secret, received) if not self._role.is_host:
                self._selected(link, secret, received)
            case Open(received) if self._role.is_host and self._race is not None:
                self._links.note(link, received)
                self._carry_out(self._race.opened(link, self._reactor.seconds()))
            case Again() if self._role.is_host and self._shared.secret:
                self._reach(link)
            case _ if not link.channel.is_ending:
                raise Unexpected

    def _selected(self, link: PeerLink, secret: bytes | None, received: int) -> None:
        if not self._takes_part(link):
            self._reach(link)
        self._shared.learn(secret)
        self._links.note(link, received)
        if self._race is not None:
            self._carry_out(self._race.selected(link, self._reactor.seconds()))

    def _stand_by(self, link: PeerLink) -> None:
        """Whoever takes part in a race stays: it may be the one that is selected."""
        others = [each for each in self._links.standing if not self._takes_part(each)]
        others = [each for each in others if each is not link]
        if len(others) >= limits.STANDBY_LINKS:
            others[0].close("not-chosen")

    def _reach(self, link: PeerLink) -> None:
        """The other side has lost the link that we still have, or it is the first race."""
        if not self._is_looking:
            self._user.reached()
        if not self._is_looking:
            link.close("left")

    def link_closed(self, link: PeerLink, error: ChatdError | None) -> None:
        """One link failed; the race goes on."""
        self._links.take(link)
        self._search.closed(link, error)
        if link.secured and self._race is not None:
            self._carry_out(self._race.failed(link, self._reactor.seconds()))

    # -- decisions

    def _carry_out(self, steps: list[Step]) -> None:
        for step in steps:
            self._do(step)
        self._set_wake()

    def _do(self, step: Step) -> None:
        match step:
            case SendSelect(link=PeerLink() as link):
                link.send(Select(self._shared.offer(), self._shared.received()))
            case SendOpen(link=PeerLink() as link):
                link.send(Open(self._shared.received()))
            case Drop(link=PeerLink() as link):
                link.close("not-chosen")
            case Chosen(link=PeerLink() as link):
                self._chosen(link)

    def _chosen(self, link: PeerLink) -> None:
        received = self._links.take(link)
        before, self._carrier = self._carrier, link
        self._stop()
        self._shared.agree()
        self._let_go_of_the_others(link)
        self._keep_fresh(link)
        if link.relayed and not self._plan.relay_only:
            self._race = self._role.race()
            self._search.directly()
        if before is None:
            self._user.met(link, received)
        else:
            self._move(before, link, received)

    def _let_go_of_the_others(self, link: PeerLink) -> None:
        """Only those that may be better in a moment stay."""
        for other in self._links:
            if other.secured or other.relayed or not link.relayed:
                other.close("not-chosen")

    def _move(self, before: PeerLink, link: PeerLink, received: int) -> None:
        self._user.moved(link, received)
        if self._role.is_host:
            # The guest has gone to the new one already, and keeps the old one open for us alone.
            before.channel.abort()

    def _keep_fresh(self, link: PeerLink) -> None:
        if link.secured is not None:
            link.renew_with(self._role.renewal(link.secured, self._reactor.seconds()))

    def _set_wake(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        deadline = self._race.deadline if self._race is not None else None
        if deadline is not None:
            self._wake = self._reactor.callLater(
                max(0, deadline - self._reactor.seconds()), self._tick
            )

    def _tick(self) -> None:
        self._wake = None
        if self._race is not None:
            self._carry_out(self._race.tick(self._reactor.seconds()))

    def _time_is_up(self) -> None:
        tried = self.tried
        # The other side may have taken a link as chosen: of a conversation that goes on, it must
        # not be told that we have left.
        self.cancel("not-chosen" if self._shared.secret else "left")
        self._user.not_met(tried)

    def _stop(self) -> None:
        """End the race; whoever dials us is still heard."""
        self._race = None
        self._search.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._set_wake()

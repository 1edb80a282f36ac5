"""Finding a path to the other person: from "go" to one chosen link, or to the reasons why not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from twisted.internet.interfaces import IDelayedCall

from chatd import limits
from chatd.addresses import written
from chatd.channel import SecureChannel
from chatd.errors import ChatdError, Unexpected
from chatd.noise.keys import REAL, KeyPair, Primitives
from chatd.peer.bond import Bond
from chatd.peer.dialer import Dialer
from chatd.peer.link import PeerLink
from chatd.peer.listener import Deaf, Listener
from chatd.peer.race import Chosen, Drop, GuestRace, HostRace, Race, SendOpen, SendSelect, Step
from chatd.peer.relay_dialer import RelayDialer, RelayPlace
from chatd.peer.renewal import Renewal
from chatd.wire.close import Reason
from chatd.wire.keying import Introduction
from chatd.wire.opening import GuestSide, HostSide, Opening
from chatd.wire.peer import Again, Open, PeerMessage, Select
from chatd.wire.relayed import Relayed

Candidate = tuple[str, int]


@dataclass(frozen=True)
class Plan:
    """What to dial: the candidates in order, which of them is retried, and the reasons why some
    others are not dialled at all; then our place at the relay, and whether that is all there is,
    so that nobody may dial us either."""

    candidates: Sequence[Candidate]
    retried: Candidate | None = None
    refused: Sequence[tuple[Candidate, str]] = field(default_factory=tuple)
    relay: RelayPlace | None = None
    relay_only: bool = False

    @property
    def seconds(self) -> float:
        """How long the race goes on."""
        return limits.RELAY_RACE_SECONDS if self.relay else limits.RACE_SECONDS


@dataclass(frozen=True)
class Role:
    """Who we are in an introduction: host or guest, with our static key."""

    introduction: Introduction
    is_host: bool
    static: KeyPair
    primitives: Primitives = REAL


class MeetingUser(Protocol):
    """Whoever waits for a meeting."""

    def met(self, link: PeerLink, received: int) -> None:
        """This link was chosen by both, and the other side says how many texts it has received;
        its user is to be replaced at once."""

    def reached(self) -> None:
        """The other side looks for another link: race `again`, or do nothing to refuse."""

    def not_met(self, reasons: list[tuple[str, str]]) -> None:
        """Time is up: what was tried, and why each failed."""


class Meeting:
    """One race after the other between the same two people: listens, dials every candidate, and
    lets `Race` choose; between the races it stays reachable."""

    def __init__(
        self,
        reactor: Any,
        listener: Listener | Deaf,
        role: Role,
        plan: Plan,
        user: MeetingUser,
        random: Random,
        bond: Bond,
    ) -> None:
        self._reactor = reactor
        self._listener = listener
        self._role = role
        self._user = user
        self._bond = bond
        self._plan = plan
        self._random = random
        self._races = 0
        self._racing = False
        self._race: Race = HostRace() if role.is_host else GuestRace()
        self._links: dict[PeerLink, str] = {}
        self._positions: dict[PeerLink, int] = {}
        self._reasons = dict.fromkeys(plan.candidates, "no answer") | dict(plan.refused)
        self._accepted_reasons: list[str] = []
        self._dialers: dict[Candidate, Dialer] = {}
        self._relay_reason = "not asked in time"
        self._relay: RelayDialer | None = None
        self._wake: IDelayedCall | None = None
        self._timer: IDelayedCall | None = None

    def start(self) -> None:
        """Begin to accept and to dial."""
        if not self._plan.relay_only:
            self._listener.start(self._accept)
        self._begin(self._plan.seconds)

    def again(self) -> None:
        """The link is gone for us: look for another one, which may be there already."""
        if self._racing:
            return
        self._race = HostRace() if self._role.is_host else GuestRace()
        self._begin(limits.RACE_SECONDS)
        for link in [link for link in self._links if link.secured]:
            self.link_verified(link)

    @property
    def tried(self) -> list[tuple[str, str]]:
        """What was tried in the last race, and what is known of why it failed."""
        tried = [(written(candidate), why) for candidate, why in self._reasons.items()]
        tried += [("a link to us", why) for why in self._accepted_reasons]
        return tried + ([("the relay", self._relay_reason)] if self._relay else [])

    def cancel(self, reason: Reason = "left") -> None:
        """End everything, without a word to the user."""
        self._stop()
        self._listener.close()
        for link in list(self._links):
            link.close(reason)

    def _begin(self, seconds: float) -> None:
        self._races += 1
        self._racing = True
        self._timer = self._reactor.callLater(seconds, self._time_is_up)
        self._dialers = {each: self._dialer(each) for each in self._plan.candidates}
        for dialer in self._dialers.values():
            dialer.start()
        if self._plan.relay is not None:
            self._relay = self._relay_dialer(self._plan.relay)
            self._relay.start(limits.RELAY_HEAD_START_SECONDS if self._dialers else 0)

    # -- links come and go

    def _dialer(self, candidate: Candidate) -> Dialer:
        again = self._races > 1 or candidate == self._plan.retried
        return Dialer(
            self._reactor,
            candidate,
            lambda: self._new_link(candidate),
            lambda reason: self._reasons.__setitem__(candidate, reason),
            local_port=self._listener.port,
            tries=limits.DIAL_TRIES if again else 1,
            random=self._random,
        )

    def _relay_dialer(self, place: RelayPlace) -> RelayDialer:
        def build() -> SecureChannel:
            opening = Relayed(place.ticket, self._opening(dialled=True))
            link = PeerLink(opening, self, self._reactor, None, relayed=True)
            self._links[link] = ""
            self._relay_reason = "the other side did not come to the relay in time"
            return link.channel

        def failed(reason: str) -> None:
            self._relay_reason = reason

        return RelayDialer(self._reactor, place.endpoint, build, failed)

    def _accept(self, source: str) -> SecureChannel:
        unfinished = {link: self._links[link] for link in self._links if link.is_unfinished}
        if len(unfinished) >= limits.UNFINISHED_LINKS:
            self._evict(unfinished)
        return self._new_link(None, source)

    def _evict(self, unfinished: dict[PeerLink, str]) -> None:
        """Let go of the oldest link of whoever has the most, so that a flood evicts itself."""
        counts = Counter(unfinished.values())
        link = max(unfinished, key=lambda link: counts[unfinished[link]])
        # It is still there when the next one is accepted in the same turn of the reactor.
        del self._links[link]
        link.channel.abort()

    def _new_link(self, candidate: Candidate | None, source: str = "") -> SecureChannel:
        opening = self._opening(dialled=candidate is not None)
        link = PeerLink(opening, self, self._reactor, candidate)
        self._links[link] = source
        if candidate is not None:
            self._reasons[candidate] = "connected, but not in time"
        return link.channel

    def _opening(self, *, dialled: bool) -> Opening:
        role = self._role
        if not role.is_host:
            return GuestSide(
                role.introduction, role.static, dialled=dialled, primitives=role.primitives
            )
        return HostSide(
            role.introduction,
            role.static,
            self._bond.ephemerals,
            dialled=dialled,
            primitives=role.primitives,
        )

    def link_verified(self, link: PeerLink) -> None:
        """A handshake completed; between races it is kept until the other side says why."""
        if not self._racing:
            self._stand_by(link)
            return
        if self._races > 1 and not self._role.is_host:
            link.send(Again())
        self._carry_out(self._race.verified(link, self._reactor.seconds()))

    def link_received(self, link: PeerLink, message: PeerMessage) -> None:
        """Only SELECT, OPEN and AGAIN belong here; a CLOSE has ended the link already."""
        match message:
            case Select(secret, received) if not self._role.is_host:
                self._reach(link)
                self._bond.learn(secret)
                self._positions[link] = received
                self._carry_out(self._race.selected(link, self._reactor.seconds()))
            case Open(received) if self._role.is_host and self._racing:
                self._positions[link] = received
                self._carry_out(self._race.opened(link, self._reactor.seconds()))
            case Again() if self._role.is_host and self._bond.secret:
                self._reach(link)
            case _ if not link.channel.is_ending:
                raise Unexpected

    def _stand_by(self, link: PeerLink) -> None:
        verified = [each for each in self._links if each.secured and each is not link]
        standing = [each for each in verified if not each.channel.is_ending]
        if len(standing) >= limits.STANDBY_LINKS:
            standing[0].close("not-chosen")

    def _reach(self, link: PeerLink) -> None:
        """The other side has lost the link that we still have, or it is the first race."""
        if not self._racing:
            self._user.reached()
        if not self._racing:
            link.close("left")

    def link_closed(self, link: PeerLink, error: ChatdError | None) -> None:
        """One link failed; the race goes on."""
        self._links.pop(link, None)
        self._positions.pop(link, None)
        reason = str(error) if error else "closed by the other side"
        if link.candidate:
            self._reasons[link.candidate] = reason
        elif link.relayed:
            self._relay_reason = reason
        elif error is not None and len(self._accepted_reasons) < limits.UNFINISHED_LINKS:
            self._accepted_reasons.append(reason)
        if self._racing and self._races > 1 and link.candidate in self._dialers:
            self._dialers[link.candidate].again()
        if link.secured and self._racing:
            self._carry_out(self._race.failed(link, self._reactor.seconds()))

    # -- decisions

    def _carry_out(self, steps: list[Step]) -> None:
        for step in steps:
            self._do(step)
        self._set_wake()

    def _do(self, step: Step) -> None:
        match step:
            case SendSelect(link=PeerLink() as link):
                link.send(Select(self._bond.offer(), self._bond.received()))
            case SendOpen(link=PeerLink() as link):
                link.send(Open(self._bond.received()))
            case Drop(link=PeerLink() as link):
                link.close("not-chosen")
            case Chosen(link=PeerLink() as link):
                self._chosen(link)

    def _chosen(self, link: PeerLink) -> None:
        self._links.pop(link)
        received = self._positions.pop(link, 0)
        self._stop()
        self._bond.agree()
        for other in list(self._links):
            other.close("not-chosen")
        self._keep_fresh(link)
        self._user.met(link, received)

    def _keep_fresh(self, link: PeerLink) -> None:
        if link.secured is not None:
            role, now = self._role, self._reactor.seconds()
            link.renew_with(
                Renewal(link.secured, role.static, role.primitives, now, is_host=role.is_host)
            )

    def _set_wake(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        deadline = self._race.deadline
        if deadline is not None and self._racing:
            self._wake = self._reactor.callLater(
                max(0, deadline - self._reactor.seconds()), self._tick
            )

    def _tick(self) -> None:
        self._wake = None
        self._carry_out(self._race.tick(self._reactor.seconds()))

    def _time_is_up(self) -> None:
        tried = self.tried
        # The other side may have taken a link as chosen: of a conversation that goes on, it must
        # not be told that we have left.
        self.cancel("not-chosen" if self._bond.secret else "left")
        self._user.not_met(tried)

    def _stop(self) -> None:
        """End the race; whoever dials us is still heard."""
        self._racing = False
        for dialer in self._dialers.values():
            dialer.stop()
        if self._relay is not None:
            self._relay.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None

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
from chatd.peer.dialer import Dialer
from chatd.peer.link import PeerLink
from chatd.peer.listener import Listener
from chatd.peer.race import Chosen, Drop, GuestRace, HostRace, Race, SendOpen, SendSelect, Step
from chatd.peer.relay_dialer import RelayDialer, RelayPlace
from chatd.peer.renewal import Renewal
from chatd.wire.keying import Introduction
from chatd.wire.opening import Ephemerals, GuestSide, HostSide, Opening
from chatd.wire.peer import Open, PeerMessage, Select
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

    def met(self, link: PeerLink) -> None:
        """This link was chosen by both; its user is to be replaced at once."""

    def not_met(self, reasons: list[tuple[str, str]]) -> None:
        """Time is up: what was tried, and why each failed."""


class Meeting:
    """One race: listens, dials every candidate, and lets `Race` choose."""

    def __init__(
        self,
        reactor: Any,
        listener: Listener,
        role: Role,
        plan: Plan,
        user: MeetingUser,
        random: Random,
    ) -> None:
        self._reactor = reactor
        self._listener = listener
        self._role = role
        self._user = user
        self._race: Race = HostRace() if role.is_host else GuestRace()
        self._ephemerals = Ephemerals()
        self._links: dict[PeerLink, str] = {}
        self._reasons = dict.fromkeys(plan.candidates, "no answer") | dict(plan.refused)
        self._accepted_reasons: list[str] = []
        self._dialers = [self._dialer(candidate, plan, random) for candidate in plan.candidates]
        self._relay_only = plan.relay_only
        self._relay_reason = "not asked in time"
        self._relay = self._relay_dialer(plan.relay) if plan.relay else None
        self._wake: IDelayedCall | None = None
        self._timer = reactor.callLater(plan.seconds, self._time_is_up)

    def start(self) -> None:
        """Begin to accept and to dial."""
        if not self._relay_only:
            self._listener.start(self._accept)
        for dialer in self._dialers:
            dialer.start()
        if self._relay is not None:
            head_start = limits.RELAY_HEAD_START_SECONDS if self._dialers else 0
            self._relay.start(head_start)

    def cancel(self) -> None:
        """End everything, without a word to the user."""
        self._stop()
        for link in list(self._links):
            link.close("left")

    # -- links come and go

    def _dialer(self, candidate: Candidate, plan: Plan, random: Random) -> Dialer:
        return Dialer(
            self._reactor,
            candidate,
            lambda: self._new_link(candidate),
            lambda reason: self._reasons.__setitem__(candidate, reason),
            local_port=self._listener.port,
            tries=limits.DIAL_TRIES if candidate == plan.retried else 1,
            random=random,
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
            self._ephemerals,
            dialled=dialled,
            primitives=role.primitives,
        )

    def link_verified(self, link: PeerLink) -> None:
        """A handshake completed."""
        self._carry_out(self._race.verified(link, self._reactor.seconds()))

    def link_received(self, link: PeerLink, message: PeerMessage) -> None:
        """Only SELECT and OPEN belong here; a CLOSE has ended the link already."""
        match message:
            case Select():
                self._carry_out(self._race.selected(link, self._reactor.seconds()))
            case Open():
                self._carry_out(self._race.opened(link, self._reactor.seconds()))
            case _ if not link.channel.is_ending:
                raise Unexpected

    def link_closed(self, link: PeerLink, error: ChatdError | None) -> None:
        """One link failed; the race goes on."""
        self._links.pop(link, None)
        reason = str(error) if error else "closed by the other side"
        if link.candidate:
            self._reasons[link.candidate] = reason
        elif link.relayed:
            self._relay_reason = reason
        elif error is not None and len(self._accepted_reasons) < limits.UNFINISHED_LINKS:
            self._accepted_reasons.append(reason)
        if link.secured:
            self._carry_out(self._race.failed(link, self._reactor.seconds()))

    # -- decisions

    def _carry_out(self, steps: list[Step]) -> None:
        for step in steps:
            self._do(step)
        self._set_wake()

    def _do(self, step: Step) -> None:
        match step:
            case SendSelect(link=PeerLink() as link):
                link.send(Select())
            case SendOpen(link=PeerLink() as link):
                link.send(Open())
            case Drop(link=PeerLink() as link):
                link.close("not-chosen")
            case Chosen(link=PeerLink() as link):
                self._chosen(link)

    def _chosen(self, link: PeerLink) -> None:
        self._links.pop(link)
        self._stop()
        for other in list(self._links):
            other.close("not-chosen")
        self._keep_fresh(link)
        self._user.met(link)

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
        if deadline is not None and self._timer.active():
            self._wake = self._reactor.callLater(
                max(0, deadline - self._reactor.seconds()), self._tick
            )

    def _tick(self) -> None:
        self._wake = None
        self._carry_out(self._race.tick(self._reactor.seconds()))

    def _time_is_up(self) -> None:
        self.cancel()
        tried = [(written(candidate), why) for candidate, why in self._reasons.items()]
        tried += [("a link to us", why) for why in self._accepted_reasons]
        tried += [("the relay", self._relay_reason)] if self._relay else []
        self._user.not_met(tried)

    def _stop(self) -> None:
        self._listener.close()
        for dialer in self._dialers:
            dialer.stop()
        if self._relay is not None:
            self._relay.stop()
        if self._timer.active():
            self._timer.cancel()
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None

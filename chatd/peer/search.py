"""Looking for the other person: dials their addresses and the relay, and says what came of each."""

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Protocol

from msgspec import Struct, field
from twisted.internet.interfaces import IStreamClientEndpoint

from chatd import limits
from chatd.addresses import Candidate, written
from chatd.channel import SecureChannel
from chatd.peer.dialer import Dialer, Elsewhere, direct
from chatd.peer.link import PeerLink
from chatd.peer.relay_dialer import RelayDialer, RelayPlace
from chatd.peer.spray import Spray
from chatd.peer.telling import Exchange
from chatd.timer import Timer
from chatd.wire.ticket import OwnTicket


class Plan(Struct, frozen=True):
    """What to dial: the candidates in order, which of them are retried, and the reasons why some
    others are not dialled at all; then our place at the relay, and whether that is all there is,
    so that nobody may dial us either; how to reach a candidate through Tor, where we reach
    everything through it; the spray of ports that may find a direct link, where one may; the
    seconds that a search for a direct link goes on; and what both may tell each other of new
    addresses."""

    candidates: Sequence[Candidate]
    retried: Sequence[Candidate] = ()
    refused: Sequence[tuple[Candidate, str]] = field(default_factory=tuple)
    relay: RelayPlace | None = None
    relay_only: bool = False
    tor: Callable[[str, int], IStreamClientEndpoint] | None = None
    spray: Spray | None = None
    patience: float = limits.RACE_SECONDS
    exchange: Exchange | None = None

    @property
    def seconds(self) -> float:
        """How long the first race goes on."""
        return max(self.patience, limits.RELAY_RACE_SECONDS if self.relay else 0)


class Builder(Protocol):
    """Whoever makes the links for connections."""

    def direct_link(self, candidate: Candidate) -> SecureChannel:
        """For a connection to this address."""

    def relayed_link(self, ticket: OwnTicket) -> SecureChannel:
        """For a connection to the relay, at which this ticket opens."""


class Search:
    """One search after the other with the same plan, and one at a time."""

    def __init__(
        self, reactor: Any, plan: Plan, local_port: int, builder: Builder, random: Random
    ) -> None:
        self._reactor = reactor
        self._plan = plan
        self._local_port = local_port
        self._builder = builder
        self._random = random
        self._tries: float = 1
        self._dials_for: float = limits.RACE_SECONDS
        self._reasons = dict.fromkeys(plan.candidates, "no answer") | dict(plan.refused)
        self._accepted_reasons: list[str] = []
        self._relay_reason = "not asked in time"
        self._came_from: list[Candidate] = []
        self._told: list[Candidate] = []
        self._dialers: dict[Candidate, Dialer] = {}
        self._relay: RelayDialer | None = None
        self._pause = 0.0
        self._is_endless = False
        self._relay_pause = 1.0
        """Before the relay is dialled once more."""
        self._rests = Timer(reactor, lambda _: self._rest())
        self._goes_on = Timer(reactor, lambda _: self._dial_for_a_while())

    def everywhere(self) -> None:
        """Dial everything."""
        self._dial(1)
        self._dial_relay(limits.RELAY_HEAD_START_SECONDS if self._dialers else 0)

    def without_end(self) -> None:
        """Dial everything again and again, until `stop`."""
        self.stop()
        self._is_endless, self._relay_pause = True, 1
        self._dial(math.inf, limits.REDIAL_SECONDS)
        self._dial_relay(limits.RELAY_AGAIN_SECONDS if self._dialers else 0)

    def came_from(self, address: Candidate) -> None:
        """A link of the other side came from there: from now on that is dialled as well."""
        if address not in self._plan.candidates:
            newer = [each for each in self._came_from if each != address]
            self._came_from = [*newer, address][-limits.CAME_FROM :]

    def told(self, addresses: Sequence[Candidate]) -> bool:
        """The other side says that it is there now, in the place of what it said before; returns
        whether any of that is new."""
        new = [each for each in addresses if each not in self._candidates]
        for gone in set(self._told).difference(addresses):
            self._reasons.pop(gone, None)
        self._told = [each for each in addresses if each not in self._plan.candidates]
        self._reasons.update(dict.fromkeys(new, "no answer"))
        return bool(new)

    @property
    def is_endless(self) -> bool:
        """Whether everything is dialled, until `stop`."""
        return self._is_endless

    def directly(self) -> None:
        """Dial the addresses only, now and again with growing pauses, until `stop`."""
        self.stop()
        self._pause = limits.SEARCH_FIRST_PAUSE_SECONDS
        if self._candidates:
            self._dial_for_a_while()

    def stop(self) -> None:
        """Dial nothing more; connections that are there stay."""
        self._stop_dialing()
        self._is_endless = False
        if self._relay is not None:
            self._relay.stop()
        self._rests.stop()
        self._goes_on.stop()

    def closed(self, link: PeerLink, error: Exception | None) -> None:
        """A link that was made is gone before anybody talked on it."""
        reason = str(error) if error else "closed by the other side"
        if link.candidate:
            self._reasons[link.candidate] = reason
            if self._tries > 1 and link.candidate in self._dialers:
                self._dialers[link.candidate].again()
        elif link.relayed:
            self._relay_failed(reason)
        elif error is not None and len(self._accepted_reasons) < limits.UNFINISHED_LINKS:
            self._accepted_reasons.append(reason)

    @property
    def tried(self) -> list[tuple[str, str]]:
        """What was tried, and what is known of why it failed."""
        tried = [(written(candidate), why) for candidate, why in self._reasons.items()]
        tried += [("a link to us", why) for why in self._accepted_reasons]
        return tried + ([("the relay", self._relay_reason)] if self._relay else [])

    # -- inside

    @property
    def _candidates(self) -> list[Candidate]:
        return list(dict.fromkeys([*self._plan.candidates, *self._told, *self._came_from]))

    def _dial(self, tries: float, seconds: float = limits.RACE_SECONDS) -> None:
        self._tries, self._dials_for = tries, seconds
        self._dialers = {each: self._dialer(each) for each in self._candidates}
        for dialer in self._dialers.values():
            dialer.start()

    def _dial_for_a_while(self) -> None:
        self._dial(limits.DIAL_TRIES)
        self._rests.after(self._plan.patience)

    def _rest(self) -> None:
        self._stop_dialing()
        pause = self._pause
        self._pause = min(2 * pause, limits.SEARCH_MOST_PAUSE_SECONDS)
        self._goes_on.after(pause)

    def _stop_dialing(self) -> None:
        for dialer in self._dialers.values():
            dialer.stop()

    def _dialer(self, candidate: Candidate) -> Dialer:
        def build() -> SecureChannel:
            self._reasons[candidate] = "connected, but not in time"
            return self._builder.direct_link(candidate)

        least = limits.DIAL_TRIES if candidate in self._plan.retried else 1
        return Dialer(
            self._reactor,
            self._endpoint(candidate),
            build,
            lambda reason: self._reasons.__setitem__(candidate, reason),
            tries=max(self._tries, least),
            random=self._random,
        )

    def _endpoint(self, candidate: Candidate) -> IStreamClientEndpoint:
        if self._plan.tor is not None:
            return self._plan.tor(*candidate)
        shared = direct(self._reactor, candidate, self._local_port, self._dials_for)
        if not self._is_endless:
            return shared
        return Elsewhere(shared, direct(self._reactor, candidate, 0, self._dials_for))

    def _dial_relay(self, after: float) -> None:
        place = self._plan.relay
        if place is not None:
            self._relay = self._relay_dialer(place)
            self._relay.start(after)

    def _relay_dialer(self, place: RelayPlace) -> RelayDialer:
        def build() -> SecureChannel:
            self._relay_reason = "the other side did not come to the relay in time"
            return self._builder.relayed_link(place.ticket)

        return RelayDialer(self._reactor, place.endpoint, build, self._relay_failed)

    def _relay_failed(self, reason: str) -> None:
        self._relay_reason = reason
        if self._is_endless:
            pause = self._relay_pause
            self._relay_pause = min(2 * pause, limits.RELAY_MOST_PAUSE_SECONDS)
            self._dial_relay(pause)

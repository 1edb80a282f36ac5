"""Joins the links that show the two tickets of one introduction (protocol, "The relay")."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct, field
from twisted.internet.defer import Deferred

from chatd import limits
from chatd.log.levels import logger
from chatd.quiet import Quiet
from chatd.relay.budget import Budget, Quota
from chatd.relay.fair_share import FairShare
from chatd.relay.link import RelayLink
from chatd.relay.link_quota import LinkQuota, NoRoom, Owner
from chatd.relay.meter import Meter
from chatd.relay.pairing import Bounds, Pairing
from chatd.sources import Sources
from chatd.watch.tally import Tally
from chatd.wire.opening import Visit
from chatd.wire.seeds import Seeds
from chatd.wire.ticket import BadTicket, Ticket, admit


class Allowance(Struct, frozen=True):
    """What an operator lets people use: links, bytes a second in all and of a pair, and what one
    person and one source may pass."""

    bounds: Bounds = field(default_factory=Bounds)
    rate: int = limits.RELAY_RATE
    pair_rate: int = limits.RELAY_PAIR_RATE
    quota: Quota = field(default_factory=Quota)


SMALL = Allowance()
"""What a small machine can do without being noticed; the default."""
OPEN = Allowance(
    Bounds(limits.RELAY_OPEN_PAIRS),
    limits.RELAY_OPEN_RATE,
    limits.RELAY_OPEN_PAIR_RATE,
    Quota(
        limits.RELAY_OPEN_PERSON_BYTES,
        limits.RELAY_OPEN_SOURCE_BYTES,
        limits.RELAY_OPEN_SOURCE_RATE,
    ),
)
"""What a machine can do that is meant for it."""


class Relay:
    """All links that pass through one process; `wall_clock` gives seconds since 1970."""

    _log = logger()

    def __init__(
        self,
        seeds: Seeds,
        allowance: Allowance,
        clock: Any,
        wall_clock: Callable[[], float],
        sources: Sources | None = None,
        tally: Tally | None = None,
    ) -> None:
        self.tally = tally or Tally()
        self.passed = 0
        """Bytes that were passed on so far."""
        self.sources = sources or Sources()
        self._seeds = seeds
        self._allowance = allowance
        self._clock = clock
        self._wall_clock = wall_clock
        self._pairing: Pairing[RelayLink] = Pairing(allowance.bounds)
        self.shares = FairShare(allowance.rate)
        self._budget = Budget(allowance.quota)
        self._owners: dict[RelayLink, Owner] = {}
        # Apart from the others, so that whoever is turned away takes nobody's place.
        self._refused: LinkQuota[RelayLink] = LinkQuota(
            limits.RELAY_REFUSED, limits.RELAY_LINKS_PER_PERSON, limits.RELAY_LINKS_PER_SOURCE
        )

    @staticmethod
    def room(allowance: Allowance) -> int:
        """How many links there may be at once, those included that have shown no ticket yet, and
        those that are on their way out."""
        return 2 * allowance.bounds.pairs + limits.RELAY_UNPAIRED + limits.RELAY_REFUSED

    def allow(self, allowance: Allowance) -> None:
        """Let its links and rates hold from now on; pairs that are joined keep the rate of a pair
        that they have, and those that are too many by now stay."""
        self._allowance = allowance
        self._pairing.resize(allowance.bounds)
        self.shares.set_total(allowance.rate)

    @property
    def most_pairs(self) -> int:
        """How many pairs it may have at once."""
        return self._allowance.bounds.pairs

    @property
    def pairs(self) -> int:
        """How many pairs are joined."""
        return self._pairing.pairs

    @property
    def waiting(self) -> int:
        """How many links wait for their other side."""
        return self._pairing.waiting

    @property
    def now(self) -> float:
        """The time of its clock, in seconds."""
        return float(self._clock.seconds())

    @property
    def links(self) -> int:
        """How many links have shown a ticket, those included that end."""
        return len(self._pairing) + len(self._refused)

    def link(self, visit: Visit) -> RelayLink:
        """The protocol for a connection that shows a ticket."""
        return RelayLink(self, self._clock, visit)

    @property
    def shown(self) -> list[RelayLink]:
        """The links that have shown a ticket and were let in."""
        return list(self._owners)

    def close(self) -> Deferred[None]:
        """End every link, each with what was passed on to it; fires when they are gone."""
        for link in list(self._owners):
            link.end()
        quiet = Quiet(self._clock, lambda: self.links == 0)
        return quiet.within(limits.ABORT_SECONDS)

    # -- called by the links

    def arrived(self, link: RelayLink, visit: Visit, host: str) -> None:
        """A link shows its ticket; one that is not valid here, or not shown by its owner, is ended
        without a word."""
        try:
            ticket = admit(self._seeds, self._wall_clock(), visit.shown, visit.greeting)
        except BadTicket:
            self.tally.refuse("relay", "ticket", self.sources.of(host))
            link.abort()
            return
        self._seat(link, ticket, Owner(ticket.person, self.sources.of(host)))

    def _seat(self, link: RelayLink, ticket: Ticket, owner: Owner) -> None:
        if (stale := self._pairing.stale(ticket)) is not None:
            self._pairing.leave(stale)
            stale.abort()  # no words of ours are on their way to it, so it need not linger
        try:
            other = self._enter(link, ticket, owner)
        except NoRoom as no:
            self._refuse(link, owner, no.code)
            return
        self._owners[link] = owner
        if other is None:
            link.wait()
        else:
            self._join(link, other)

    def _enter(self, link: RelayLink, ticket: Ticket, owner: Owner) -> RelayLink | None:
        """Let one more in, in the place of whoever gives way; raises `NoRoom`."""
        if self._budget.is_used_up(owner, self._clock.seconds()):
            raise NoRoom("slow-down")
        try:
            return self._pairing.enter(link, ticket, owner)
        except NoRoom as no:
            leaving = self._pairing.giving_way(owner.source) if no.code == "full" else []
            if not leaving:
                raise
        for each in leaving:
            self._pairing.leave(each)
            each.abort()
        return self._pairing.enter(link, ticket, owner)

    def spoke(self, link: RelayLink, count: int) -> None:
        """So many bytes of a link were passed on."""
        self.passed += count
        self._pairing.spoke(link)

    def _refuse(self, link: RelayLink, owner: Owner, code: str) -> None:
        """Say why, unless the owner has too many links already that were told so."""
        self.tally.refuse("relay", code, owner.source)
        try:
            self._refused.enter(link, owner)
        except NoRoom:
            link.abort()
            return
        link.refuse(code)

    def left(self, link: RelayLink) -> None:
        """A link is gone."""
        self._refused.leave(link)
        self._pairing.leave(link)
        self._owners.pop(link, None)

    def used_up(self, link: RelayLink) -> None:
        """One side of the pair of a link has passed as much as it may."""
        self.tally.refuse("relay", "used-up", self._owners[link].source)

    def _join(self, link: RelayLink, other: RelayLink) -> None:
        owners = [self._owners[link], self._owners[other]]
        meter = Meter(self.shares, self._allowance.pair_rate, self._budget, owners)
        link.join(other, meter)
        other.join(link, meter)
        self._log.debug("a pair is joined; {links} links", links=self.links)

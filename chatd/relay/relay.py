"""Joins the links that show the two tickets of one introduction (protocol.md, "The relay")."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from twisted.logger import Logger

from chatd import limits
from chatd.addresses import source, without_zone
from chatd.relay.census import Census, NoRoom, Owner
from chatd.relay.link import RelayLink
from chatd.relay.meter import Meter
from chatd.relay.pairing import Bounds, Pairing
from chatd.relay.shares import Shares
from chatd.wire.opening import Visit
from chatd.wire.seeds import Seeds
from chatd.wire.ticket import BadTicket, Ticket, admit


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an operator lets people use: links, and bytes a second in all, a pair, and bytes of a
    whole conversation."""

    bounds: Bounds = field(default_factory=Bounds)
    rate: int = limits.RELAY_RATE
    pair_rate: int = limits.RELAY_PAIR_RATE
    pair_bytes: int = limits.RELAY_PAIR_BYTES


class Relay:
    """All links that pass through one process; `wall_clock` gives seconds since 1970."""

    _log = Logger(namespace="chatd.relay")

    def __init__(
        self, seeds: Seeds, allowance: Allowance, clock: Any, wall_clock: Callable[[], float]
    ) -> None:
        self._seeds = seeds
        self._allowance = allowance
        self._clock = clock
        self._wall_clock = wall_clock
        self._pairing: Pairing[RelayLink] = Pairing(allowance.bounds)
        self._shares = Shares(allowance.rate)
        # Apart from the others, so that whoever is turned away takes nobody's place.
        self._refused: Census[RelayLink] = Census(
            limits.RELAY_REFUSED, limits.RELAY_LINKS_PER_PERSON, limits.RELAY_LINKS_PER_ADDRESS
        )

    @property
    def most_links(self) -> int:
        """How many links it may have at once, those included that have shown no ticket yet, and
        those that are on their way out."""
        return 2 * self._allowance.bounds.pairs + limits.RELAY_UNPAIRED + limits.RELAY_REFUSED

    @property
    def links(self) -> int:
        """How many links have shown a ticket, those included that end."""
        return len(self._pairing) + len(self._refused)

    def link(self, visit: Visit) -> RelayLink:
        """The protocol for a connection that shows a ticket."""
        return RelayLink(self, self._clock, visit)

    # -- called by the links

    def arrived(self, link: RelayLink, visit: Visit, host: str) -> None:
        """A link shows its ticket; one that is not valid here, or not shown by its owner, is ended
        without a word."""
        try:
            ticket = admit(self._seeds, self._wall_clock(), visit.shown, visit.greeting)
        except BadTicket:
            link.abort()
            return
        self._seat(link, ticket, source(without_zone(host)))

    def _seat(self, link: RelayLink, ticket: Ticket, address: str) -> None:
        if (stale := self._pairing.stale(ticket)) is not None:
            self._pairing.leave(stale)
            stale.abort()  # no words of ours are on their way to it, so it need not linger
        try:
            other = self._pairing.enter(link, ticket, address)
        except NoRoom as no:
            self._refuse(link, Owner(ticket.person, address), no.code)
            return
        if other is None:
            link.wait()
        else:
            self._join(link, other)

    def _refuse(self, link: RelayLink, owner: Owner, code: str) -> None:
        """Say why, unless the owner has too many links already that were told so."""
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

    def log_used_up(self) -> None:
        """A pair has passed as much as it may."""
        self._log.info("a relayed conversation has used up its bytes")

    def _join(self, link: RelayLink, other: RelayLink) -> None:
        meter = Meter(self._shares, self._allowance.pair_rate, self._allowance.pair_bytes)
        link.join(other, meter)
        other.join(link, meter)
        self._log.debug("a pair is joined; {links} links", links=self.links)

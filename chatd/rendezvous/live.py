"""Puts the settings that can change into the parts of a daemon that runs, a few links at a time."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Generic, Protocol, TypeVar

from msgspec.structs import replace

from chatd import limits
from chatd.log.levels import show_debug
from chatd.log.pseudonyms import Pseudonyms
from chatd.relay.pairing import Bounds
from chatd.relay.relay import OPEN, SMALL, Allowance, Relay
from chatd.rendezvous.access import Access
from chatd.rendezvous.descriptors import make_room
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.logged_in import Session
from chatd.rendezvous.reception import Reception
from chatd.settings import table
from chatd.settings.settings import Settings

Link = TypeVar("Link")


class Walk(Generic[Link]):
    """Visits links that are there when it begins; those that come meanwhile are not its affair."""

    def __init__(self, clock: Any, visit: Callable[[Link], None]) -> None:
        self._clock = clock
        self._visit = visit
        self._left: Iterator[Link] = iter(())
        self._later: Any = None

    def begin(self, links: Iterable[Link]) -> None:
        """Visit these, in place of what is left of those before."""
        self._left = iter(list(links))
        if self._later is None:
            self._go_on()

    def _go_on(self) -> None:
        self._later = None
        some = list(islice(self._left, limits.VISITED))
        for link in some:
            self._visit(link)
        if len(some) == limits.VISITED:
            self._later = self._clock.callLater(0, self._go_on)


class Reviewed(Protocol):
    """A link, wherever it is."""

    def review(self, access: Access) -> None:
        """End, if the one who has it may not be here."""


class Live:
    """The parts of one daemon, of which a relay alone has only that; each takes new settings while
    people are there."""

    def __init__(
        self,
        clock: Any,
        access: Access,
        factory: RendezvousFactory | None,
        relay: Relay | None,
        pseudonyms: Pseudonyms,
    ) -> None:
        self._pseudonyms = pseudonyms
        self._access = access
        self._needed = (0, 0)
        self._room = 0
        self._factory = factory
        self._relay = relay
        self._review: Walk[Reviewed] = Walk(clock, lambda link: link.review(access))
        self._telling = None if factory is None else Walk[Session](clock, factory.lobby.tell)

    def apply(self, wanted: Settings) -> None:
        """Let these settings hold from now on; raises `StartupError`, and then nothing changes."""
        needed = self._links(wanted)
        if needed != self._needed:
            self._room = make_room(*needed)
        self._needed = needed
        show_debug(wanted[table.DEBUG])
        self._pseudonyms.bare = wanted[table.LOG_ADDRESSES]
        if self._relay is not None:
            self._relay.allow(allowance(wanted))
            self._relay.sources.share(wanted[table.SHARED])
        if self._factory is not None:
            self._introduce(self._factory, wanted)
        self._access.bans.configure(wanted[table.BANNED])
        self._access.allowed.configure(wanted[table.ALLOWED], is_private=wanted[table.PRIVATE])
        self.enforce()

    def enforce(self) -> None:
        """End the links of those who may not be here any more."""
        at_server = [] if self._factory is None else self._factory.reception.all
        at_relay = [] if self._relay is None else self._relay.shown
        self._review.begin([*at_server, *at_relay])

    def _introduce(self, factory: RendezvousFactory, wanted: Settings) -> None:
        lobby, names = factory.lobby, factory.lobby.names
        factory.suites = wanted[table.SUITE_LIST]
        factory.reception.sources.share(wanted[table.SHARED])
        room = self._room - self._at_relay(wanted)
        factory.reception.resize(wanted[table.MAX_CLIENTS], room)
        lobby.resize(wanted[table.MAX_CLIENTS])
        self._say(lobby, wanted[table.MOTD])
        names.limit(
            total=wanted[table.NAMES],
            per_key=wanted[table.NAMES_PER_KEY],
            per_source=wanted[table.NAMES_PER_SOURCE],
            kept_seconds=wanted[table.NAMES_KEPT_DAYS] * 24 * 3600,
        )

    def _say(self, lobby: Lobby, notice: str) -> None:
        """Have everybody read it, those who are here and those who come; an empty one is not
        told."""
        is_new, lobby.notice = notice != lobby.notice, notice
        if is_new and notice and self._telling is not None:
            self._telling.begin(lobby.sessions)

    def _links(self, wanted: Settings) -> tuple[int, int]:
        """For how many links there has to be room, and how many there can be."""
        least = most = self._at_relay(wanted)
        if self._factory is not None:
            at_server = Reception.links(wanted[table.MAX_CLIENTS])
            least, most = least + at_server[0], most + at_server[1]
        return least, most

    def _at_relay(self, wanted: Settings) -> int:
        return 0 if self._relay is None else Relay.room(allowance(wanted))


def allowance(wanted: Settings) -> Allowance:
    """What the settings let people use at the relay: that of its kind, with what was said of it."""
    kind = OPEN if wanted[table.RELAY] == "open" else SMALL
    return replace(
        kind,
        bounds=Bounds(wanted[table.RELAY_PAIRS] or kind.bounds.pairs),
        rate=wanted[table.RELAY_RATE] or kind.rate,
        pair_rate=wanted[table.RELAY_PAIR_RATE] or kind.pair_rate,
    )

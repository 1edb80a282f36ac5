"""Puts the settings that can change into the parts of a daemon that runs."""

from chatd.log.pseudonyms import Pseudonyms
from chatd.relay.relay import Relay
from chatd.rendezvous.descriptors import make_room
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.log import show_debug
from chatd.rendezvous.reception import Reception
from chatd.rendezvous.relay_allowance import allowance
from chatd.settings import table
from chatd.settings.settings import Settings


class Live:
    """The parts of one daemon, of which a relay alone has only that; each takes new settings while
    people are there."""

    def __init__(
        self, factory: RendezvousFactory | None, relay: Relay | None, pseudonyms: Pseudonyms
    ) -> None:
        self._pseudonyms = pseudonyms
        self._factory = factory
        self._relay = relay

    def apply(self, wanted: Settings) -> None:
        """Let these settings hold from now on; raises `StartupError`, and then nothing changes."""
        make_room(self._links(wanted))
        show_debug(wanted[table.DEBUG])
        self._pseudonyms.bare = wanted[table.LOG_ADDRESSES]
        if self._relay is not None:
            self._relay.allow(allowance(wanted))
            self._relay.sources.share(wanted[table.SHARED])
        if self._factory is not None:
            self._introduce(self._factory, wanted)

    def enforce(self) -> None:
        """End the links of those who may not be here any more."""
        if self._factory is None:
            return
        is_banned = self._factory.lobby.names.access.bans.address
        self._factory.lobby.expel()
        self._factory.reception.expel(is_banned)
        if self._relay is not None:
            self._relay.expel(is_banned)

    def _introduce(self, factory: RendezvousFactory, wanted: Settings) -> None:
        lobby, names = factory.lobby, factory.lobby.names
        factory.suites = wanted[table.SUITE_LIST]
        factory.reception.sources.share(wanted[table.SHARED])
        factory.reception.resize(wanted[table.MAX_CLIENTS])
        lobby.resize(wanted[table.MAX_CLIENTS])
        lobby.notice = wanted[table.MOTD]
        names.limit(
            total=wanted[table.NAMES],
            per_key=wanted[table.NAMES_PER_KEY],
            per_source=wanted[table.NAMES_PER_SOURCE],
            kept_seconds=wanted[table.NAMES_KEPT_DAYS] * 24 * 3600,
        )
        names.access.bans.configure(wanted[table.BANNED])
        names.access.allowed.configure(wanted[table.ALLOWED], is_private=wanted[table.PRIVATE])
        self.enforce()

    def _links(self, wanted: Settings) -> int:
        at_relay = 0 if self._relay is None else Relay.room(allowance(wanted))
        if self._factory is None:
            return at_relay
        return at_relay + Reception.most_links(wanted[table.MAX_CLIENTS])

"""The work of a daemon that introduces people, on what it keeps in its data folder."""

import time
from functools import partial
from secrets import token_bytes
from typing import Self

from msgspec import Struct

from chatd.assembly.ground import Ground
from chatd.relay.relay import Relay
from chatd.rendezvous.access import Access
from chatd.rendezvous.admin import Desk, check_free
from chatd.rendezvous.data_folder import Found, open_folder
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.hold_keeping import HoldKeeping
from chatd.rendezvous.live import Live
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.name_disk import NameDisk
from chatd.rendezvous.name_store import QueuedNameStore
from chatd.rendezvous.names import Names
from chatd.rendezvous.reloading import SettingsAgain
from chatd.rendezvous.seen_time import SeenTime
from chatd.rendezvous.service import Folder, Rendezvous
from chatd.rendezvous.shown_file import ShownFile
from chatd.rendezvous.tickets import Tickets
from chatd.rendezvous.timekeeping import Timekeeping
from chatd.rendezvous.tokens import Tokens
from chatd.rendezvous.vouchers import Vouchers
from chatd.seed_file import DOOR
from chatd.settings import table
from chatd.sources import Sources
from chatd.steady import seconds
from chatd.watch.server import server as figures
from chatd.watch.server import store as figures_of_store
from chatd.watch.watch import Watch


class Kept(Struct, frozen=True):
    """`found` is as it was at the start, the rest goes on; `passed` counts the time that daemons
    have seen."""

    found: Found
    store: QueuedNameStore
    passed: SeenTime
    access: Access
    names: Names
    tokens: Tokens
    vouchers: Vouchers

    @classmethod
    def of(cls, ground: Ground) -> Self:
        """That of the folder in the settings; raises `ChatdError`."""
        found = _found(ground)
        store = QueuedNameStore(ground.reactor, NameDisk(ground.reactor, ground.settings.data_dir))
        passed = SeenTime(seconds, time.time(), found.stored.passed)
        access = Access(store, found.stored.bans, found.stored.allowed)
        names = Names(passed.now, store, found.stored.bindings, access)
        door, date = ground.seeds(DOOR), ground.dates.now
        tokens = Tokens(door, date, token_bytes)
        return cls(found, store, passed, access, names, tokens, Vouchers(door, date))


def _found(ground: Ground) -> Found:
    wanted = ground.settings
    check_free(wanted.data_dir)
    return open_folder(
        wanted.data_dir,
        without_names=wanted[table.WITHOUT_NAMES],
        new_key=wanted[table.NEW_KEY],
    )


def server(ground: Ground, tickets: Tickets | None, relay: Relay | None) -> Rendezvous:
    """One that gives `tickets`, if there is a relay, which may be this one; raises `ChatdError`."""
    kept = Kept.of(ground)
    lobby = _lobby(ground, kept, tickets)
    factory = _factory(ground, kept, lobby, relay)
    folder = _folder(ground, kept, lobby)
    _watch(ground.watch, kept, factory)
    live = Live(ground.reactor, kept.access, factory, relay, ground.watch.pseudonyms)
    ground.obey(live)
    desk = Desk(ground.current, SettingsAgain(ground.reactor, ground.current), live.enforce)
    public = kept.found.static.public
    return Rendezvous(ground.reactor, factory, public, folder, ground.watch, desk, relay)


def _lobby(ground: Ground, kept: Kept, tickets: Tickets | None) -> Lobby:
    return Lobby(
        ground.reactor,
        token_bytes,
        ground.settings[table.MAX_CLIENTS],
        tickets,
        kept.names,
        kept.tokens,
        kept.vouchers,
        tally=ground.watch.tally,
    )


def _factory(ground: Ground, kept: Kept, lobby: Lobby, relay: Relay | None) -> RendezvousFactory:
    return RendezvousFactory(
        kept.found.static,
        lobby,
        ground.reactor,
        token_bytes,
        ground.settings[table.SUITE_LIST],
        relay=relay.link if relay else None,
        sources=Sources(ground.settings[table.SHARED]),
        guest=kept.tokens.guest,
        called=ground.watch.pseudonyms.called,
    )


def _folder(ground: Ground, kept: Kept, lobby: Lobby) -> Folder:
    path, store, passed, dates = ground.settings.data_dir, kept.store, kept.passed, ground.dates
    another_day = kept.names.another_day
    timekeeping = Timekeeping(ground.reactor, time.time, dates, passed, store, another_day)
    shown = ShownFile(path, kept.tokens.shown)
    holds = HoldKeeping(lobby.introductions.holds, seconds, passed, store, kept.found.stored.held)
    return Folder(path, store, timekeeping, dates, ground.keepers, shown, holds)


def _watch(watch: Watch, kept: Kept, factory: RendezvousFactory) -> None:
    watch.add(partial(figures_of_store, kept.store))
    watch.add(partial(figures, factory.lobby, factory.reception))
    watch.health.needs("names cannot be stored", lambda: not kept.store.works)

"""The daemon for `twistd chatd`, and for chat.tac."""

import os
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from twisted.application.service import Application, IService
from twisted.logger import ILogObserver

from chatd import pid_file as pid_files
from chatd.collector import Collector
from chatd.dates import Dates
from chatd.disk_thread import in_disk_thread
from chatd.errors import ChatdError
from chatd.log import place
from chatd.log.pseudonyms import Pseudonyms
from chatd.relay.relay import Relay
from chatd.relay.service import RelayFactory
from chatd.rendezvous.access import Access
from chatd.rendezvous.admin import Desk, check_free
from chatd.rendezvous.closed import Closed
from chatd.rendezvous.data_folder import open_folder
from chatd.rendezvous.factory import RendezvousFactory
from chatd.rendezvous.hold_keeping import HoldKeeping
from chatd.rendezvous.listening import Listening, Work
from chatd.rendezvous.live import Live
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.log import logger, show_debug
from chatd.rendezvous.name_disk import NameDisk
from chatd.rendezvous.name_store import QueuedNameStore
from chatd.rendezvous.names import Names
from chatd.rendezvous.ports import Place, places
from chatd.rendezvous.predecessor import Predecessor, report
from chatd.rendezvous.relay_allowance import allowance
from chatd.rendezvous.relaying import Relaying
from chatd.rendezvous.reloading import Reloads
from chatd.rendezvous.seen_time import SeenTime
from chatd.rendezvous.service import Folder, Rendezvous
from chatd.rendezvous.settings_again import SettingsAgain
from chatd.rendezvous.shown_file import ShownFile
from chatd.rendezvous.signals import Signals
from chatd.rendezvous.succession import Succession, same_again
from chatd.rendezvous.supervisor import Supervised, Supervisor
from chatd.rendezvous.tickets import Tickets
from chatd.rendezvous.timekeeping import Timekeeping, log_jump
from chatd.rendezvous.tokens import Tokens
from chatd.rendezvous.vouchers import Vouchers
from chatd.seed_file import DOOR, RELAY, SeedFile
from chatd.seed_keeper import SeedKeeper
from chatd.segments import small_segments
from chatd.settings import options as settings_options
from chatd.settings import settings, table
from chatd.settings.current import Current
from chatd.settings.settings import Settings
from chatd.sources import Sources
from chatd.steady import seconds, steady
from chatd.watch.relay import relay as figures_of_relay
from chatd.watch.server import refused
from chatd.watch.server import server as figures_of_server
from chatd.watch.store import store as figures_of_store
from chatd.watch.watch import Watch
from chatd.watch.watched import Watched
from chatd.wire.seeds import Seeds


class Options(settings_options.Options):
    """The options of `twistd chatd`; `settings` is what they come to, with variables and file."""

    settings: Settings
    pid_file = ""

    def postOptions(self) -> None:
        """Read what was given; what cannot be used ends the process with one line."""
        with _one_line():
            if self.parent is not None:
                pid_files.settle(self.parent)
                self.pid_file = self.parent["pidfile"]
            self.settings = settings.read(self.given, os.environ)
            if self.parent is not None:
                place.take(self.parent, self.settings[table.LOG_FORMAT])


def makeService(options: Options) -> IService:
    """The service of `twistd chatd`; what prevents it ends the process with one line."""
    with _one_line():
        return service(options.settings, options.pid_file)


def application_from_environment(environ: Mapping[str, str], argv: Sequence[str]) -> Any:
    """The daemon with the settings in `CHATD_...` variables, for a twistd with this command line;
    ends the process as `makeService`."""
    with _one_line():
        wanted = settings.read({}, environ)
        twistd = place.options_of(argv)
        place.take(twistd, wanted[table.LOG_FORMAT])
        application: Any = Application("chatd")
        pid_file, more = pid_files.for_a_file(twistd)
        service(wanted, pid_file, more).setServiceParent(application)
        if twistd["logger"] == place.OBSERVER:
            application.setComponent(ILogObserver, place.observer())
        return application


def service(wanted: Settings, pid_file: str = "", more: Sequence[str] = ()) -> IService:
    """The daemon, to be started by twistd; raises `ChatdError`.

    `more` is what the process that takes over from it has at the end of its command line.
    """
    # Imported here: importing it installs it, and twistd has its own say in which one.
    from twisted.internet import reactor

    small_segments(steady(reactor))
    show_debug(wanted[table.DEBUG])
    _last_word()
    watch = Watch(reactor, Pseudonyms(time.time, secrets.token_bytes))
    current = Current(wanted)
    before = Predecessor.of(reactor, os.environ, pid_file)
    work = _begin(wanted, before, partial(_work, current, reactor, watch))
    reloads = Reloads()
    reloads.add("settings", SettingsAgain(reactor, current).read)
    everywhere = [*wanted.endpoints, *_metrics(wanted)]
    proxies, refused_here = wanted[table.PROXIES], watch.refused_link
    found = places(reactor, everywhere, proxies, reloads, before.sockets, refused_here)
    here, beside = found[: len(wanted.endpoints)], found[len(wanted.endpoints) :]
    listening = Listening(reactor, [each.endpoint for each in here], work)
    supervisor = Supervisor(os.environ, os.getpid())
    after = Succession(reactor, same_again(more), found, listening, supervisor, before.pid_file)
    rotation = {signal.SIGUSR1: place.begin_anew} if place.has_file() else {}
    actions = {signal.SIGHUP: reloads.run, signal.SIGUSR2: after.begin, **rotation}
    signals, supervised = Signals(reactor, actions), Supervised(reactor, supervisor)
    daemon = _watched(watch, beside)
    for part in (Closed(), signals, listening, supervised, Collector(reactor), before):
        part.setServiceParent(daemon)  # type: ignore[no-untyped-call]
    return daemon


def _begin(wanted: Settings, before: Predecessor, work: Callable[[], Work]) -> Callable[[], Work]:
    if before.is_there or _may_change_account(wanted.data_dir):
        return before.first(work)
    made = work()
    return lambda: made


def _metrics(wanted: Settings) -> list[str]:
    return [wanted[table.METRICS]] if wanted[table.METRICS] else []


def _watched(watch: Watch, places: Sequence[Place]) -> Watched:
    if not places:
        return Watched(watch, None, None)
    # Twisted's HTTP takes its time to be imported, which others need not wait for.
    from chatd.watch.site import site

    return Watched(watch, places[0].endpoint, site(watch))


def _may_change_account(folder: Path) -> bool:
    """Whether to make and read files only when twistd's --uid has had its effect: root may be on
    its way to an account that is to have them. Else what prevents a start is known here, where
    whoever starts a daemon still listens."""
    return os.geteuid() == 0 and not (folder.exists() and folder.stat().st_uid == 0)


def _work(current: Current, reactor: Any, watch: Watch) -> Work:
    wanted = current.settings
    dates = Dates(seconds, time.time, log_jump)
    elsewhere = wanted.relay_elsewhere
    seeds = _Seeds(wanted.data_dir, reactor, dates.now)
    at_relay = seeds.of(RELAY) if wanted.relays_here or elsewhere is not None else None
    relay = _relay(wanted, at_relay, reactor, dates, watch)
    if wanted.only_relays and relay is not None:
        watch.add(partial(refused, watch.tally))
        at_door = RelayFactory(relay, reactor, secrets.token_bytes)
        current.apply = Live(reactor, at_door.access, None, relay, watch.pseudonyms).apply
        current.apply(wanted)
        return Relaying(at_door, relay, seeds.keepers)
    check_free(wanted.data_dir)
    found = open_folder(
        wanted.data_dir,
        without_names=wanted[table.WITHOUT_NAMES],
        new_key=wanted[table.NEW_KEY],
    )
    store = QueuedNameStore(reactor, NameDisk(reactor, wanted.data_dir))
    passed = SeenTime(seconds, time.time(), found.time)
    access = Access(store, found.bans, found.allowed)
    names = Names(passed.now, store, found.bindings, access)
    tickets = Tickets(at_relay, elsewhere, dates.now) if at_relay is not None else None
    door = seeds.of(DOOR)
    tokens = Tokens(door, dates.now, secrets.token_bytes)
    shown = ShownFile(wanted.data_dir, tokens.shown)
    lobby = Lobby(
        reactor,
        secrets.token_bytes,
        wanted[table.MAX_CLIENTS],
        tickets,
        names,
        tokens,
        Vouchers(door, dates.now),
        tally=watch.tally,
    )
    factory = RendezvousFactory(
        found.static,
        lobby,
        reactor,
        secrets.token_bytes,
        wanted[table.SUITE_LIST],
        relay=relay.link if relay else None,
        sources=Sources(wanted[table.SHARED]),
        guest=tokens.guest,
        called=watch.pseudonyms.called,
    )
    watch.add(partial(figures_of_store, store))
    watch.add(partial(figures_of_server, lobby, factory.reception))
    watch.health.needs("names cannot be stored", lambda: not store.works)
    timekeeping = Timekeeping(reactor, time.time, dates, passed, store, names.another_day)
    holds = HoldKeeping(lobby.introductions.holds, seconds, passed, store, found.held)
    folder = Folder(wanted.data_dir, store, timekeeping, dates, seeds.keepers, shown, holds)
    live = Live(reactor, access, factory, relay, watch.pseudonyms)
    current.apply = live.apply
    current.apply(wanted)
    desk = Desk(current, SettingsAgain(reactor, current), live.enforce)
    return Rendezvous(reactor, factory, found.static.public, folder, watch, desk, relay)


class _Seeds:
    """The seeds in a data folder, and what moves them on."""

    def __init__(self, folder: Path, reactor: Any, date: Callable[[], float]) -> None:
        self._folder = folder
        self._reactor = reactor
        self._date = date
        self.keepers: list[SeedKeeper] = []

    def of(self, name: str) -> Seeds:
        """Those of one file; raises `StorageError`."""
        file = SeedFile(self._folder, name)
        seeds = file.load(secrets.token_bytes, self._date())
        in_thread = partial(in_disk_thread, self._reactor)
        self.keepers.append(SeedKeeper(self._reactor, file, seeds, self._date, in_thread))
        return seeds


def _relay(
    wanted: Settings, seeds: Seeds | None, clock: Any, dates: Dates, watch: Watch
) -> Relay | None:
    if not wanted.relays_here or seeds is None:
        return None
    shared = Sources(wanted[table.SHARED])
    made = Relay(seeds, allowance(wanted), clock, dates.now, shared, watch.tally)
    watch.add(partial(figures_of_relay, made))
    return made


@contextmanager
def _one_line() -> Iterator[None]:
    """Turn an error into one line on stderr and exit status 1.

    twistd prints a traceback for other exceptions, and a UsageError after the whole help. It
    has not forked yet at this point, so that the status reaches whoever started it.
    """
    try:
        yield
    except ChatdError as error:
        report(os.environ, str(error))
        raise SystemExit(in_one_line(error)) from None


def in_one_line(error: ChatdError) -> str:
    """An error and its hint, for a log."""
    hint = f" ({error.hint})" if error.hint else ""
    return f"chatd: error: {error}{hint}"


def _last_word() -> None:
    """Let what a service raises at its start, after which twistd ends with status 1, be one line
    on stderr and in the log as well."""
    others = sys.excepthook

    def say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, ChatdError):
            others(kind, error, trace)
            return
        report(os.environ, str(error))
        logger().error("{reason}", reason=in_one_line(error))
        # The other one leads to the log by now.
        print(in_one_line(error), file=sys.__stderr__)

    sys.excepthook = say

"""The daemon as a service of Twisted: its ports, its signals, its upgrades, and its work, as its
settings want it."""

import gc
import os
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from secrets import token_bytes
from typing import Any

from twisted.application.service import IService, Service

from chatd.assembly.ground import Ground
from chatd.assembly.relay import relay, relaying
from chatd.assembly.server import server
from chatd.collector import Collector
from chatd.log import place
from chatd.log.levels import show_debug
from chatd.log.pseudonyms import Pseudonyms
from chatd.memory import close_memory
from chatd.rendezvous.listening import Listening, Work
from chatd.rendezvous.ports import Place, places
from chatd.rendezvous.predecessor import Predecessor
from chatd.rendezvous.reloading import Daily, Reloads, SettingsAgain
from chatd.rendezvous.signals import Signals
from chatd.rendezvous.succession import Succession, same_again
from chatd.rendezvous.supervisor import Supervised, Supervisor
from chatd.rendezvous.tickets import Tickets
from chatd.seed_file import RELAY
from chatd.segments import small_segments
from chatd.settings import table
from chatd.settings.current import Current
from chatd.settings.settings import Settings
from chatd.start_faults import last_word
from chatd.steady import steady
from chatd.watch.watch import Watch
from chatd.watch.watched import Watched


def daemon(wanted: Settings, pid_file: str = "", more: Sequence[str] = ()) -> IService:
    """The daemon, to be started by twistd; raises `ChatdError`.

    `more` is what the process that takes over from it has at the end of its command line.
    """
    # Imported here: importing it installs it, and twistd has its own say in which one.
    from twisted.internet import reactor

    # All that was imported stays: a collection during the start would look at it for nothing.
    gc.freeze()
    small_segments(steady(reactor))
    show_debug(wanted[table.DEBUG])
    last_word()
    current, before = Current(wanted), Predecessor.of(reactor, os.environ, pid_file)
    watch, reloads = Watch(reactor, Pseudonyms(time.time, token_bytes)), Reloads()
    begin = _begin(wanted, before, partial(work, current, reactor, watch))
    reloads.add("settings", SettingsAgain(reactor, current).read)
    here, beside = _places(reactor, wanted, reloads, before, watch)
    listening = Listening(reactor, [each.endpoint for each in here], begin)
    supervisor, found = Supervisor(os.environ, os.getpid()), [*here, *beside]
    after = Succession(reactor, same_again(more), found, listening, supervisor, before.pid_file)
    made = _watched(watch, beside)
    signals, supervised = _signals(reactor, reloads, after), Supervised(reactor, supervisor)
    daily, collector = Daily(reactor, reloads), Collector(reactor)
    for part in (Closed(), signals, listening, supervised, collector, daily, before):
        part.setServiceParent(made)  # type: ignore[no-untyped-call]
    return made


def _begin(wanted: Settings, before: Predecessor, work: Callable[[], Work]) -> Callable[[], Work]:
    """What begins the work: as much of it as can be done by now is done."""
    if before.is_there or _may_change_account(wanted.data_dir):
        return before.first(work)
    made = work()
    return lambda: made


def _may_change_account(folder: Path) -> bool:
    """Whether to make and read files only when twistd's --uid has had its effect: root may be on
    its way to an account that is to have them. Else what prevents a start is known here, where
    whoever starts a daemon still listens."""
    return os.geteuid() == 0 and not (folder.exists() and folder.stat().st_uid == 0)


def _places(
    reactor: Any, wanted: Settings, reloads: Reloads, before: Predecessor, watch: Watch
) -> tuple[list[Place], list[Place]]:
    """Where people come to, and where figures are read, if that is wanted."""
    metrics = [wanted[table.METRICS]] if wanted[table.METRICS] else []
    everywhere, proxies = [*wanted.endpoints, *metrics], wanted[table.PROXIES]
    found = places(reactor, everywhere, proxies, reloads, before.sockets, watch.refused_link)
    return found[: len(wanted.endpoints)], found[len(wanted.endpoints) :]


def _signals(reactor: Any, reloads: Reloads, after: Succession) -> Signals:
    rotation = {signal.SIGUSR1: place.begin_anew} if place.has_file() else {}
    return Signals(reactor, {signal.SIGHUP: reloads.run, signal.SIGUSR2: after.begin, **rotation})


def _watched(watch: Watch, places: Sequence[Place]) -> Watched:
    if not places:
        return Watched(watch, None, None)
    # Twisted's HTTP takes its time to be imported, which others need not wait for.
    from chatd.watch.site import site

    return Watched(watch, places[0].endpoint, site(watch))


def work(current: Current, reactor: Any, watch: Watch) -> Work:
    """A server, with a relay or without, or a relay alone; raises `ChatdError`."""
    ground = Ground(current, reactor, watch)
    wanted, elsewhere = ground.settings, ground.settings.relay_elsewhere
    if not wanted.relays_here and elsewhere is None:
        return server(ground, None, None)
    seeds = ground.seeds(RELAY)
    here = relay(ground, seeds) if wanted.relays_here else None
    if wanted.only_relays and here is not None:
        return relaying(ground, here)
    return server(ground, Tickets(seeds, elsewhere, ground.dates.now), here)


class Closed(Service):
    """Closes it when the process has the account that it will keep."""

    def startService(self) -> None:
        """Close it, before anything else is begun."""
        close_memory()
        super().startService()  # type: ignore[no-untyped-call]

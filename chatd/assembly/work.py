"""The work of a daemon, as its settings want it."""

from typing import Any

from chatd.assembly.ground import Ground
from chatd.assembly.relay import relay, relaying
from chatd.assembly.server import server
from chatd.rendezvous.listening import Work
from chatd.rendezvous.tickets import Tickets
from chatd.seed_file import RELAY
from chatd.settings.current import Current
from chatd.watch.watch import Watch


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

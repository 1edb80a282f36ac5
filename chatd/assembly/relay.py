"""The relay of a daemon, and the work of one that does nothing else."""

from functools import partial
from secrets import token_bytes

from chatd.assembly.ground import Ground
from chatd.relay.relay import Relay
from chatd.relay.service import RelayFactory
from chatd.rendezvous.live import Live, allowance
from chatd.rendezvous.relaying import Relaying
from chatd.settings import table
from chatd.sources import Sources
from chatd.watch.relay import relay as figures
from chatd.watch.server import refused
from chatd.wire.seeds import Seeds


def relay(ground: Ground, seeds: Seeds) -> Relay:
    """One that takes tickets of these seeds."""
    wanted, watch, date = ground.settings, ground.watch, ground.dates.now
    shared = Sources(wanted[table.SHARED])
    made = Relay(seeds, allowance(wanted), ground.reactor, date, shared, watch.tally)
    watch.add(partial(figures, made))
    return made


def relaying(ground: Ground, made: Relay) -> Relaying:
    """The work of a daemon that is this relay, and no server; raises `ChatdError`."""
    watch = ground.watch
    watch.add(partial(refused, watch.tally))
    at_door = RelayFactory(made, ground.reactor, token_bytes)
    ground.obey(Live(ground.reactor, at_door.access, None, made, watch.pseudonyms))
    return Relaying(at_door, made, ground.keepers)

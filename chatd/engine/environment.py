"""What a client is given: what the person chose, and what lies outside."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from chatd.addresses import Candidate
from chatd.dates import Dates
from chatd.noise.keys import REAL, Primitives
from chatd.noise.suites import SUITES
from chatd.peer.local_port import free_port
from chatd.reach.endpoints import Dial, InTls, ServerEndpoint, in_tls
from chatd.reach.nat64 import Nat64
from chatd.reach.network_watch import NoWatch, Watch
from chatd.reach.other_family import FamilyEndpoint
from chatd.reach.own_addresses import local_addresses
from chatd.reach.port_mapping import PortMapping
from chatd.reach.relay_choice import Choice
from chatd.steady import seconds
from chatd.store.card import Card

if TYPE_CHECKING:
    from chatd.reach.tor import Tor


class Settings(Struct, frozen=True):
    """What the person chose: the server as typed and how to reach it, the suites in order of
    preference, the port to listen on (0: any), where a router forwards to it (the host '' stands
    for the address that the server sees), whether the relay may be used, whether the server
    is reached through TLS, the card that they came with, how to dial through their proxy or Tor,
    beside which nothing is to be dialled, the Tor that hosts their conversations, what asks the
    router for a port, whether others are not to find them by search, whether they stay at the
    server while they talk, how
    the server is reached in one family of addresses, where that is not to be hidden, how a
    relay is reached through TLS, and whether many ports may be dialled where one router gives
    random ones."""

    server: str
    endpoint: ServerEndpoint
    suites: Sequence[str] = tuple(SUITES)
    client_port: int = 0
    forwarded: Candidate | None = None
    relay: Choice = "may"
    tls: bool = False
    card: Card | None = None
    dial: Dial | None = None
    tor: "Tor | None" = None
    upnp: PortMapping | None = None
    unlisted: bool = False
    stays: bool = False
    in_family: FamilyEndpoint | None = None
    in_tls: InTls = field(default_factory=lambda: in_tls(None))
    spray: bool = True
    downloads: Path | None = None
    """Where files land that are taken; None for the downloads folder of the person."""
    offline: bool = False
    """Whether nobody is dialled at all, for what the profile knows by itself."""


class Environment(Struct, frozen=True):
    """What a session needs from outside; a simulated run brings its own."""

    reactor: Any
    random_bytes: Callable[[int], bytes]
    random: Random = field(default_factory=Random)
    primitives: Primitives = REAL
    addresses: Callable[[], list[str]] = local_addresses
    in_background: Callable[[Callable[[], None]], Deferred[None]] = deferToThread
    """Runs what waits for the disk, so that the reactor does not."""
    free_port: Callable[[int], int] = free_port
    """Finds the port for direct links: the one that is wanted, or any for 0."""
    wall_clock: Callable[[], float] = field(default_factory=lambda: Dates(seconds, time.time).now)
    """Seconds since 1970, for what is written down or shown to others."""
    watch: Watch = NoWatch
    """Tells when this machine's network has changed, or the machine has slept."""
    nat64: Nat64 = field(default_factory=Nat64)
    """How IPv4 addresses are dialled where this machine has IPv6 alone."""

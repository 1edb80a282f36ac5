"""What the options of the command line come to: the settings of a client.

Imported once the reactor is installed; whatever only some options need is imported with them.
"""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatd.engine.environment import Settings
from chatd.noise.suites import SUITES
from chatd.option_values import server_name
from chatd.reach.endpoints import Dial, family_endpoint, in_tls, server_endpoint
from chatd.reach.port_mapping import PortMapping

if TYPE_CHECKING:
    from chatd.reach.tor import Tor


def settings(reactor: Any, options: Namespace) -> Settings:
    """For a client on this reactor; raises `ChatdError`."""
    tor = _tor(reactor, options)
    dial = _dial(reactor, options, tor)
    at, through_tls = (reactor, options.host, options.port), in_tls(options.ca)
    tls = through_tls if options.tls else None
    is_open = dial is None and options.relay != "only"
    return Settings(
        server_name(options.host, options.port),
        server_endpoint(*at, tls, dial),
        suites=(options.suite,) if options.suite else tuple(SUITES),
        client_port=options.client_port,
        forwarded=options.forwarded,
        relay=options.relay,
        tls=options.tls,
        card=options.card,
        dial=dial,
        tor=tor,
        upnp=_upnp(reactor, options),
        unlisted=options.unlisted,
        stays=options.stay,
        in_family=family_endpoint(*at, tls, reactor.nameResolver.nat64) if is_open else None,
        in_tls=through_tls,
        spray=not options.no_spray,
        downloads=_folder(options.downloads),
        offline=options.offline,
    )


def _folder(said: str | None) -> Path | None:
    """As a person writes it, also in a file, where no shell knows what ~ means."""
    return Path(said).expanduser().absolute() if said else None


def _tor(reactor: Any, options: Namespace) -> "Tor | None":
    if options.tor is None:
        return None
    from chatd.reach.tor import controlled_at

    return controlled_at(reactor, options.tor)


def _dial(reactor: Any, options: Namespace, tor: "Tor | None") -> Dial | None:
    """How everything is dialled; None for plainly."""
    if tor is not None:
        return tor.dial
    if not options.proxy:
        return None
    from chatd.reach.proxy import dialling

    return dialling(reactor, options.proxy)


def _upnp(reactor: Any, options: Namespace) -> PortMapping | None:
    if not options.upnp:
        return None
    from chatd.reach.port_mapping import mapping

    return mapping(reactor)

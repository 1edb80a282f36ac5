"""What a command line of `chat` comes to, with what the person's file and variables say."""

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatd import option_values, options, preferences
from chatd.arguments import hide
from chatd.errors import ChatdError, Usage
from chatd.options import Parser

if TYPE_CHECKING:
    from chatd.reach.proxy_place import Proxy
    from chatd.store.card import Card


def choose(
    argv: Sequence[str], parser: Parser | None = None, *, recalls: bool = True
) -> argparse.Namespace:
    """All options, where `parser` is that of a word with more of them; `card` is an invite card or
    None. With `recalls` the server is the last one if nobody names one. Raises `ChatdError`."""
    found = preferences.gather(options.chat(), argv, os.environ, parser)
    if "card" in found:  # which says where the server is, as the command line might as well
        found = {
            name: each
            for name, each in found.items()
            if name not in ("host", "port") or each.place == preferences.COMMAND_LINE
        }
    every = preferences.with_last(found) if recalls else found
    chosen = preferences.chosen(parser or options.chat(), every)
    chosen.names_server = "host" in found or "port" in found
    _check(chosen)
    chosen.card = _card(chosen) if chosen.card else None
    chosen.host = chosen.host or option_values.DEFAULT_HOST
    chosen.port = chosen.port or option_values.DEFAULT_PORT
    chosen.offline = False
    return chosen


def _check(chosen: argparse.Namespace) -> None:
    """Raise `Usage` for what does not go together, and read what is written in one word."""
    if chosen.ca and not chosen.tls:
        raise Usage("--ca is of no use without TLS", "add --tls")
    if chosen.forwarded and not chosen.client_port:
        raise Usage("--forwarded needs the port to which it leads", "add --client-port")
    if chosen.upnp:
        _listening_at_a_router(chosen)
    if chosen.tor is not None:
        _behind_tor(chosen)
    if chosen.proxy:
        _behind_proxy(chosen)


def _listening_at_a_router(chosen: argparse.Namespace) -> None:
    """Its port is of use to whoever can be dialled directly, and does not know one already."""
    others = (
        ("--forwarded", chosen.forwarded),
        ("--relay-only", chosen.relay == "only"),
        ("--proxy", chosen.proxy),
        ("--tor", chosen.tor is not None),
    )
    for flag, given in others:
        if given:
            raise Usage(f"--upnp is of no use with {flag}", "leave out --upnp")


def _behind_tor(chosen: argparse.Namespace) -> None:
    """Tor is the proxy, and its onion service is where others come to."""
    for flag, given in (("--proxy", chosen.proxy), ("--client-port", chosen.client_port)):
        if given:
            raise Usage(f"{flag} is of no use with --tor", f"leave out {flag}")
    from chatd.reach.tor_ports import places

    try:
        chosen.tor = places(chosen.tor, option_values.port_number)
    except argparse.ArgumentTypeError as error:
        raise Usage(str(error), "--tor, --tor=127.0.0.1:9051 or --tor=/PATH") from None


def _behind_proxy(chosen: argparse.Namespace) -> None:
    """Through a proxy nobody can be dialled directly, nor dial us."""
    if chosen.relay == "never":
        raise Usage("through a proxy all conversations take the relay", "leave out --no-relay")
    if "%" in (chosen.host or ""):
        raise Usage("an address with a zone means nothing to a proxy", "leave out --proxy")
    chosen.proxy = _proxy(chosen.proxy)
    chosen.relay = "only"


def _proxy(text: str) -> "Proxy":
    """Read it, ask for the password that is not there, and leave none for others to see."""
    from chatd.reach.proxy_place import FORMS, read

    if "@" in text:
        hide(text)
    try:
        proxy = read(text, option_values.host_name, option_values.port_number)
    except argparse.ArgumentTypeError as error:
        raise Usage(str(error), f"a proxy is written {FORMS}") from None
    if not proxy.name or proxy.password is not None:
        return proxy
    from dataclasses import replace

    from chatd.ui.proxy_password import ask

    return replace(proxy, password=ask(proxy.name))


def _card(chosen: argparse.Namespace) -> "Card":
    """Ask for a card, and let it say where the server is."""
    if chosen.host or chosen.port:
        raise Usage("the card says where the server is", "leave out --host and --port")
    from chatd.ui.card_prompt import ask

    card = ask()
    host, _, port = card.server.rpartition(":")
    try:
        chosen.host, chosen.port = option_values.host_name(host), option_values.port_number(port)
        if "%" in chosen.host:
            raise argparse.ArgumentTypeError("its address means nothing on this machine")
    except argparse.ArgumentTypeError as error:
        raise ChatdError(f"the card names no server: {error}") from None
    chosen.tls = chosen.tls or card.tls
    return card

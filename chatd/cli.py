"""The command line `chat`. It parses and prints; heavy imports come when they are needed."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatd import options, preferences
from chatd.arguments import hide
from chatd.command import command
from chatd.errors import ChatdError, Usage
from chatd.files import shown
from chatd.memory import close_memory

if TYPE_CHECKING:
    from chatd.reach.proxy_place import Proxy
    from chatd.store.card import Card


def main(argv: Sequence[str] | None = None) -> int:
    """Run `chat` and return its exit status: 0, 1 (it failed) or 2 (wrong usage).

    A signal that ended it gives 128 and its number, as in a shell.
    """
    close_memory()
    # What is imported stays; to look for garbage in it takes an eighth of the time to the prompt.
    gc.disable()
    try:
        return command("chat", _run, sys.argv[1:] if argv is None else argv)
    finally:
        gc.enable()


def _run(argv: Sequence[str]) -> int:
    first = argv[0] if argv else ""
    if first in options.WORDS:
        return _RUN[first](argv[1:])
    if first and not first.startswith(("-", preferences.ALIAS)):
        raise Usage(f"{first!a} is not something chat does", "start chat, then type: chat bob")
    parser = options.chat()
    found = preferences.gather(parser, argv, os.environ)
    if "card" in found:  # which says where the server is, as the command line might as well
        found = {
            name: each
            for name, each in found.items()
            if name not in ("host", "port") or each.place == preferences.COMMAND_LINE
        }
    chosen = preferences.chosen(parser, found)
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
    card = _card(chosen) if chosen.card else None
    chosen.host, chosen.port = (
        chosen.host or options.DEFAULT_HOST,
        chosen.port or options.DEFAULT_PORT,
    )
    from chatd.ui.run import run

    return run(chosen, card)


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
        chosen.tor = places(chosen.tor, options.port_number)
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
        proxy = read(text, options.host_name, options.port_number)
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
        chosen.host, chosen.port = options.host_name(host), options.port_number(port)
        if "%" in chosen.host:
            raise argparse.ArgumentTypeError("its address means nothing on this machine")
    except argparse.ArgumentTypeError as error:
        raise ChatdError(f"the card names no server: {error}") from None
    chosen.tls = chosen.tls or card.tls
    return card


def _config(argv: Sequence[str]) -> int:
    """What `chat` would be started with, and who says so."""
    parser = options.words("config")
    found = preferences.gather(parser, argv, os.environ)
    path = preferences.default_path(os.environ)
    if path is not None:
        print(f"{shown(path)}{'' if path.exists() else ' (there is none)'}")
    print("\n".join(preferences.report(parser, found)))
    return 0


def _demo(argv: Sequence[str]) -> int:
    suite = options.words("demo").parse_args(argv).suite
    from chatd.demo import main as demo

    return demo(suite)


def _key(argv: Sequence[str]) -> int:
    chosen = options.words("key").parse_args(argv)
    from chatd.ui.key_commands import run

    return run(chosen)


def _forget_server(argv: Sequence[str]) -> int:
    server: str = options.words("forget-server").parse_args(argv).server
    from chatd.store.profiles import Profiles, default_folder
    from chatd.store.servers import Servers

    name, folder = options.server_entry(server), default_folder()
    servers = Servers(folder / "servers.json")
    key = servers.expected(name)
    servers.forget(name)
    if key is not None:
        Profiles(folder).forget_door(key)
    print(f"the next key that {name} shows will be remembered; your contacts there are kept")
    return 0


_RUN = {"config": _config, "demo": _demo, "key": _key, "forget-server": _forget_server}

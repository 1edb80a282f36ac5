"""The command line `chat`. It parses and prints; heavy imports come when they are needed."""

import argparse
import ipaddress
import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from chatd import __version__
from chatd.errors import ChatdError, Usage, cannot_write

if TYPE_CHECKING:
    from chatd.client.card import Card

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 1712
SUITES = ("gcm", "cbc")
_HOST = set("abcdefghijklmnopqrstuvwxyz0123456789.-_")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Usage(message.replace("\n", " "))


def main(argv: Sequence[str] | None = None) -> int:
    """Run `chat` and return its exit status: 0, 1 (it failed) or 2 (wrong usage).

    A signal that ended it gives 128 and its number, as in a shell.
    """
    status = _status(sys.argv[1:] if argv is None else argv)
    return status if _flushed() else 1


def _status(argv: Sequence[str]) -> int:
    try:
        return _run(argv)
    except Usage as error:
        complain(error)
        return 2
    except ChatdError as error:
        complain(error)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except SystemExit:  # of argparse, which has printed the help or the version
        return 0


def _flushed() -> bool:
    """Write out what was printed; Python would do it after us, and print a traceback."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            complain(cannot_write(error))
        return False
    return True


def complain(error: ChatdError) -> None:
    """Print an error and its hint as one line each."""
    if sys.stderr is None:
        return  # print would take standard output instead
    print(f"chat: error: {error}", file=sys.stderr)
    if error.hint:
        print(f"chat: hint: {error.hint}", file=sys.stderr)


def _run(argv: Sequence[str]) -> int:
    first = argv[0] if argv else ""
    if first == "demo":
        from chatd.demo import main as demo

        return demo(_demo_parser().parse_args(argv[1:]).suite)
    if first == "key":
        from chatd.client.key_commands import main as key

        return key(argv[1:])
    if first == "forget-server":
        return _forget_server(argv[1:])
    if first and not first.startswith("-"):
        raise Usage(f"{first!a} is not something chat does", "start chat, then type: chat bob")
    options = _parser().parse_args(argv)
    if options.ca and not options.tls:
        raise Usage("--ca is of no use without TLS", "add --tls")
    if options.forwarded and not options.client_port:
        raise Usage("--forwarded needs the port to which it leads", "add --client-port")
    if options.tor is not None:
        _behind_tor(options)
    if options.proxy:
        _behind_proxy(options)
    card = _card(options) if options.card else None
    options.host, options.port = options.host or DEFAULT_HOST, options.port or DEFAULT_PORT
    from chatd.client.run import run

    return run(options, card)


def _behind_tor(options: argparse.Namespace) -> None:
    """Tor is the proxy, and its onion service is where others come to."""
    for flag, given in (("--proxy", options.proxy), ("--client-port", options.client_port)):
        if given:
            raise Usage(f"{flag} is of no use with --tor", f"leave out {flag}")
    from chatd.client.tor import places

    try:
        options.tor = places(options.tor, port_number)
    except argparse.ArgumentTypeError as error:
        raise Usage(str(error), "--tor, --tor=127.0.0.1:9051 or --tor=/PATH") from None


def _behind_proxy(options: argparse.Namespace) -> None:
    """Through a proxy nobody can be dialled directly, nor dial us."""
    if options.relay == "never":
        raise Usage("through a proxy all conversations take the relay", "leave out --no-relay")
    from chatd.client.proxy import read

    try:
        options.proxy = read(options.proxy, _host, port_number)
    except argparse.ArgumentTypeError as error:
        raise Usage(str(error), "a proxy is written socks5://HOST:PORT") from None
    options.relay = "only"


def _card(options: argparse.Namespace) -> "Card":
    """Ask for a card, and let it say where the server is."""
    if options.host or options.port:
        raise Usage("the card says where the server is", "leave out --host and --port")
    from chatd.client.card_prompt import ask

    card = ask()
    host, _, port = card.server.rpartition(":")
    try:
        options.host, options.port = _host(host), port_number(port)
    except argparse.ArgumentTypeError as error:
        raise ChatdError(f"the card names no server: {error}") from None
    options.tls = options.tls or card.tls
    return card


def _parser() -> _Parser:
    parser = _Parser(
        prog="chat",
        description="Private conversations in a terminal."
        " Also: chat demo, chat key, chat forget-server.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--host", type=_host, help=f"the server (default {DEFAULT_HOST})")
    add(
        "--port",
        "--host_port",
        "--host-port",
        type=port_number,
        help=f"default {DEFAULT_PORT}",
    )
    add("--username", metavar="NAME", help="your name; asked for if not given")
    add(
        "--client_port",
        "--client-port",
        type=port_number,
        default=0,
        metavar="PORT",
        help="listen here for direct connections (default: any free port)",
    )
    add(
        "--forwarded",
        type=_forwarded,
        metavar="[ADDRESS:]PORT",
        help="where your router lets direct connections in and passes them on to --client-port",
    )
    add("--suite", choices=SUITES, help="the one cipher suite to use")
    add("--tls", action="store_true", help="connect to the server through TLS")
    add("--ca", metavar="FILE", help="trust these authorities instead of the system's")
    relay = parser.add_mutually_exclusive_group()
    relay.add_argument(
        "--relay-only",
        dest="relay",
        action="store_const",
        const="only",
        default="may",
        help="talk through the relay, so that your address stays hidden from the other person",
    )
    relay.add_argument(
        "--no-relay",
        dest="relay",
        action="store_const",
        const="never",
        help="talk on direct links only",
    )
    add("--proxy", metavar="socks5://HOST:PORT", help="go through this proxy, and nowhere else")
    add(
        "--tor",
        nargs="?",
        const="",
        metavar="CONTROL",
        help="go through the Tor of this machine, and host conversations as onion services"
        " (HOST:PORT or path of its control port, if it is not one of the usual)",
    )
    add("--card", action="store_true", help="ask for an invite card, and chat with its maker")
    add("--version", action="version", version=f"chat {__version__}")
    return parser


def _demo_parser() -> _Parser:
    parser = _Parser(prog="chat demo", description="A daemon, a second person, and you.")
    parser.add_argument("--suite", choices=SUITES, help="the one cipher suite to use")
    return parser


def _host(text: str) -> str:
    host = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if ":" in host:
        _ipv6(host)
    elif not 1 <= len(host) <= 253 or not host.isascii() or not set(host.lower()) <= _HOST:
        raise argparse.ArgumentTypeError("a host is a name such as chat.example.org or an address")
    return host


def _ipv6(host: str) -> None:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        raise argparse.ArgumentTypeError("a host has no colon; the port goes to --port") from None


def port_number(text: str) -> int:
    """A port; raises `argparse.ArgumentTypeError`."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def _forwarded(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if colon:
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        try:
            host = str(ipaddress.ip_address(bare))
        except ValueError:
            raise argparse.ArgumentTypeError("an IP address stands before the port") from None
    return host, port_number(port)


def server_name(host: str, port: int) -> str:
    """The server as its entry is kept: host:port."""
    return f"[{host}]:{port}" if ":" in host else f"{host.lower()}:{port}"


def _forget_server(argv: Sequence[str]) -> int:
    parser = _Parser(prog="chat forget-server")
    parser.add_argument("server", metavar="HOST[:PORT]")
    server: Any = parser.parse_args(argv).server
    from chatd.client.profiles import default_folder
    from chatd.client.servers import Servers

    name = _as_entry(server)
    Servers(default_folder() / "servers.json").forget(name)
    print(f"the key of {name} is forgotten; the next one it shows will be remembered")
    return 0


def _as_entry(text: str) -> str:
    host, colon, port = text.rpartition(":")
    has_port = bool(colon) and (":" not in host or host.startswith("["))
    try:
        if has_port:
            return server_name(_host(host), port_number(port))
        return server_name(_host(text), DEFAULT_PORT)
    except argparse.ArgumentTypeError as error:
        raise Usage(str(error)) from None

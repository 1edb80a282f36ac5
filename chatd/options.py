"""What may stand on the command line of `chat`: options, their values, and how these are read; and
the words with which it does something else than chatting."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from msgspec import Struct

from chatd import __version__, limits
from chatd.errors import Usage
from chatd.option_values import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    SHOWN,
    colours,
    forwarded,
    host_name,
    name,
    port_number,
    timeout,
)

if TYPE_CHECKING:
    from chatd.ui.command import Command

SUITES = ("gcm", "cbc")
NOTIFYING = ("bell", "osc9", "osc777", "program", "off")


class Parser(argparse.ArgumentParser):
    """An argparse that raises `Usage` instead of printing and exiting."""

    def error(self, message: str) -> NoReturn:
        """The message in one line, and where all is listed."""
        raise Usage(message.replace("\n", " "), f"{self.prog} --help")


def chat() -> Parser:
    """The options of `chat` itself."""
    parser = Parser(
        prog="chat",
        description="Private conversations in a terminal. Also: chat @NAME for a server of"
        " config.toml, and chat WORD, as chat help lists them.",
        allow_abbrev=False,
    )
    _chat(parser)
    return parser


class _Each(argparse.Action):
    """An option that may be given several times, for all of its values in a tuple."""

    def __call__(self, _: object, found: argparse.Namespace, value: object, *more: object) -> None:
        # What nobody has given is something else than the default until all of it is read.
        before = getattr(found, self.dest, ())
        setattr(found, self.dest, (*(before if isinstance(before, tuple) else ()), value))


class Word(Struct, frozen=True):
    """Something else that `chat` does: what that is, how its own arguments are added, and whether
    the options of `chat` go with them."""

    summary: str
    fill: Callable[[argparse.ArgumentParser], None] = lambda parser: None
    chats: bool = False
    usage: str | None = None
    """Where it is another one than argparse makes of the arguments."""


def words(word: str) -> Parser:
    """The arguments of `chat WORD`, for one of `all_words`."""
    each = WORDS.get(word) or all_words()[word]
    about = f"{each.summary}."
    parser = Parser(prog=f"chat {word}", usage=each.usage, description=about, allow_abbrev=False)
    if each.chats:
        _chat(parser)
    each.fill(parser)
    return parser


def all_words() -> dict[str, Word]:
    """`WORDS`, and the commands of a running client that can be given at the shell as well."""
    from chatd.ui.commands import COMMANDS  # with most of a client

    typed = {
        each.word: Word(each.summary, partial(_typed, each), True, f"chat {each.usage} [options]")
        for each in COMMANDS
        if each.shell
    }
    return WORDS | typed


def whole(*, repeating: bool = True) -> Parser:
    """`chat` with all of its words, as a shell completes it; a page of the manual has its options
    once, without `repeating` them at the words that take them as well."""
    parser = chat()
    commands = parser.add_subparsers(metavar="WORD", title="instead of chatting")
    for word, each in all_words().items():
        command = commands.add_parser(word, usage=each.usage, help=each.summary)
        if each.chats and repeating:
            _chat(command)
        each.fill(command)
    return parser


def _chat(parser: argparse.ArgumentParser) -> None:
    _server(parser)
    _listening(parser)
    _privacy(parser)
    _ways(parser)
    _taking(parser)
    _notifying(parser)
    _showing(parser)
    add = parser.add_argument
    add("--card", action="store_true", help="ask for an invite card, and chat with its maker")
    add("--json", action="store_true", help="JSON-RPC, one message a line, for programs")
    add("--no-agent", action="store_true", help="use none of the background, even if one runs")
    add("--version", action="version", version=f"chat {__version__}")


def _timeout(
    parser: argparse.ArgumentParser, seconds: float | None = None, default: str = ""
) -> None:
    parser.add_argument(
        "--timeout",
        type=timeout,
        default=seconds,
        metavar="SECONDS",
        help=f"fail if it is not done by then{default}",
    )


def _sending(parser: argparse.ArgumentParser) -> None:
    _timeout(parser, None, f" (default {limits.ONE_SHOT_SECONDS:g}; with --file none)")
    add = parser.add_argument
    add("name", type=name, metavar="NAME", help="who it is for")
    add("text", metavar="TEXT", nargs="?", help="what to say; - for standard input")
    add(
        "--file",
        dest="files",
        action=_Each,
        default=(),
        metavar="PATH",
        help="a file or folder to send, as often as you like; - for standard input, with --name",
    )
    add("--name", dest="called", metavar="FILE", help="what standard input is called there")


def _asking(parser: argparse.ArgumentParser) -> None:
    _timeout(parser, limits.ONE_SHOT_SECONDS, f" (default {limits.ONE_SHOT_SECONDS:g})")
    parser.add_argument("name", type=name, metavar="NAME", help="who it is for")
    parser.add_argument("text", metavar="TEXT", help="what to say; - for standard input")


def _waiting(parser: argparse.ArgumentParser) -> None:
    _timeout(parser)
    parser.add_argument(
        "--from",
        dest="names",
        type=lambda text: [name(each) for each in text.split(",")],
        default=[],
        metavar="NAME[,NAME]",
        help="accept these people (default: your contacts)",
    )
    parser.add_argument(
        "--take", metavar="DIR", help="take the files that they offer into this folder"
    )


def _typed(command: "Command", parser: argparse.ArgumentParser) -> None:
    _timeout(parser, limits.ONE_SHOT_SECONDS, f" (default {limits.ONE_SHOT_SECONDS:g})")
    if command.argument or command.is_raw:
        metavar = command.argument or "WHAT"
        parser.add_argument("said", metavar=metavar, nargs="*", help=command.more or None)


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--suite", choices=SUITES, help="the one cipher suite to use")


def _forget_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("server", metavar="HOST[:PORT]")


def _key(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="do", required=True, metavar="COMMAND")
    for word, summary, arguments in (
        ("show", "list them, or one", ["[NAME]"]),
        ("passphrase", "set, change or remove the passphrase", ["[NAME]"]),
        ("export", "write one to a file, to take it to another machine", ["NAME", "FILE"]),
        ("import", "take one from such a file", ["FILE"]),
    ):
        command = commands.add_parser(word, help=summary)
        for argument in arguments:
            bare = argument.strip("[]")
            nargs = None if argument == bare else "?"
            command.add_argument(bare.lower(), metavar=bare, nargs=nargs)


WORDS = {
    "config": Word("what chat would be started with, and who says so", chats=True),
    "send": Word("say something to someone, and end when it has arrived", _sending, True),
    "ask": Word("say something to someone, and print the answer", _asking, True),
    "wait": Word("accept someone, and print what they say until they leave", _waiting, True),
    "agent": Word("stay in the background, for terminals and programs", chats=True),
    "attach": Word("show the agent in this terminal", chats=True),
    "lock": Word("have the agent forget your key, until you unlock it"),
    "unlock": Word("give the agent the passphrase of your key"),
    "demo": Word("a daemon, a second person, and you", _demo),
    "key": Word("your identities on this machine", _key),
    "forget-server": Word("take the next key that a server shows for its own", _forget_server),
}


def _server(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--host", type=host_name, help=f"the server (default {DEFAULT_HOST})")
    add(
        "--port",
        "--host_port",
        "--host-port",
        type=port_number,
        help=f"default {DEFAULT_PORT}",
    )
    add("--username", metavar="NAME", help="your name; asked for if not given")
    add("--tls", action="store_true", help="connect to the server through TLS")
    add("--ca", metavar="FILE", help="trust these authorities instead of the system's")


def _listening(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
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
        type=forwarded,
        metavar="[ADDRESS:]PORT",
        help="where your router lets direct connections in and passes them on to --client-port",
    )
    add("--upnp", action="store_true", help="ask your router to pass direct connections on to you")


def _privacy(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--suite", choices=SUITES, help="the one cipher suite to use")
    add(
        "--unlisted",
        action="store_true",
        help="let nobody find you by search; whoever knows your name can still ask for you",
    )
    add(
        "--stay",
        action="store_true",
        help="stay at the server while you talk, so that others can ask you meanwhile",
    )


def _ways(parser: argparse.ArgumentParser) -> None:
    """By which somebody is reached."""
    add = parser.add_argument
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
    add(
        "--no-spray",
        action="store_true",
        help="do not dial many ports of the other person's router where it gives random ones;"
        " to a provider that can look like a port scan",
    )
    add(
        "--proxy",
        metavar="URL",
        help="go through this proxy, and nowhere else: socks5://HOST:PORT"
        " or http://[NAME[:PASSWORD]@]HOST:PORT",
    )
    add(
        "--tor",
        nargs="?",
        const="",
        metavar="CONTROL",
        help="go through the Tor of this machine, and host conversations as onion services"
        " (HOST:PORT or path of its control port, if it is not one of the usual)",
    )


def _taking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--downloads",
        metavar="FOLDER",
        help="where files land that you take (default: your downloads folder)",
    )


def _notifying(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--notify",
        choices=NOTIFYING,
        default=NOTIFYING[0],
        help="how you are called when somebody speaks while you are not typing: by the terminal's"
        " bell, by a notification of the terminal (osc9, osc777) or of the desktop (program:"
        " notify-send), or not at all",
    )
    add("--notify-text", action="store_true", help="show in notifications what was said")


def _showing(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--plain",
        action="store_true",
        help="one line for each event in a terminal as well, and nothing that is drawn again, as"
        " for a screen reader",
    )
    add(
        "--colours",
        type=colours,
        metavar="WHAT=COLOUR,…",
        help=f"colours of your own, such as them=green,us=#8888ff bold; of {', '.join(SHOWN)}",
    )
    add(
        "--keep-history",
        action="store_true",
        help="keep the lines that you type in a file, to find them the next time",
    )

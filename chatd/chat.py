"""The command line `chat`. It parses and prints; heavy imports come when they are needed."""

import argparse
import os
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from chatd import limits, option_values, options, preferences
from chatd.choosing import choose
from chatd.errors import ChatdError, Usage
from chatd.files import shown
from chatd.lacking import lacking
from chatd.safe_line import safe_line
from chatd.ui.stdio import has_terminal

if TYPE_CHECKING:
    from chatd.agent.greeting import Agent
    from chatd.ui.oneshot.errand import Errand


def run(argv: Sequence[str]) -> int:
    """Do what the command line says; raises `ChatdError`, and `SystemExit` after `--help`."""
    argv = _word_first(argv)
    first = argv[0] if argv else ""
    if first in options.WORDS:
        return _RUN[first](argv[1:])
    if first and not first.startswith(("-", preferences.ALIAS)):
        return _typed(first, argv[1:])
    return _chat(argv)


def _word_first(argv: Sequence[str]) -> Sequence[str]:
    """The same, with the word that stands behind options before them; as it is where none does."""
    if not argv or not argv[0].startswith(("-", preferences.ALIAS)):
        return argv
    at = int(argv[0].startswith(preferences.ALIAS))
    at += _options_before(argv[at:])
    word = options.all_words().get(argv[at]) if at < len(argv) else None
    return [argv[at], *argv[:at], *argv[at + 1 :]] if word is not None and word.chats else argv


def _options_before(argv: Sequence[str]) -> int:
    """How many words of a command line are options of `chat` and their values, before any other."""
    actions, at = options.chat()._option_string_actions, 0
    while at < len(argv) and argv[at].startswith("-"):
        action, at = actions.get(argv[at]), at + 1
        if action is not None and action.nargs != 0 and at < len(argv):
            at += action.nargs != "?" or not argv[at].startswith("-")
    return at


def _chat(argv: Sequence[str]) -> int:
    try:
        chosen = choose(argv)
    except Usage as error:
        raise _with_order(error) from None
    if chosen.json:
        from chatd.ui.rpc.process import JsonProcess

        return _in_this_process(chosen, JsonProcess)
    if has_terminal() and not chosen.plain and (agent := _agent_for(chosen)) is not None:
        return _attached(agent, chosen)
    return _in_this_process(chosen)


def _with_order(error: Usage) -> Usage:
    """The same; where a word was not understood as it stands behind options, with the order."""
    _, is_order, rest = str(error).partition("unrecognized arguments: ")
    words = [each for each in rest.split() if each in options.all_words()] if is_order else []
    return Usage(str(error), f"the word first: chat {words[0]} …") if words else error


def _in_this_process(chosen: argparse.Namespace, process: Any = None) -> int:
    from chatd.ui import run as client

    return client.run(chosen, process)


# -- the agent


def _agent_for(chosen: argparse.Namespace) -> "Agent | None":
    """The one that runs, if it is who the command line means; raises `ChatdError`."""
    if chosen.no_agent or chosen.card is not None:
        return None
    from chatd.agent.greeting import found

    agent = found()
    if agent is None:
        return None
    others = chosen.username not in (None, agent.hello.wanted) or (
        chosen.names_server
        and option_values.server_name(chosen.host, chosen.port) != agent.hello.server
    )
    if others:
        agent.connection.close()
        return None
    agent.check()
    return agent


def _attached(agent: "Agent", chosen: argparse.Namespace) -> int:
    with lacking("ssl"):  # asyncio looks for it, and nothing but the agent's socket is used here
        import asyncio  # noqa: F401
    from chatd.agent.attaching import attach

    return attach(agent.connection, chosen)


def _attach(argv: Sequence[str]) -> int:
    chosen = choose(argv, options.words("attach"), recalls=False)
    if not has_terminal():
        raise ChatdError(
            "there is no terminal to attach", "programs use its socket, or chat --json"
        )
    return _attached(_agent(), chosen)


def _agent() -> "Agent":
    """The one that runs; raises `ChatdError`."""
    from chatd.agent.greeting import found

    agent = found()
    if agent is None:
        raise ChatdError("no agent runs", "chat agent")
    agent.check()
    return agent


def _be_agent(argv: Sequence[str]) -> int:
    chosen = choose(argv, options.words("agent"))
    from chatd.agent.process import main as agent

    return agent(chosen)


def _lock(argv: Sequence[str]) -> int:
    options.words("lock").parse_args(argv)
    from chatd.agent.locking import lock

    lock(_agent().connection)
    return 0


def _unlock(argv: Sequence[str]) -> int:
    options.words("unlock").parse_args(argv)
    from chatd.agent.locking import unlock

    unlock(_agent())
    return 0


# -- one thing and the end


def _send(argv: Sequence[str]) -> int:
    chosen = choose(argv, options.words("send"))
    if chosen.text is None and not chosen.files:
        raise Usage("there is nothing to send", "give a TEXT, or --file PATH")
    if chosen.timeout is None and not chosen.files:
        chosen.timeout = limits.ONE_SHOT_SECONDS
    from chatd.ui.oneshot.errand import Sending
    from chatd.ui.oneshot.offering import offered

    offer = offered(chosen.files, chosen.called, text=chosen.text)
    texts = [] if chosen.text is None else _texts(chosen.text)
    return _one_shot(chosen, Sending(chosen.name, texts, offer=offer))


def _ask(argv: Sequence[str]) -> int:
    chosen = choose(argv, options.words("ask"))
    from chatd.ui.oneshot.errand import Sending

    return _one_shot(chosen, Sending(chosen.name, _texts(chosen.text), answer=True))


def _texts(text: str) -> list[str]:
    from chatd.ui.oneshot.errand import pieces, piped

    return pieces(piped() if text == "-" else text)


def _wait(argv: Sequence[str]) -> int:
    chosen = choose(argv, options.words("wait"))
    from chatd.ui.oneshot.errand import Waiting

    folder = os.path.abspath(chosen.take) if chosen.take else ""
    if folder and os.path.exists(folder) and not os.path.isdir(folder):
        raise ChatdError(f"{safe_line(chosen.take)} is no folder")
    return _one_shot(chosen, Waiting(chosen.names, folder))


def _one_shot(chosen: argparse.Namespace, errand: "Errand", *, needs_agent: bool = False) -> int:
    agent = _agent_for(chosen)
    if agent is not None:
        from chatd.ui.oneshot.through_agent import carry_out

        carry_out(agent.connection, errand, chosen.timeout)
        return 0
    if needs_agent:
        raise ChatdError(
            "no agent runs to ask", "start one: chat agent; or type it where chat runs"
        )
    if chosen.username is None:
        raise Usage(
            "no agent does it, and nobody says who you are",
            "add --username NAME, or write it to config.toml",
        )
    from chatd.ui.oneshot.process import OneShot

    chosen.errand = errand
    return _in_this_process(chosen, OneShot)


# -- what is typed inside as well


def _typed(word: str, argv: Sequence[str]) -> int:
    from chatd.ui.commands import BY_WORD
    from chatd.ui.oneshot.typed import Typed

    command = BY_WORD.get(word)
    if command is None or not command.shell:
        raise _unknown(word)
    if command.shell == "nothing":
        return _help(argv)
    chosen = choose(argv, options.words(command.word))
    said = getattr(chosen, "said", [])
    line = " ".join((word, shlex.join(said) if command.is_raw else " ".join(said)))
    chosen.offline = command.shell == "stored"
    errand = Typed(line, as_json=chosen.json)
    chosen.json = False
    return _one_shot(chosen, errand, needs_agent=command.shell == "agent")


def _unknown(word: str) -> Usage:
    from difflib import get_close_matches

    from chatd.wire.fields import is_name

    all = "chat help lists what there is"
    close = get_close_matches(word, options.all_words(), 1)
    hint = f"start chat, then type: chat {word}; {all}" if is_name(word) else all
    hint = f"did you mean: chat {close[0]}? {all}" if close else hint
    return Usage(f"{word!a} is not something chat does", hint)


def _help(argv: Sequence[str]) -> int:
    from chatd.ui import help
    from chatd.ui.commands import BY_WORD

    said = options.words("help").parse_args(argv).said
    if said and said[0] in options.WORDS:
        options.words(said[0]).print_help()
    elif said and said[0] in BY_WORD:
        print("\n".join(help.about(BY_WORD, said[0])))
    elif said:
        raise _unknown(said[0])
    else:
        summaries = {word: each.summary for word, each in options.all_words().items()}
        print("\n".join(help.at_shell(summaries)))
    return 0


# -- others


def _config(argv: Sequence[str]) -> int:
    """What `chat` would be started with, and who says so."""
    parser = options.words("config")
    found = preferences.with_last(preferences.gather(parser, argv, os.environ))
    path = preferences.default_path(os.environ)
    if path is not None:
        print(f"{shown(path)}{'' if path.exists() else ' (there is none)'}")
    print("\n".join(preferences.report(parser, found)))
    return 0


def _demo(argv: Sequence[str]) -> int:
    suite = options.words("demo").parse_args(argv).suite
    if has_terminal():  # elsewhere every line has its sign
        print("starting a server of your own, and somebody called echo on it …", flush=True)
    from chatd.demo import main as demo

    return demo(suite)


def _key(argv: Sequence[str]) -> int:
    chosen = options.words("key").parse_args(argv)
    from chatd.ui.key_commands import run

    return run(chosen)


def _forget_server(argv: Sequence[str]) -> int:
    server: str = options.words("forget-server").parse_args(argv).server
    from chatd.store.folder import default_folder
    from chatd.store.profiles import Profiles
    from chatd.store.servers import Servers

    name, folder = option_values.server_entry(server), default_folder()
    servers = Servers(folder / "servers.json")
    key = servers.expected(name)
    servers.forget(name)
    if key is not None:
        Profiles(folder).forget_door(key)
    print(f"the next key that {name} shows will be remembered; your contacts there are kept")
    return 0


_RUN: dict[str, Callable[[Sequence[str]], int]] = {
    "send": _send,
    "ask": _ask,
    "wait": _wait,
    "agent": _be_agent,
    "attach": _attach,
    "lock": _lock,
    "unlock": _unlock,
    "config": _config,
    "demo": _demo,
    "key": _key,
    "forget-server": _forget_server,
}

"""The key of the agent: taken from it, and given back with its passphrase."""

import time
from contextlib import suppress
from typing import Any

from chatd import limits
from chatd.agent.greeting import Agent, found
from chatd.control import jsonrpc
from chatd.control.asking import Connection, NoAnswer
from chatd.errors import ChatdError
from chatd.safe_line import safe_line

_LOOK_SECONDS = 0.05


def lock(connection: Connection) -> None:
    """Have it begin anew, without the key, and wait until it has; raises `ChatdError`."""
    connection.say(jsonrpc.asked("lock", {}, 1))
    answer = connection.hear()
    if "error" in answer:
        hint = "chat key passphrase NAME sets one"
        raise ChatdError(safe_line(answer["error"]["message"]), hint)
    connection.wait(limits.PARTING_SECONDS)
    with suppress(NoAnswer):  # which is its end
        while True:
            connection.hear()
    end = time.monotonic() + limits.PARTING_SECONDS
    while found() is None and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)


def unlock(agent: Agent) -> None:
    """Ask at the terminal, until it is right or was wrong too often; raises `ChatdError`."""
    from chatd.store.sealed import WrongPassphrase
    from chatd.ui.passphrase import opened

    connection = agent.connection
    connection.wait(limits.UNLOCK_SECONDS)
    connection.say(jsonrpc.asked("subscribe", {"reads": False}, 1))
    here = _answer(connection)
    if here["identity"] != "sealed":
        raise ChatdError("the agent does not wait for a passphrase")

    def give(word: str) -> None:
        connection.say(jsonrpc.asked("unlock", {"passphrase": word}, 2))
        _answer(connection)
        if not _is_open(connection):
            raise WrongPassphrase

    opened(give, agent.hello.wanted or "")


def _answer(connection: Connection) -> Any:
    """The result of the last request; raises `ChatdError`."""
    while "method" in (message := connection.hear()):
        pass
    if "error" in message:
        raise ChatdError(safe_line(message["error"]["message"]))
    return message["result"]


def _is_open(connection: Connection) -> bool:
    """Whether the passphrase was right."""
    while True:
        match connection.hear():
            case {"method": "snapshot", "params": {"identity": "open"}}:
                return True
            case {"method": "command_failed" | "ended"}:
                return False

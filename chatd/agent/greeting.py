"""What an agent says first, and whether this program and it understand each other."""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from chatd import __version__, limits
from chatd.agent import place
from chatd.control.asking import Connection, NoAnswer
from chatd.errors import ChatdError
from chatd.safe_line import safe_line
from chatd.ui.rpc.methods import VERSION, Hello


class Agent(Struct):
    """One that runs, and has said hello on this connection."""

    connection: Connection
    hello: Hello

    def check(self) -> None:
        """Raise `ChatdError`, which says what to restart, if we are not of one release."""
        if (self.hello.version, self.hello.chatd) == (VERSION, __version__):
            return
        self.connection.close()
        theirs = safe_line(self.hello.chatd, 20)
        older = "start chat again, or find the newer one: type -a chat"
        newer = f"{_again(self.hello.pid)}, which ends what is open in it"
        raise ChatdError(
            f"this chat is {__version__}, and the agent that runs is {theirs}",
            f"the agent is the older one; to start it again: {newer}"
            if _parts(__version__) >= _parts(theirs)
            else f"this chat is the older one: {older}",
        )


def found() -> Agent | None:
    """The agent of this account, None if none runs; raises `ChatdError`."""
    connection = place.connected(limits.AGENT_SECONDS)
    if connection is None:
        return None
    try:
        return Agent(connection, _hello(connection.hear()))
    except ChatdError:
        connection.close()
        raise


def _hello(message: dict[str, Any]) -> Hello:
    match message:
        case {"error": {"message": str(why)}}:
            raise ChatdError(safe_line(why), "end one of them, or use --no-agent")
    try:
        return msgspec.convert(message.get("params"), Hello)
    except msgspec.ValidationError:
        hint = "if it is of another release, end it and start it again; or use --no-agent"
        raise NoAnswer(
            "what answers in the place of the agent is none that we know", hint
        ) from None


def _again(process: int) -> str:
    """What starts the agent that is this process anew: it may be a unit of the account's."""
    try:
        of = Path(f"/proc/{process}/cgroup").read_text()
    except OSError:
        of = ""
    unit = "/chat-agent.service"
    return "systemctl --user restart chat-agent" if unit in of else f"kill {process}; chat agent"


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]

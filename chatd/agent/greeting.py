"""What an agent says first, and whether this program and it understand each other."""

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
        raise ChatdError(
            f"this chat is {__version__}, and the agent that runs is {theirs}",
            f"end the agent, and start it again: kill {self.hello.pid}"
            if _parts(__version__) >= _parts(theirs)
            else "this chat is the older one: install the new one, or use --no-agent",
        )


def found() -> Agent | None:
    """The agent of this account, None if none runs; raises `ChatdError`."""
    connection = place.connected(limits.AGENT_SECONDS)
    if connection is None:
        return None
    try:
        return Agent(connection, msgspec.convert(connection.hear().get("params"), Hello))
    except msgspec.ValidationError as error:
        connection.close()
        raise NoAnswer(safe_line(str(error))) from None
    except NoAnswer:
        connection.close()
        raise


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]

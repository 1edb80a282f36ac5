"""The asking end of a control socket, for a program that waits for each answer."""

import json
import socket
import struct
from pathlib import Path
from typing import Any, BinaryIO

from chatd.control.address import name_of
from chatd.errors import ChatdError
from chatd.safe_line import safe_line


class NobodyThere(ChatdError):
    """Nothing listens at the socket, or it does not exist."""

    text = "nobody answers there"


class NotOurs(ChatdError):
    """The socket belongs to another account."""

    text = "it belongs to another account"


class NoAnswer(ChatdError):
    """There was no answer in time, or none that can be read."""

    text = "there is no answer"


class Connection:
    """Lines to and from a control socket; `seconds` is how long one is waited for.

    Everything here raises `NobodyThere`, `NotOurs` or `NoAnswer`.
    """

    def __init__(self, path: Path, seconds: float) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._lines: BinaryIO | None = None
        self.wait(seconds)
        try:
            self._socket.connect(name_of(path))
        except (FileNotFoundError, ConnectionRefusedError):
            self.close()
            raise NobodyThere from None
        except PermissionError:
            self.close()
            raise NotOurs from None
        except OSError as error:
            self.close()
            raise NoAnswer(safe_line(str(error))) from None
        self._lines = self._socket.makefile("rb")

    @property
    def owner(self) -> int:
        """The account (uid) that the other end belongs to."""
        size = struct.calcsize("3i")
        found = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        return int(struct.unpack("3i", found)[1])

    def wait(self, seconds: float | None) -> None:
        """From now on wait so long for a line, without an end for None."""
        self._socket.settimeout(seconds)

    def say(self, value: Any) -> None:
        """Send one value."""
        try:
            self._socket.sendall(json.dumps(value).encode() + b"\n")
        except OSError as error:
            raise NoAnswer(safe_line(str(error))) from None

    def hear(self) -> dict[str, Any]:
        """The next value."""
        try:
            found: Any = json.loads(self._lines.readline() if self._lines else b"")
        except (OSError, ValueError) as error:
            raise NoAnswer(safe_line(str(error))) from None
        if not isinstance(found, dict):
            raise NoAnswer
        return found

    def detached(self) -> socket.socket:
        """The socket, for whoever goes on with it; of what came, nothing but whole lines was read,
        if the other side says nothing unasked."""
        other = self._socket.dup()
        self.close()
        other.setblocking(False)
        return other

    def close(self) -> None:
        """Hang up."""
        if self._lines is not None:
            self._lines.close()
        self._socket.close()


def ask(path: Path, question: Any, seconds: float) -> dict[str, Any]:
    """The one answer to one question; raises as `Connection`."""
    connection = Connection(path, seconds)
    try:
        connection.say(question)
        return connection.hear()
    finally:
        connection.close()

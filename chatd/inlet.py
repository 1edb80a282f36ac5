"""How much has to come before one side of a link is woken to read it."""

import socket
import sys
from typing import Any

from chatd import limits
from chatd.outlet import is_plain
from chatd.wire.records import RECORD_LENGTH

_AT_ONCE = 1


class Inlet:
    """Reads of a connection that is a socket, on which long records come."""

    __slots__ = ("_at_once", "_awaited", "_connection")

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._at_once = getattr(connection, "bufferSize", 0)
        self._awaited = _AT_ONCE

    def wait_for(self, count: int) -> None:
        """Read when so many bytes are there, if they are many, or when nothing more comes: the
        kernel takes them as they come, and the window of TCP stays open."""
        awaited = count if count > limits.AWAITED else _AT_ONCE
        can = sys.platform == "linux" and is_plain(self._connection) and self._connection.connected
        if awaited == self._awaited or not can:
            return
        self._awaited = awaited
        self._connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, awaited)
        # With the length of the next record, by which that is awaited in turn.
        self._connection.bufferSize = max(self._at_once, awaited + RECORD_LENGTH)

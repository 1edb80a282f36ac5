"""What one side of a link writes: sent in the same turn, and bounded where nobody reads it."""

import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.interfaces import IPushProducer, ISSLTransport
from twisted.internet.tcp import Connection
from zope.interface import implementer

from chatd import limits
from chatd.errors import TooSlow

_NOTSENT_LOWAT = 25
"""The number of TCP_NOTSENT_LOWAT on Linux; Python has no name for it."""


@implementer(IPushProducer)
class Outlet:
    """Writes to a connection, to which nobody else writes, and bounds what it holds for whoever
    does not read.

    The kernel is given everything at once until it does not take all of something. Then the
    connection writes, whose turn it is when the socket has room again. Where somebody waits for
    `room`, that is told whenever all of it was written.
    """

    __slots__ = ("_blocked", "_bytes", "_connection", "_gathered", "_is_prompt", "_most", "_room")

    def __init__(self, connection: Any, most: int, room: Callable[[], None] | None = None) -> None:
        self._connection = connection
        self._most = most
        self._room = room
        self._is_prompt = is_plain(connection)
        self._blocked = False
        self._bytes = 0
        self._gathered: list[bytes] | None = None
        connection.registerProducer(self, True)

    @property
    def has_room(self) -> bool:
        """Whether all was written that was to be."""
        return not self._blocked

    def write(self, *parts: bytes) -> None:
        """Send, now or when there is room; raises `TooSlow` where too much is unread."""
        if self._gathered is None:
            self._push(list(parts))
            return
        self._gathered += parts
        if len(self._gathered) >= limits.GATHERED_RECORDS:
            gathered, self._gathered = self._gathered, []
            self._push(gathered)

    def gather(self) -> None:
        """Send what is written from now on together, with `flush`, or when it is many."""
        self._gathered = []

    def flush(self) -> None:
        """Send what was gathered, and gather no more; raises as `write`."""
        gathered, self._gathered = self._gathered, None
        if gathered:
            self._push(gathered)

    def end(self) -> None:
        """Let the connection be closed: Twisted does not where a producer is paused."""
        with suppress(TooSlow):
            self.flush()
        self._connection.unregisterProducer()

    def _push(self, pieces: list[bytes]) -> None:
        rest = self._send(pieces) if self._is_prompt else b"".join(pieces)
        if rest:
            self._leave(rest)
            if self._room is not None and isinstance(self._connection, FileDescriptor):
                # By this it tells us when all is written, as if its own buffer were full.
                self._connection.producerPaused = self._blocked = True
        if self._blocked:
            self._bytes += len(rest)
            if self._bytes > self._most:
                self._look_what_is_left()

    def _look_what_is_left(self) -> None:
        """Of what was counted some may have been read, though never all of it."""
        below = beneath(self._connection)
        if isinstance(below, FileDescriptor):
            self._bytes = len(below.dataBuffer) - below.offset + below._tempDataLen
        if self._bytes > self._most:
            raise TooSlow("the other side does not read")

    def _leave(self, rest: bytes | memoryview) -> None:
        """To the connection, for its turn; not copied where nothing is left with it yet."""
        connection = self._connection
        if isinstance(rest, memoryview) and connection.connected:
            connection.dataBuffer, connection.offset = rest, 0
            connection.startWriting()
        else:
            connection.write(bytes(rest))

    def _send(self, pieces: list[bytes]) -> bytes | memoryview:
        """What the kernel has not taken; all of it where the connection turns out to be lost, which
        the connection is to find out in its own turn."""
        try:
            sent = self._connection.socket.sendmsg(pieces)
        except OSError:
            sent = 0
        rest = _behind(pieces, sent)
        self._is_prompt = not rest
        return rest

    # -- called by the connection

    def pauseProducing(self) -> None:
        """Its buffer is full."""
        self._blocked = True

    def resumeProducing(self) -> None:
        """Its buffer is empty."""
        self._blocked = False
        self._bytes = 0
        self._is_prompt = is_plain(self._connection)
        if self._room is not None:
            self._room()

    def stopProducing(self) -> None:
        """The connection is about to be lost."""


def beneath(connection: Any) -> Any:
    """What reads from the kernel and writes to it: below TLS, which hands on all at a time."""
    below = connection
    while ISSLTransport.providedBy(below):
        below = below.transport  # type: ignore[attr-defined]
    return below


def is_plain(connection: Any) -> bool:
    """Whether it is a socket; what is none, such as TLS over one, has to see what is written."""
    return isinstance(connection, Connection) and not connection.TLS


def _behind(pieces: list[bytes], count: int) -> bytes | memoryview:
    """What follows after so many bytes."""
    for at, piece in enumerate(pieces):
        if count < len(piece):
            rest = memoryview(piece)[count:]
            return b"".join((rest, *pieces[at + 1 :])) if pieces[at + 1 :] else rest
        count -= len(piece)
    return b""


def write_much(below: Any, unsent: int = limits.UNSENT) -> None:
    """Give the kernel all at once that is to be sent on this socket, but let it take only so much
    more than it can send: what is written later, and matters more, waits for nothing else."""
    below.SEND_LIMIT = limits.PEER_PLAINTEXT
    tcp: Any = getattr(below, "socket", None)
    is_tcp = tcp is not None and tcp.family in (socket.AF_INET, socket.AF_INET6)
    if is_tcp and sys.platform == "linux":
        tcp.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, unsent)

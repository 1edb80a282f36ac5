"""One side of a pair at the relay, on a real socket."""

import contextlib
import socket

from daemon.person import Line
from soak.passing import Passing, framed
from soak.promises import BAN, STOP, UPGRADE, Promises

from chatd.wire import lines
from chatd.wire.server import Relay
from chatd.wire.ticket import OwnTicket


class Passage:
    """A link that shows its ticket, sends all that it has once the other side is there, and is done
    when it has all of theirs. Raises `OSError` if the relay does not answer."""

    def __init__(
        self,
        who: str,
        line: Line,
        place: Relay,
        number: int,
        promises: Promises,
        passing: Passing,
    ) -> None:
        self.line = line
        self.number = number
        self.joined = False
        """Whether the other side has come."""
        self._who = who
        self._promises = promises
        self._passing = passing
        self._buffer = b""
        self._id, self._data = b"", b""
        shown = OwnTicket(place.ticket, place.secret).shown(line.line())
        line.send(lines.relay(shown) + b"\r\n")

    def carry(self, id: bytes, data: bytes) -> None:
        """Have this to send, in this introduction."""
        self._id, self._data = id, framed(data)

    def receive(self) -> bool:
        """Take what has come; whether more is to come."""
        try:
            data = self.line.some()
        except OSError:
            data = b""
        self._buffer += data
        if not self.joined and self._buffer.startswith(lines.RELAYED + b"\r\n"):
            self._join()
        whole = self.joined and Passing.is_whole(self._buffer)
        if self.joined and (whole or not data):
            self._end(whole=whole)
        return bool(data) and not whole

    def _join(self) -> None:
        self.joined = True
        self._buffer = self._buffer.removeprefix(lines.RELAYED + b"\r\n")
        self._passing.sent(self._id, self._who, self._data)
        self.line.send(self._data)

    def _end(self, *, whole: bool) -> None:
        explained = self._promises.spans.concern(self.number, STOP, UPGRADE, BAN)
        if not whole and not explained:
            self._promises.faults.append(f"{self._who} did not get all from the relay")
        self._passing.got(self._id, self._who, self._buffer, whole=whole)
        with contextlib.suppress(OSError):
            self.line.socket.shutdown(socket.SHUT_WR)

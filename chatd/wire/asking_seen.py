"""A connection to the server on which a client asks where it is seen, and nothing else
(protocol, "The other family")."""

from collections.abc import Callable

from chatd.errors import Unexpected
from chatd.wire import lines
from chatd.wire.opening import Secured


class AskingSeen:
    """The client's side: `told` is given the voucher (38 bytes) for our commitment (32 bytes).

    What the greeting says here is not authenticated, and not read.
    """

    def __init__(self, commitment: bytes, told: Callable[[bytes], None]) -> None:
        self.secured: Secured | None = None
        self._commitment = commitment
        self._told: Callable[[bytes], None] | None = told
        self._asked = False

    def start(self) -> list[bytes]:
        """Nothing: the server speaks first."""
        return []

    def receive_line(self, line: bytes) -> list[bytes]:
        """The greeting is answered by the question; raises `TurnedAway`, `Malformed`, and
        `Unexpected` for what follows on the answer."""
        if not self._asked:
            lines.read_greeting(line)
            self._asked = True
            return [lines.seen(self._commitment)]
        told, self._told = self._told, None
        if told is None:
            raise Unexpected
        told(lines.read_voucher(line))
        return []

"""Somebody who is logged in, as the lobby sees them."""

from typing import Protocol

from chatd.sources import Source
from chatd.wire import server as wire
from chatd.wire.close import Reason


class Session(Protocol):
    """One link whose handshake is done."""

    key: bytes
    address: tuple[str, int]
    source: Source
    name: str | None

    def send(self, message: wire.FromServer) -> None:
        """Send one message."""

    since: float
    turn: int
    """Which of all logins its own was, in the order in which they were said."""

    def pause(self) -> None:
        """Bring no message until `resume` was called as often."""

    def resume(self) -> None:
        """Go on with what waits."""

    def close(self, reason: Reason) -> None:
        """Say CLOSE; the session is to be forgotten."""

    def dismiss(self, reason: Reason) -> None:
        """Say CLOSE and wait for nothing; the session is to be forgotten."""

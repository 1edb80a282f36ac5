"""What the client's halves of all kinds of proxy have in common: one wish for a connection."""

from typing import Protocol

from chatd.errors import ChatdError


class ProxyFailed(ChatdError):
    """The proxy has not led us where we want to go."""

    text = "the proxy does not lead there"
    hint = "check --proxy, or the Tor behind --tor"


class ProxyRequest(Protocol):
    """What is said to a proxy, without I/O; names are looked up by the proxy."""

    rest: bytes | None
    """What came behind the last answer, None before that is whole: we are connected, and nothing
    more is to be received here."""

    def start(self) -> bytes:
        """What is said first."""

    def receive(self, data: bytes) -> bytes:
        """What is to be sent now, after these bytes have come; raises `ProxyFailed`."""

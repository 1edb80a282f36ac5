"""JSON lines on a Twisted connection, as both kinds of control socket answer them."""

from typing import Any

from twisted.protocols.basic import LineReceiver

from chatd.control.encoding import encoded


class JsonLine(LineReceiver):
    """One connection; a line over `MAX_LENGTH` bytes ends it."""

    delimiter = b"\n"

    def say(self, value: Any) -> None:
        """Write one value."""
        transport: Any = self.transport
        transport.write(encoded(value))

"""JSON lines, as everything on a control socket and on the streams of `chat --json` is written."""

import json
from typing import Any

import msgspec
from twisted.protocols.basic import LineReceiver


def encoded(value: Any) -> bytes:
    """One line: everything but printable ASCII is escaped, so that a terminal can show it."""
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode() + b"\n"


class JsonLine(LineReceiver):
    """One connection; a line over `MAX_LENGTH` bytes ends it."""

    delimiter = b"\n"

    def say(self, value: Any) -> None:
        """Write one value."""
        transport: Any = self.transport
        transport.write(encoded(value))

"""How a value is written on a control socket, and on the streams of `chat --json`."""

from typing import Any

import msgspec


def encoded(value: Any) -> bytes:
    """One line: everything but printable ASCII is escaped, so that a terminal can show it."""
    line = msgspec.json.encode(value)
    if not line.isascii() or b"\x7f" in line:
        import json  # which is slower, and takes long to import

        line = json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode()
    return line + b"\n"

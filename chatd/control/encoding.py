"""How a value is written on a control socket, and on the streams of `chat --json`."""

import json
from typing import Any

import msgspec


def encoded(value: Any) -> bytes:
    """One line: everything but printable ASCII is escaped, so that a terminal can show it."""
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":")).encode() + b"\n"

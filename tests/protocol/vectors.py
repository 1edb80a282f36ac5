"""Writes docs/protocol/vectors anew from the code:

PYTHONPATH=tests:tests/wire python tests/protocol/vectors.py
"""

import json
from collections.abc import Callable
from typing import Any

import vector_handshakes
import vector_keys
import vector_messages
import vector_rules
import vector_seeds

FILES: dict[str, Callable[[], Any]] = {
    "kem.json": vector_keys.kem,
    "identities.json": vector_keys.identities,
    "suites.json": vector_keys.suites,
    "records.json": vector_keys.records,
    "handshakes.json": vector_handshakes.handshakes,
    "introductions.json": vector_handshakes.introductions,
    "proofs.json": vector_handshakes.proofs,
    "cards.json": vector_seeds.cards,
    "door.json": vector_seeds.door,
    "relay.json": vector_seeds.relay,
    "messages.json": vector_messages.messages,
    "lines.json": vector_rules.read_lines,
    "names.json": vector_rules.names,
    "addresses.json": vector_rules.addresses,
}
"""What makes each file; the first is written before the others, as they read it."""


def text(name: str) -> str:
    """A file as it should be."""
    return json.dumps(FILES[name](), indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    for name in FILES:
        (vector_keys.VECTORS / name).write_text(text(name), "utf-8")

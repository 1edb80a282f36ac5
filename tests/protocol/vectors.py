"""Writes docs/protocol/vectors, and the values of the worked example beside it, anew:

PYTHONPATH=tests:tests/wire python tests/protocol/vectors.py
"""

import json
import re
import textwrap
from collections.abc import Callable
from typing import Any

import vector_files
import vector_handshakes
import vector_keys
import vector_messages
import vector_rules
import vector_seeds
from protocol_example import values
from protocol_parts import FOLDER

FILES: dict[str, Callable[[], Any]] = {
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
    "files.json": vector_files.files,
    "lines.json": vector_rules.read_lines,
    "names.json": vector_rules.names,
    "addresses.json": vector_rules.addresses,
}
"""What makes each file, but for that of the KEM, which is given."""


def text(name: str) -> str:
    """A file as it should be."""
    return json.dumps(FILES[name](), indent=1, ensure_ascii=True) + "\n"


def example(page: str) -> str:
    """The page of the worked example with its values as they should be, under the names that it
    has."""
    for name, value in values().items():
        width = 64 if re.fullmatch("[0-9a-f]+", value) else len(value)
        rows = "".join(f"    {row}\n" for row in textwrap.wrap(value, width))
        shown = rf"^{re.escape(name)} =\n(?:    .+\n)+"
        page = re.sub(shown, f"{name} =\n{rows}", page, flags=re.M)
    return page


if __name__ == "__main__":
    for name in FILES:
        (vector_keys.VECTORS / name).write_text(text(name), "utf-8")
    worked = FOLDER / "worked-example.md"
    worked.write_text(example(worked.read_text("utf-8")), "utf-8")

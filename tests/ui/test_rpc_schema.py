"""The file in the docs is what the code says, and real lines are what the file says."""

import json
import re
from pathlib import Path

from chatd.engine.commands import Command
from chatd.engine.decisions.events import Event
from chatd.engine.tags import kinds
from chatd.ui.rpc import methods
from chatd.ui.rpc.schema import schema

FILE = Path(__file__).parents[2] / "docs" / "rpc.schema.json"


def test_the_file_in_the_docs() -> None:
    """Written by `python -m chatd.ui.rpc.schema`; what breaks programs is another version."""
    assert json.loads(FILE.read_text()) == json.loads(json.dumps(schema()))


def test_patterns_are_those_of_other_languages() -> None:
    """What ends a text in Python alone is a letter elsewhere, and no name would fit."""
    patterns = re.findall(r'"pattern": (".*")', FILE.read_text())
    assert patterns
    assert [each for each in patterns if not each.endswith('$"')] == []


def test_every_command_and_event_has_a_name_of_its_own() -> None:
    """Nothing of the client is out of reach for programs."""
    assert len(methods.COMMANDS) == len(kinds(Command))
    assert len(methods.EVENTS) == len(kinds(Event))
    names = set(schema()["$defs"])
    assert {each.__name__ for each in (*kinds(Command), *kinds(Event))} <= names

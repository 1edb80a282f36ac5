"""Answers to commands that cannot be carried out where the client is."""

from collections.abc import Iterable

from chatd.engine.decisions import events
from chatd.engine.decisions.effects import Show
from chatd.engine.decisions.failures import CommandFailure


def failed(code: CommandFailure, *names: str) -> Show:
    """Say why not, and of whom."""
    return Show(events.CommandFailed(code, names))


def choose(code: CommandFailure, nobody: CommandFailure, names: Iterable[str]) -> Show:
    """Say which names there are to choose from, or with the code `nobody` that there are none."""
    found = sorted(names)
    return failed(code, *found) if found else failed(nobody)

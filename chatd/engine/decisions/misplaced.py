"""Answers to commands that cannot be carried out where the client is."""

from collections.abc import Iterable

from chatd.engine.decisions import events
from chatd.engine.decisions.effects import Show


def misplaced(text: str, hint: str = "") -> Show:
    """Say why not, and what to do instead."""
    return Show(events.Misplaced(text, hint))


def choose(text: str, nobody: str, names: Iterable[str], command: str) -> Show:
    """Say whose names `command` can be given; `text` has a place for them, `nobody` is said where
    there are none."""
    found = sorted(names)
    if not found:
        return misplaced(nobody)
    return misplaced(text.format(", ".join(found)), f"{command} {found[0]}")

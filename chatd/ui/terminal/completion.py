"""Tab: the words of the command table, and the names that fit behind each."""

import os
from collections.abc import Iterable
from types import ModuleType

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.store.contact import CHOICES
from chatd.ui.command import Here
from chatd.ui.terminal.path_completion import NOTHING, Completion, complete_path


class Seen:
    """The names that this client has come across, the latest first."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def notice(self, event: e.Event) -> None:
        """Remember whom an event is about."""
        if isinstance(event, e.Found | e.Asking | e.RequestArrived | e.Preparing | e.Talking):
            self._names.pop(event.name, None)
            self._names[event.name] = None
            if len(self._names) > limits.SEEN_NAMES:
                del self._names[next(iter(self._names))]

    @property
    def names(self) -> list[str]:
        """At most `limits.SEEN_NAMES`."""
        return list(reversed(self._names))


def complete(before: str, here: Here, seen: Iterable[str]) -> Completion:
    """What fits at the end of `before`, the text in front of the cursor."""
    words = before.removeprefix("/").split(" ")
    in_conversation = here.talk is not None
    if in_conversation and (not before.startswith("/") or before.startswith("//")):
        return NOTHING
    command = _table().BY_WORD.get(words[0].lower())
    if len(words) > 1 and command is not None and command.completes == "paths":
        return complete_path(before.partition(" ")[2])
    if len(words) == 1:
        return _among(words[0], _commands(in_conversation))
    if len(words) == 2:
        return _among(words[1], _names(words[0].lower(), here, seen))
    return NOTHING


def _table() -> ModuleType:
    from chatd.ui import commands  # not before something is typed

    return commands


def _commands(in_conversation: bool) -> list[str]:
    return [
        command.word + (" " if command.argument else "")
        for command in _table().COMMANDS
        if command.works(in_conversation)
    ]


def _names(word: str, here: Here, seen: Iterable[str]) -> list[str]:
    command = _table().BY_WORD.get(word)
    asking_us = [each.name for each in here.client.asking_us]
    if command is None or not command.argument or not command.works(here.talk is not None):
        return []
    match command.completes:
        case "asking us":
            return asking_us
        case "whom we talk to":
            return [each.name for each in here.client.conversations]
        case "whom we hear":
            return list(CHOICES)
        case "asked by us":
            return [each.name for each in here.client.asked]
        case "people":
            return [*asking_us, *seen, *(each.name for each in here.client.people)]
        case "commands":
            return [*(each.word for each in _table().COMMANDS), "keys"]
    return []


def _among(start: str, candidates: Iterable[str]) -> Completion:
    """Every candidate that begins with `start`, and what all of those have in common."""
    fitting = sorted({each for each in candidates if each.startswith(start.lower())})
    common = os.path.commonprefix(fitting) if fitting else start  # noqa: RUF071
    choices = [each.strip() for each in fitting] if len(fitting) > 1 else []
    return Completion(common[len(start) :], choices)

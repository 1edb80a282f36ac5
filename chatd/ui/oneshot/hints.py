"""What is said of commands, for whoever is at the shell."""

import re

from chatd.ui.commands import BY_WORD

_HINT = "hint: "
_COMMAND = re.compile(r"(?<![\w/])/(\w+)")


def hint_at_shell(hint: str) -> str:
    """A way on with its commands as they are given there, where they can be."""
    return _COMMAND.sub(_given, hint)


def line_at_shell(line: str) -> str:
    """The same of a line, in which nothing but a hint is ours to change."""
    return hint_at_shell(line) if line.startswith(_HINT) else line


def _given(found: re.Match[str]) -> str:
    command = BY_WORD.get(found[1])
    return f"chat {found[1]}" if command is not None and command.shell else found[0]

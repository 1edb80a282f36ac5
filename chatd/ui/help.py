"""The command `help`: what can be typed here, in groups; or all that there is to say about one."""

from collections.abc import Iterable, Mapping

from chatd.text import safe_line
from chatd.ui.command import Command, Group, Mistake

_TITLES: dict[Group, str] = {
    "people": "people",
    "conversation": "this conversation",
    "you": "you and this client",
}
KEYS = (
    "Tab completes · ↑ ↓ and Ctrl-R find what was typed · Alt-Enter breaks a line",
    "Ctrl-C clears the line · Ctrl-Z suspends · Ctrl-D on an empty line ends",
)


def overview(commands: Iterable[Command], in_conversation: bool) -> list[str]:
    """What works where the person is, one line each, under the title of its group."""
    sign = "/" if in_conversation else ""
    here = [command for command in commands if command.works(in_conversation)]
    width = max(len(command.usage) for command in here)
    lines = []
    for group, title in _TITLES.items():
        among = [command for command in here if command.group == group]
        lines += [f"{title}:"] if among else []
        lines += [f"  {sign}{command.usage:<{width}} {command.summary}" for command in among]
    if in_conversation:
        lines.append("everything else is sent; // at the beginning sends a /")
    return [*lines, *KEYS, f"{sign}help COMMAND says more about one"]


def about(words: Mapping[str, Command], word: str) -> list[str]:
    """One command: usage, what it does, where it works, an example, other words for it.

    Raises `Mistake` if there is none of this word.
    """
    command = words.get(word.lower().removeprefix("/"))
    if command is None:
        raise Mistake(f"{safe_line(word, 40)} is not a command", "help shows what there is")
    where = {"lobby": "at the server", "chat": "in a conversation", "both": "everywhere"}
    lines = [f"{command.usage}: {command.summary}"]
    lines += [command.more] if command.more else []
    lines += [f"works {where[command.where]}"]
    lines += [f"for example: {command.example}"] if command.example else []
    lines += [f"also: {', '.join(command.also)}"] if command.also else []
    return lines

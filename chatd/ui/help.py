"""The command `help`: what can be typed here, in groups; or all that there is to say about one."""

from collections.abc import Iterable, Mapping, Sequence

from chatd.text import safe_line
from chatd.ui.command import Command, Group, Mistake

_TITLES: dict[Group, str] = {
    "people": "people",
    "conversation": "this conversation",
    "you": "you and this client",
}
KEYS = (
    ("Tab", "completes"),
    ("↑ ↓ Ctrl-R", "find lines"),
    ("PageUp", "looks back"),
    ("Alt-Enter", "new line"),
    ("Ctrl-C", "clears the line"),
    ("Ctrl-L", "the screen"),
    ("Ctrl-Z", "suspends"),
    ("Ctrl-D on an empty line", "ends"),
    ("Tab on an empty line", "goes to the next conversation"),
    ("Alt-1 to Alt-9, Alt-0", "go to a conversation, to the server"),
    ("Alt-a", "goes to the next conversation where something is new"),
)


def overview(groups: Mapping[Group, Iterable[Command]], in_conversation: bool) -> list[str]:
    """What works where the person is, under the title of its group: as long as fits a screen of 24
    rows, whose first ones would be lost."""
    sign = "/" if in_conversation else ""
    placed = [
        (group, command)
        for group, commands in groups.items()
        for command in commands
        if command.works(in_conversation)
    ]
    here = [command for _, command in placed]
    rows = [(_beside(group, in_conversation), *_row(each, here, sign)) for group, each in placed]
    width = max(len(usage) for _, usage, _ in rows)
    lines = []
    for group, title in _TITLES.items():
        among = [(usage, summary) for where, usage, summary in rows if where == group and usage]
        lines += [f"{title}:"] if among else []
        lines += [f"  {usage:<{width}} {summary}" for usage, summary in among]
    if in_conversation:
        lines.append("everything else is sent; // at the beginning sends a /")
    return lines


def at_shell(words: Mapping[str, str]) -> list[str]:
    """What `chat` does, by its words with a summary of each."""
    width = max(map(len, words))
    return [
        "chat talks to people, in a terminal; help says there what can be typed",
        "chat WORD does one thing and ends; chat WORD --help says more:",
        *(f"  {word:<{width}} {summary}" for word, summary in words.items()),
    ]


def _beside(group: Group, in_conversation: bool) -> Group:
    return "you" if group == "conversation" and not in_conversation else group


def _row(command: Command, here: Sequence[Command], sign: str) -> tuple[str, str]:
    """Usage and summary of a command and of those that share its row; '' for one of these."""
    if any(command.row == other.word for other in here):
        return "", ""
    joined = [command, *(other for other in here if other.row == command.word)]
    words = ", ".join(f"{sign}{each.word}" for each in joined)
    does = command.together if len(joined) > 1 else ""
    does = does or "; ".join(each.summary for each in joined)
    return f"{words} {command.argument}".rstrip(), does


def about(words: Mapping[str, Command], word: str) -> list[str]:
    """One command: usage, what it does, where it works, an example, other words for it; or the
    keys.

    Raises `Mistake` if there is none of this word.
    """
    if word == "keys":
        width = max(len(keys) for keys, _ in KEYS)
        return [f"{keys:<{width}} {does}" for keys, does in KEYS]
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

"""The one table of commands, from which parsing, help and completion come: those of each group."""

from chatd.engine import commands as c
from chatd.store.card_prefix import is_card
from chatd.ui import help
from chatd.ui.command import Call, Command, Here, Mistake, read
from chatd.ui.own_commands import YOU
from chatd.ui.people_commands import PEOPLE
from chatd.ui.talk_commands import TALK
from chatd.ui.wording import Line


def parse(line: str, here: Here) -> Call:
    """Read one command line, with or without a slash; raises `Mistake`."""
    if is_card(line):
        if here.talk is not None:
            raise Mistake("that is an invite card", "/leave first, then paste it")
        return Call(_CARD, line)
    return read(BY_WORD, line, here)


def _help(here: Here, word: str) -> list[Line]:
    texts = help.about(BY_WORD, word) if word else help.overview(COMMANDS, here.talk is not None)
    return [Line("info", text) for text in texts]


COMMANDS = (
    *PEOPLE,
    *TALK,
    *YOU,
    Command(
        "help",
        "[COMMAND]",
        "both",
        "you",
        "this list; more about one command, or keys",
        _help,
        completes="commands",
        example="help chat",
        is_early=True,
        shell="nothing",
    ),
)
_CARD = Command(
    "card",
    "",
    "lobby",
    "people",
    "ask whoever made this card",
    lambda _, line: c.UseCard(line),
    begins=True,
)
BY_WORD = {word: command for command in COMMANDS for word in (command.word, *command.also)}

"""The one table of commands, from which parsing, help and completion come: those of each group."""

from itertools import chain

from chatd.engine import commands as c
from chatd.store.card_prefix import is_card
from chatd.ui import help
from chatd.ui.command import Call, Command, Group, Here, Mistake, read
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
    texts = help.about(BY_WORD, word) if word else help.overview(GROUPS, here.talk is not None)
    return [Line("info", text) for text in texts]


_HELP = Command(
    "help",
    "[COMMAND]",
    "this list; more about one command, or keys",
    _help,
    completes="commands",
    example="help chat",
    is_early=True,
    shell="nothing",
)
GROUPS: dict[Group, tuple[Command, ...]] = {
    "people": PEOPLE,
    "conversation": TALK,
    "you": (*YOU, _HELP),
}
COMMANDS = tuple(chain.from_iterable(GROUPS.values()))
_CARD = Command(
    "card",
    "",
    "ask whoever made this card",
    lambda _, line: c.UseCard(line),
    where="lobby",
    begins=True,
)
BY_WORD = {word: command for command in COMMANDS for word in (command.word, *command.also)}

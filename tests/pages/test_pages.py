"""What the pages for people say is what the programs say."""

import re

import pytest
from pages import OF_PEOPLE, TREE, blocks, text

from chatd.text import BREAK, GUTTER, TICK
from chatd.ui.commands import COMMANDS
from chatd.ui.terminal.pending import SIGN

RUN = {
    "README.md": {"demo", "test", "pipx", "single file", "server", "client", "script"},
    "docs/using.md": {"using: config"},
    "docs/programs.md": {"programs: piped"},
    "docs/card.md": set(),
    "docs/questions.md": {"uninstall"},
}
"""What .ci/run, tests/processes/test_documented.py and tests/packaging/test_readme.py run."""
SOURCE = "".join(path.read_text("utf-8") for path in sorted((TREE / "chatd").rglob("*.py")))
QUESTIONS = re.findall(r'^## "(.*)"$', text("docs/questions.md"), re.M)


@pytest.mark.parametrize("page", OF_PEOPLE)
def test_every_block_of_commands_is_run(page: str) -> None:
    """None is without a mark, or with one that no test knows."""
    assert set(blocks(page)) == RUN[page]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_in_the_words_of_the_client(question: str) -> None:
    """Whoever looks for a sentence that they saw finds it: names aside it stands in the code."""
    parts = re.split(r"\b(?:bob|alice|chat\.example\.org)\b", question)
    said = r"\{[^}]*\}".join(re.escape(part) for part in parts)
    assert re.search(said, SOURCE)


def test_the_card_has_every_command_and_no_other() -> None:
    """In its last table, by their words."""
    table = text("docs/card.md").partition("## What you type")[2]
    words = re.findall(r"`(\w+)`", table.partition("|---|")[2])
    assert sorted(words) == sorted(command.word for command in COMMANDS)


@pytest.mark.parametrize("sign", [SIGN, TICK, GUTTER.strip(), BREAK.strip(), "→ bob:"])
def test_the_card_has_the_signs_of_the_terminal(sign: str) -> None:
    """Each begins the first cell of a row."""
    assert f"\n| `{sign}" in text("docs/card.md")

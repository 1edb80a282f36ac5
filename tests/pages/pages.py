"""The pages for people, and the commands that stand in them."""

import re
from pathlib import Path

TREE = Path(__file__).parents[2]
OF_PEOPLE = [
    "README.md",
    *(f"docs/{each}.md" for each in ("using", "programs", "card", "questions")),
]
_BLOCK = re.compile(r"(?:<!-- ([a-z: ]+) -->\n)?```sh\n(.*?)```", re.DOTALL)


def text(page: str) -> str:
    """A page, by its path in the tree."""
    return (TREE / page).read_text("utf-8")


def blocks(page: str) -> dict[str, list[str]]:
    """The blocks of commands of a page by the marks above them, '' for one without."""
    return {mark: commands.splitlines() for mark, commands in _BLOCK.findall(text(page))}


def block(page: str, mark: str) -> list[str]:
    """The commands below a mark."""
    return blocks(page)[mark]

"""docs/protocol as its tests read it: parts, headings, sections, tables, values."""

import re
from pathlib import Path
from typing import Any, get_args

from msgspec import Struct
from msgspec.structs import fields

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "protocol"
PARTS = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.md"))}
TEXT = "\n".join(PARTS.values())
_HEADING = re.compile(r"^#{1,3} (.+)$", re.M)


def headings(text: str) -> list[str]:
    """The headings of a page, its title first."""
    return _HEADING.findall(re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))


def anchors(text: str) -> set[str]:
    """What a link can name in a page, as the usual renderers make it from the headings."""
    return {
        re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-") for title in headings(text)
    }


def section(title: str) -> str:
    """The text under the one heading of this name, up to the next of its level or above."""
    found = re.findall(rf"^(#+) {re.escape(title)}\n(.*?)(?=^\1 |^## |\Z)", TEXT, re.M | re.S)
    assert len(found) == 1, f"there are {len(found)} sections {title!r}"
    return str(found[0][1])


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table, without the backquotes around them."""
    lines = [line for line in text.splitlines() if line.startswith("|") and "| ---" not in line]
    return [[cell.strip().strip("`") for cell in line.strip("|").split(" | ")] for line in lines]


def example() -> dict[str, str]:
    """The values of the worked example, by their names."""
    blocks = "\n".join(re.findall(r"^```example\n(.*?)^```$", TEXT, re.M | re.S))
    found = re.findall(r"^(\S.*) =\n((?:    \S.*\n)+)", blocks, re.M)
    return {name: re.sub(r"\n? {4}", "", value).strip() for name, value in found}


def forms_of(union: Any) -> dict[str, list[str]]:
    """The messages of a union in the code, in the same form."""
    kinds: tuple[type[Struct], ...] = get_args(union) or (union,)
    return {
        str(kind.__struct_config__.tag): [field.name for field in fields(kind)] for kind in kinds
    }

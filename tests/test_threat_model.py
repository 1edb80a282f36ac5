"""docs/threat-model.md promises nothing without a test that tries to break it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
PROMISES = [
    line.strip("| ").rsplit(" | ", 1)
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith(("| cannot", "| ---"))
]


@pytest.mark.parametrize(("promise", "tests"), PROMISES, ids=[row[0] for row in PROMISES])
def test_each_promise_has_a_test(promise: str, tests: str) -> None:
    """Every row names at least one, and each of them is there."""
    named = re.findall(r"`(tests/[^`]+)`", tests)
    assert named
    for each in named:
        path, _, name = each.partition("::")
        source = (ROOT / path).read_text("utf-8")
        assert f"def {name}(" in source if name else "def test_" in source


def test_each_adversary_has_a_list() -> None:
    """Every chapter but the last, which is advice, has a table."""
    chapters = TEXT.split("\n## ")[1:-1]
    assert len(chapters) == 8
    assert all("| cannot | tried by |" in chapter for chapter in chapters)

"""Debug lines are there on demand, whoever makes them."""

from pathlib import Path

SOURCES = sorted((Path(__file__).parents[2] / "chatd").rglob("*.py"))


def test_whoever_makes_debug_lines_asks_whether_they_are_wanted() -> None:
    """A plain Logger of Twisted's writes them always."""
    makers = [path for path in SOURCES if ".debug(" in path.read_text()]
    assert makers
    plain = [p.name for p in makers if "from chatd.log.levels import" not in p.read_text()]
    assert plain == []

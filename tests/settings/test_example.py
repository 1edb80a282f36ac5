"""The example of a file, deploy/chatd.toml."""

import re
from pathlib import Path

from chatd.settings import config_file
from chatd.settings.settings import survey
from chatd.settings.table import BY_OPTION, TABLE

TREE = Path(__file__).parents[2]
EXAMPLE = TREE / "deploy" / "chatd.toml"
COMMENTED = re.compile(r"^#(?=[a-z-]+ = )", re.MULTILINE)


def test_as_it_is_it_changes_nothing() -> None:
    """Everything in it is a comment, so that it can be taken as it is."""
    assert config_file.read("the example", EXAMPLE.read_bytes()) == ({}, [])


def test_it_holds_every_setting() -> None:
    """Each stands in it once and can be used; but for those that are for one start."""
    text = COMMENTED.sub("", EXAMPLE.read_text())
    given, problems = config_file.read("the example", text.encode())
    assert not problems
    assert list(given) == [setting.option for setting in TABLE if not setting.once]


def test_every_line_of_it_can_be_used() -> None:
    """Whatever is uncommented, one by one, is a value that a daemon takes."""
    for line in COMMENTED.finditer(EXAMPLE.read_text()):
        statement = EXAMPLE.read_text()[line.end() :].partition("\n")[0]
        found, problems = survey({"config": "x"}, {}, lambda _, said=statement: said.encode())
        assert not problems, statement
        assert sum(bool(found.place(setting)) for setting in TABLE) == 1


def test_what_holds_if_nothing_is_said() -> None:
    """A number or a switch in it is the default, so that the comments are true."""
    text = COMMENTED.sub("", EXAMPLE.read_text())
    given, _ = config_file.read("the example", text.encode())
    for setting in TABLE:
        if setting.option in given and setting.default is not None and int in setting.kind.toml:
            assert setting.kind.read(given[setting.option].text) == setting.default


def test_it_says_what_can_change_in_a_daemon_that_runs() -> None:
    """The comment above such a setting says so, and that above no other."""
    above = ""
    for line in EXAMPLE.read_text().splitlines():
        if found := re.match(r"#([a-z-]+) = ", line):
            assert ("(live)" in above) == BY_OPTION[found[1]].live, found[1]
            above = ""
        else:
            above = f"{above} {line}" if line else ""


def test_the_handbook_has_every_setting() -> None:
    """Its option and its variable stand in one row of a table."""
    rows = [row for row in (TREE / "docs" / "operating.md").read_text().splitlines() if "|" in row]
    for setting in TABLE:
        assert any(f"`--{setting.option}" in row and setting.variable in row for row in rows), (
            setting.option
        )

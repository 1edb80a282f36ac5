"""The rules by which files are taken without asking."""

from pathlib import Path

import pytest

from chatd import limits
from chatd.errors import Usage
from chatd.store.documents import Damaged
from chatd.store.taking import FILE, Taking

BOB, CAROL = b"\x01" + b"b" * 32, b"\x01" + b"c" * 32


def test_nothing_is_taken_until_a_person_says_so(tmp_path: Path) -> None:
    """For one person at one server, until that is taken back; also in another run."""
    taking = Taking(tmp_path)
    assert taking.most("host:1", BOB) == 0
    taking.choose("host:1", BOB, 1000)
    taking.choose("host:1", CAROL, 5)
    again = Taking(tmp_path)
    assert [again.most("host:1", BOB), again.most("host:2", BOB)] == [1000, 0]
    again.choose("host:1", BOB, 0)
    assert [Taking(tmp_path).most("host:1", key) for key in (BOB, CAROL)] == [0, 5]


def test_rules_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than there may be people is refused, and changes nothing."""
    monkeypatch.setattr(limits, "CONTACTS", 1)
    taking = Taking(tmp_path)
    taking.choose("host:1", BOB, 1)
    taking.choose("host:1", BOB, 2)
    with pytest.raises(Usage):
        taking.choose("host:1", CAROL, 1)
    assert [taking.most("host:1", key) for key in (BOB, CAROL)] == [2, 0]


def test_a_damaged_rule_is_no_rule(tmp_path: Path) -> None:
    """It is said, and nothing is taken by it."""
    (tmp_path / FILE).write_text('{"version": 2, "servers": {"host:1": {"' + "0" * 66 + '": 0}}}')
    (tmp_path / FILE).chmod(0o600)
    with pytest.raises(Damaged):
        Taking(tmp_path)

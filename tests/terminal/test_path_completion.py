"""Tab behind `/send`: files and folders, with spaces and quotes in their names."""

import os
import shlex
from pathlib import Path

import pytest

from chatd import limits
from chatd.ui.terminal.path_completion import complete_path


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with some names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("holiday one.jpg", "holiday two.jpg", "it's", "notes.txt", ".hidden", "a\x1bb"):
        (tmp_path / name).touch()
    for name in ("photos", "home/deep", "photos/2026"):
        (tmp_path / name).mkdir(parents=True)


@pytest.mark.parametrize(
    ("said", "added"),
    [
        ("no", "tes.txt "),
        ("ph", "otos/"),
        ("photos/", "2026/"),
        ("holi", "day\\ "),
        ("holiday\\ o", "ne.jpg "),
        ("'holiday o", "ne.jpg' "),
        ('"holiday t', 'wo.jpg" '),
        ("notes.txt ph", "otos/"),
        ("'holiday one.jpg' no", "tes.txt "),
        ("it", "\\'s "),
        (".h", "idden "),
        ("~/de", "ep/"),
        ("nothing", ""),
        ("nowhere/", ""),
        ("a", ""),
        ("\0", ""),
    ],
)
def test_what_tab_adds(said: str, added: str) -> None:
    """So much as is certain; what comes out is read as that path again."""
    assert complete_path(said).added == added


def test_what_was_completed_is_one_word() -> None:
    """As it is read when the line is sent."""
    line = "holiday\\ o"
    line += complete_path(line).added
    assert shlex.split(line) == ["holiday one.jpg"]


def test_choices() -> None:
    """Several that fit are shown; hidden ones when they are asked for, never what hides itself."""
    assert complete_path("holi").choices == ["holiday one.jpg", "holiday two.jpg"]
    assert "photos/" in complete_path("").choices
    assert not [each for each in complete_path("").choices if each.startswith((".", "a"))]


def test_a_large_folder_is_shown_in_part(tmp_path: Path) -> None:
    """Nobody reads thousands."""
    os.chdir(tmp_path / "photos" / "2026")
    for number in range(200):
        Path(f"{number}").touch()
    assert len(complete_path("").choices) == limits.SHOWN_PATHS

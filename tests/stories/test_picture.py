"""The picture in the README is what people see."""

from pathlib import Path

import pytest
from stories import picture


@pytest.mark.slow
def test_the_picture_shows_what_a_run_shows(tmp_path: Path) -> None:
    """Made again it is the same, but for keys, ports and times; else: make it again."""
    made = picture.svg(picture.play(tmp_path))
    assert picture.masked(made) == picture.masked(picture.TARGET.read_text()), picture.__doc__

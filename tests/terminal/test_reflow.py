"""Terminals that break old rows anew when they become narrower."""

import pytest
from prompt_toolkit.application import Application

from chatd.ui.terminal.reflow import ReflowingApplication, added_rows, reflows


@pytest.mark.parametrize(
    ("above", "cursor", "columns", "added"),
    [
        ([], 0, 40, 0),
        ([40], 0, 40, 0),
        ([41], 0, 40, 1),
        ([80, 30], 10, 40, 1),
        ([80, 80], 39, 40, 2),
        ([80, 80], 40, 40, 3),
        ([0, 0], 5, 40, 0),
    ],
)
def test_added_rows(above, cursor, columns, added):
    """Every row that no longer fits takes more of them, and the cursor wraps with its own."""
    assert added_rows(above, cursor, columns) == added


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "screen", "TMUX": "x"}, True),
        ({"TERM": "linux"}, False),
        ({"TERM": "xterm", "XTERM_VERSION": "XTerm(390)"}, False),
        ({"TERM": "screen", "STY": "1.pts"}, False),
    ],
)
def test_reflows(environment, expected):
    """Terminals that cut rows off are known by what they put into the environment."""
    assert reflows(environment) is expected


def test_the_library_calls_it():
    """The method is still the one that the library calls for a new size."""
    assert "_on_resize" in vars(Application)
    assert "_on_resize" in vars(ReflowingApplication)

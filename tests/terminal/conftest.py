"""Terminals that are closed after each test."""

import pytest
from real_terminal import RealTerminal


@pytest.fixture
def terminal(tmp_path):
    """Opens a terminal with the arguments of `RealTerminal`, at most one per test."""
    opened = []

    def open_terminal(**arguments):
        opened.append(RealTerminal(tmp_path, **arguments))
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()

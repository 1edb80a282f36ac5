"""Terminals that are closed after each test."""

import pytest
from real_terminal import RealTerminal
from simulated.client import MemoryClient, key_of


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


class Shown:
    """A view that keeps what it is shown."""

    def __init__(self):
        self.events = []
        self.lines = []
        self.gone = []

    @property
    def to(self):
        """Lines go to bob."""
        return key_of("bob")

    def go(self, conversation):
        self.gone.append(conversation)

    def show(self, event):
        self.events.append(event)

    def tell(self, lines):
        self.lines.extend(line.text for line in lines)

    def wipe(self):
        self.events.append("wiped")

    def changed(self):
        pass


@pytest.fixture
def shown():
    """What was shown."""
    return Shown()


@pytest.fixture
def client(shown):
    """A client that has no name."""
    made = MemoryClient()
    made.subscribe(shown)
    return made

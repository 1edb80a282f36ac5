"""The work on a passphrase, apart from the thread that waits for it."""

import io
import sys
import threading

import pytest
from patience import SECONDS

from chatd import limits
from chatd.store.sealed import WrongPassphrase
from chatd.ui.passphrase import apart


def test_work_is_done_in_another_thread() -> None:
    """And what it gives comes back."""
    assert apart(threading.get_ident) != threading.get_ident()


def test_what_goes_wrong_there_goes_wrong_here() -> None:
    """A wrong passphrase is raised to whoever asked."""

    def work() -> None:
        raise WrongPassphrase

    with pytest.raises(WrongPassphrase):
        apart(work)


def test_work_that_takes_long_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told while it goes on: this work ends only because of that."""
    monkeypatch.setattr(limits, "STRETCHING_SECONDS", 0)
    told = threading.Event()
    assert apart(lambda: told.wait(SECONDS), told.set)


class Noticed(io.StringIO):
    """A standard error that knows when a line was written."""

    def __init__(self) -> None:
        super().__init__()
        self.line = threading.Event()

    def write(self, text: str) -> int:
        size = super().write(text)
        if text.endswith("\n"):
            self.line.set()
        return size


def test_what_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line on standard error, where it disturbs no output."""
    monkeypatch.setattr(limits, "STRETCHING_SECONDS", 0)
    noticed = Noticed()
    monkeypatch.setattr(sys, "stderr", noticed)
    assert apart(lambda: noticed.line.wait(SECONDS))
    assert noticed.getvalue() == "chat: working on the passphrase, which takes a moment...\n"

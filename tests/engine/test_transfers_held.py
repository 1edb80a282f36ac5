"""Pausing what goes over, as a person asks for it."""

from types import SimpleNamespace
from typing import Any

import pytest

from chatd.engine import commands as c
from chatd.engine.not_done import NotDone
from chatd.engine.transfers import Transfers


@pytest.mark.parametrize("is_pause", [True, False])
def test_with_nothing_to_pause_it_is_said(is_pause: bool) -> None:
    """And not done without a word."""
    nothing: Any = SimpleNamespace()
    transfers = Transfers(nothing, nothing, print, str, print)
    with pytest.raises(NotDone) as failure:
        transfers.hold(c.HoldFiles(None, is_pause))
    assert failure.value.args == ("no-transfers",)

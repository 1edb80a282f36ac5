"""The keys of any line editor, which are made when the first one is pressed."""

import pytest
from prompt_toolkit.application import Application, create_app_session
from prompt_toolkit.input import DummyInput
from prompt_toolkit.key_binding.bindings import emacs, vi
from prompt_toolkit.output import DummyOutput

from chatd.ui.terminal.reflow import ReflowingApplication


def _keys(application: Application[None]) -> set[tuple[object, ...]]:
    return {each.keys for each in application._default_bindings.bindings}


def test_they_are_made_when_one_is_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An application is made without them, has those of Emacs and none of vi when it is asked for
    them, and leaves other applications as they were."""

    def never() -> None:
        raise AssertionError("made too early")

    made = emacs.load_emacs_bindings
    monkeypatch.setattr(emacs, "load_emacs_bindings", never)
    with create_app_session(DummyInput(), DummyOutput()):
        ours = ReflowingApplication()
        monkeypatch.setattr(emacs, "load_emacs_bindings", made)
        others: Application[None] = Application()
    assert made().bindings[0].keys in _keys(ours)
    assert _keys(ours) < _keys(others)
    only_vi = {each.keys for each in vi.load_vi_bindings().bindings}
    assert {("g", "g")} <= only_vi - _keys(ours)

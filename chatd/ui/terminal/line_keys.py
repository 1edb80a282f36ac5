"""The keys of any line editor, made when the first one is pressed: the library makes them before it
prompts, those of vi among them, and that is a tenth of the way to the prompt."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any

from prompt_toolkit.filters import buffer_has_focus
from prompt_toolkit.key_binding import (
    ConditionalKeyBindings,
    DynamicKeyBindings,
    KeyBindingsBase,
    merge_key_bindings,
)
from prompt_toolkit.key_binding.bindings import basic, cpr, emacs, mouse

_library: Any = import_module("prompt_toolkit.application.application")


@contextmanager
def when_pressed() -> Iterator[None]:
    """An application that is made meanwhile has them, and makes none itself."""
    own = _library.load_key_bindings
    _library.load_key_bindings = lambda: DynamicKeyBindings(_made)
    try:
        yield
    finally:
        _library.load_key_bindings = own


@cache
def _made() -> KeyBindingsBase:
    """As the library merges them, without vi's."""
    editing = merge_key_bindings(
        [
            basic.load_basic_bindings(),
            emacs.load_emacs_bindings(),
            emacs.load_emacs_search_bindings(),
            emacs.load_emacs_shift_selection_bindings(),
        ]
    )
    focused = ConditionalKeyBindings(editing, buffer_has_focus)
    return merge_key_bindings([focused, mouse.load_mouse_bindings(), cpr.load_cpr_bindings()])

"""The keys that differ from those of any line editor."""

from collections.abc import Callable
from functools import partial

from msgspec import Struct
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import Condition, is_searching
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from chatd.ui.job_control import stop_group


class Actions(Struct, frozen=True):
    """What the keys lead to.

    `leave` says whether that is what Ctrl-D means now, `paste` gets text whose line breaks are LF,
    `go` the number of a conversation, 0 for the server, `news` goes to the next one with any,
    `full` is called for what would make the line too long, and `back` shows what was said before.
    """

    enter: Callable[[], None]
    interrupt: Callable[[], None]
    leave: Callable[[], bool]
    complete: Callable[[], None]
    paste: Callable[[str], None]
    go: Callable[[int], None]
    news: Callable[[], None]
    full: Callable[[], None]
    back: Callable[[], None]


_UNUSED = (("escape", "-"), ("c-x", "("), ("c-x", "e"))
"""A count before a key, which could make 16 KiB in the clipboard 16 GB, and what records keys."""


def bindings(buffer: Buffer, actions: Actions, is_unseen: Callable[[], bool]) -> KeyBindings:
    """Enter takes the line, Alt-Enter breaks it, Ctrl-C clears it, Ctrl-D on an empty one ends,
    Ctrl-Z suspends, Alt with a digit or a goes to a conversation. While a line is searched for,
    these are the library's; nothing is searched for where the line is unseen."""
    keys, typing = KeyBindings(), ~is_searching
    for key, action in (
        ("enter", actions.enter),
        ("c-c", actions.interrupt),
        ("<sigint>", actions.interrupt),
        ("tab", actions.complete),
        ("pageup", actions.back),
    ):
        keys.add(key, filter=typing)(_calling(action))
    keys.add("escape", "a", filter=typing)(_calling(actions.news))
    for digit in "0123456789":
        keys.add("escape", digit, filter=typing)(_calling(partial(actions.go, int(digit))))
    for key in ("c-r", "c-s"):
        keys.add(key, filter=Condition(is_unseen))(lambda _: None)

    @keys.add("escape", "enter", filter=typing)
    def _(event: KeyPressEvent) -> None:
        buffer.insert_text("\n")

    @keys.add("c-d", filter=typing)
    def _(event: KeyPressEvent) -> None:
        if not actions.leave():
            buffer.delete()

    @keys.add("c-z")
    def _(event: KeyPressEvent) -> None:
        stop_group()

    for unused in _UNUSED:
        keys.add(*unused)(lambda _: None)

    return keys


def _calling(action: Callable[[], None]) -> Callable[[KeyPressEvent], None]:
    def called(event: KeyPressEvent) -> None:
        action()

    return called

"""What is taken for a paste, and what for typing."""

import pytest

from chatd import limits
from chatd.ui.terminal.pasting import END, START, Pasting


def fed(*pieces):
    """What was typed, and what is pasted, after these reads."""
    pasting = Pasting()
    typed = "".join(pasting.feed(piece) for piece in pieces)
    return typed, pasting.take()


@pytest.mark.parametrize(
    ("pieces", "typed", "pasted"),
    [
        (["hello\r"], "hello\r", ""),
        (["x" * limits.TYPED_KEYS], "x" * limits.TYPED_KEYS, ""),
        (["x" * (limits.TYPED_KEYS + 1)], "", "x" * (limits.TYPED_KEYS + 1)),
        (["\x1b[D" * 500], "\x1b[D" * 500, ""),
        (["\x7f" * 500 + "ab"], "\x7f" * 500 + "ab", ""),
        (["\x04\x03\x1a\x0f" * 20], "", "\x04\x03\x1a\x0f" * 20),
        (["ab" + START + "one\r\ntwo\rthree\n" + END], "ab", "one\ntwo\nthree\n"),
        (["x" * 99 + START + "y" + END], "", "x" * 99 + "y"),
        ([START + "one" + END + "\r/exit\r"], "", "one\n/exit\n"),
        ([START + "one", "\r", "\x04", "two" + END, "\r"], "", "one\n\x04two\n"),
        (["y" * 99, "z\r"], "", "y" * 99 + "z\n"),
        ([START + "a" + START + "b" + END], "", "ab"),
        (["\x1b[20", "0~one\x1b[2", "01~"], "", "one"),
        (["\x1b", "[D"], "\x1b[D", ""),
        (["\x1b", "[", "2", "0", "~"], "\x1b[20~", ""),
        (["a\r" + END], "", "a\n"),
        ([""], "", ""),
    ],
)
def test_typing_and_pasting(pieces, typed, pasted):
    """Marks, and many keys at once, make a paste; so does what comes right behind one."""
    assert fed(*pieces) == (typed, pasted)


@pytest.mark.parametrize(
    ("pieces", "patience"),
    [
        (["typed"], None),
        (["x" * 99], limits.PASTE_SECONDS),
        ([START + "one"], limits.LOST_PASTE_SECONDS),
        ([START + "one", END], limits.PASTE_SECONDS),
    ],
)
def test_a_paste_ends_in_silence(pieces, patience):
    """One whose end was not marked ends as well, only later."""
    pasting = Pasting()
    for piece in pieces:
        pasting.feed(piece)
    assert pasting.patience == patience
    pasting.take()
    assert pasting.patience is None
    assert pasting.feed("typed\r") == "typed\r"


def test_an_interrupt_ends_a_paste_without_end():
    """Ctrl-C acts where the mark was lost, and nothing is left of what was gathered."""
    pasting = Pasting()
    pasting.feed(START + "half of it")
    assert pasting.feed("\x03") == "\x03"
    assert (pasting.feed("typed"), pasting.take()) == ("typed", "")


def test_an_escape_key_is_not_held_for_ever():
    """What looked like the beginning of a mark is typed when nothing follows."""
    pasting = Pasting()
    assert (pasting.feed("a\x1b"), pasting.flush(), pasting.flush()) == ("a", "\x1b", "")
    assert pasting.feed("[201~") == "[201~"


def test_a_paste_without_end_takes_no_room():
    """However much comes, one character more than a message has is kept."""
    pasting = Pasting()
    pasting.feed(START)
    for _ in range(100):
        pasting.feed("x" * 10_000)
    assert len(pasting.take()) == limits.MESSAGE_TEXT + 1

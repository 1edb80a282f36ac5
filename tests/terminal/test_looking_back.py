"""What was said and typed before: found again, looked back to, and wiped."""

import pytest

SIZES = [(80, 24), (40, 12), (20, 12)]


def talking(terminal, columns=80, rows=24):
    """A terminal in which alice talks to bob, who has said a hundred things."""
    shown = terminal(columns=columns, rows=rows)
    shown.call("let_in", "alice")
    shown.call("talk", "bob")
    for number in range(100):
        shown.call("hear", "bob", f"thing {number}")
    shown.until("thing 99")
    return shown


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_page_up_looks_back(terminal, columns, rows):
    """The latest is seen first, PageUp goes on from there, and q comes back to the line."""
    shown = talking(terminal, columns, rows)
    shown.type("half a")
    shown.until("→ bob: half a")
    shown.type("\x1b[5~")
    shown.until(lambda lines: lines[-1].startswith("q closes") and "thing 99" in lines[-2])
    shown.type("\x1b[5~")
    shown.until(lambda lines: "thing 99" not in "\n".join(lines) and lines[-1].startswith("q clo"))
    assert shown.is_covered
    shown.type("q")
    shown.until(lambda lines: "→ bob: half a" in "\n".join(lines) and "thing 99" in str(lines))
    assert not shown.is_covered


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_ctrl_r_finds_what_was_typed(terminal, columns, rows):
    """Part of a line finds it, Enter takes it, and only another Enter sends it."""
    shown = talking(terminal, columns, rows)
    for text in ("alpha beta", "gamma"):
        shown.type(f"{text}\r")
        shown.until("you: " + text[:4])
    shown.type("\x12pha")
    shown.until(lambda lines: "find: pha" in lines and "→ bob: alpha beta" in lines)
    shown.type("\r")
    shown.until(lambda lines: "→ bob: alpha beta" in lines and "find:" not in str(lines))
    assert [text for word, text in shown.log() if word == "say"] == ["alpha beta", "gamma"]
    shown.type("\x12gam\x03")
    shown.until(lambda lines: "→ bob: alpha beta" in lines and "find:" not in str(lines))
    shown.type("\r")
    shown.until(lambda _: shown.log()[-1] == ["say", "alpha beta"])


def test_nothing_is_searched_for_in_a_passphrase(terminal):
    """What is typed behind Ctrl-R at that question belongs to the passphrase, and is not seen."""
    shown = terminal(name=None)
    shown.type("sealed\r")
    shown.until("passphrase:")
    shown.type("\x12open sesame")
    shown.type("\r")
    shown.until(lambda lines: "passphrase:" not in str(lines[-2:]))
    assert b"sesame" not in shown.raw
    assert b"find:" not in shown.raw


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_clear_wipes_what_was_said(terminal, columns, rows):
    """Nothing of it is on the screen, where the terminal scrolls back to, or behind PageUp."""
    shown = talking(terminal, columns, rows)
    shown.type("/clear\r")
    shown.until(lambda lines: lines[0] == "→ bob:" and "thing" not in str(lines))
    assert shown.raw.rstrip().count(b"\x1b[3J") == 1
    shown.call("hear", "bob", "something else")
    shown.until("something else")
    shown.type("\x1b[5~")
    lines = shown.until(lambda lines: lines[-1].startswith("q closes"))
    assert "thing 9" not in str(lines)


def test_ctrl_l_clears_the_screen(terminal):
    """And keeps the line, and what can be looked back to."""
    shown = talking(terminal)
    shown.type("half a\x0c")
    shown.until(lambda lines: lines[0] == "→ bob: half a")
    shown.type("\x1b[5~")
    shown.until("thing 99")

"""The whole view on a pseudo-terminal, looked at through an emulator."""

import signal

import pytest


def talking(terminal, **arguments):
    """A terminal in which alice talks to bob."""
    shown = terminal(**arguments)
    shown.call("welcome", "alice")
    shown.until("alice>")
    shown.call("talk", "bob")
    shown.until("→ bob:")
    return shown


def test_greets_and_prompts(terminal):
    """The welcome stands above the prompt, and the status below it."""
    shown = terminal()
    shown.call("welcome", "alice")
    lines = shown.until(
        lambda lines: (
            lines[-1].endswith("alice@localhost")
            and "alice> " in shown.screen.display[len(lines) - 2]
        )
    )
    assert lines[0] == "you are on localhost as alice"


def test_a_message_leaves_what_is_being_typed_alone(terminal):
    """Messages that arrive stand above the line, in order, and the line stays as it is."""
    shown = talking(terminal)
    shown.type("half a sent")
    shown.until("→ bob: half a sent")
    for number in range(5):
        shown.call("hear", f"message {number}")
        shown.type(str(number))
    lines = shown.until(
        lambda lines: "→ bob: half a sent01234" in lines and "12:31 bob: message 4" in lines
    )
    heard = [line for line in lines if line.startswith("12:31 bob:")]
    assert heard == [f"12:31 bob: message {number}" for number in range(5)]


def test_own_line_gets_its_tick(terminal):
    """A line of ours waits above the prompt, and moves into the scroll-back when it arrives."""
    shown = talking(terminal)
    shown.type("hi\r")
    lines = shown.until("· 12:31 you: hi")
    assert lines.index("· 12:31 you: hi") == lines.index("→ bob:") - 1
    shown.call("deliver", 1)
    lines = shown.until("✓ 12:31 you: hi")
    assert "· 12:31 you: hi" not in lines
    assert shown.log()[-1] == ["say", "hi"]


@pytest.mark.parametrize("end", ["\x04", "exit\r"])
def test_restored_after_the_end(terminal, end):
    """Ctrl-D on an empty line and exit end the client and give the terminal back."""
    shown = terminal()
    shown.call("welcome", "alice")
    shown.until("alice>")
    assert not shown.is_restored
    shown.type(end)
    assert shown.ended() == 0
    assert shown.is_restored
    assert shown.lines[-1] == "over"


def test_restored_after_sigterm(terminal):
    """SIGTERM leaves the prompt before it ends the client."""
    shown = talking(terminal)
    shown.child.kill(signal.SIGTERM)
    shown.ended()
    assert shown.is_restored


def test_restored_after_a_fault_of_ours(terminal):
    """An exception behind a key ends the prompt, restores the terminal, and is reported."""
    shown = terminal()
    shown.call("welcome", "alice")
    shown.until("alice>")
    shown.type("search boom\r")
    assert shown.ended() == 1
    assert shown.is_restored
    assert "failed: a fault of ours" in shown.lines
    assert "Traceback" not in "\n".join(shown.lines)


def test_restored_when_the_event_loop_dies(terminal):
    """Even where the prompt is never left, the terminal is given back."""
    shown = terminal()
    shown.call("welcome", "alice")
    shown.until("alice>")
    shown.call("die")
    assert shown.ended() == 3
    assert shown.is_restored

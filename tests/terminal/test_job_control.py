"""Whoever stops the client and continues it: the terminal is right meanwhile and afterwards."""

import signal
import time

import pytest
from patience import SECONDS

SHELL = "set -m; modes=$(stty -g); "
TAKES_OVER = "stty $modes; printf '\\e[?2004l'; "
"""What an interactive shell does when a job of its has stopped."""


def prompting(terminal, **arguments):
    """A terminal at whose prompt half a line is typed."""
    shown = terminal(**arguments)
    shown.call("let_in", "alice")
    shown.until("alice>")
    shown.type("half")
    shown.until("alice> half")
    return shown


def goes_on(shown, *above):
    """Whether the line is there again, below these rows, and the keyboard works."""
    shown.until(lambda lines: shown.is_taken and "alice> half" in lines)
    shown.type(" a line")
    shown.until_rows(*above, "alice> half a line")
    shown.paste("!\r?")
    shown.until_rows(*above, "alice> half a line!", "┆ ?")
    shown.type("\x03\x04")
    shown.ended()
    assert shown.is_restored


def state(pid):
    """How the kernel calls what a process does: T for one that is stopped."""
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("how", ["key", "signal"])
def test_stopped_and_in_the_foreground_again(terminal, how):
    """Ctrl-Z, or SIGTSTP from somebody else, gives the terminal to the shell; fg takes it back."""
    shown = prompting(terminal, shell=SHELL + '"$@"; stty -a; echo stopped; fg >/dev/null')
    if how == "key":
        shown.type("\x1a")
    else:
        shown.kill(signal.SIGTSTP)
    lines = shown.until("stopped")
    assert " icanon" in "\n".join(lines)
    assert BRACKETS_OFF in shown.raw
    goes_on(shown, "stopped")


BRACKETS_OFF = b"\x1b[?2004l"


def test_stopped_for_a_while(terminal):
    """What was still to be drawn then is drawn once, however late fg comes."""
    shown = prompting(terminal, shell=SHELL + '"$@"; echo stopped; read answer; fg >/dev/null')
    shown.type("\x1a")
    shown.until("stopped")
    shown.call("answer", "meanwhile")
    shown.type("\r")
    lines = shown.until(lambda lines: "meanwhile" in lines and shown.is_taken)
    assert not any(line.count("alice>") > 1 for line in lines)
    goes_on(shown, "meanwhile")


def test_stopped_without_a_word(terminal):
    """After SIGSTOP, of which nobody is told, fg brings the prompt back in its own modes."""
    script = SHELL + '"$@"; ' + TAKES_OVER + "echo stopped; fg >/dev/null"
    shown = prompting(terminal, shell=script)
    shown.kill(signal.SIGSTOP)
    shown.until("stopped")
    goes_on(shown, "stopped")


def test_continued_where_no_shell_has_been(terminal):
    """SIGSTOP and SIGCONT alone leave one prompt, at its place."""
    shown = prompting(terminal)
    shown.call("answer", "before")
    shown.until("before")
    shown.kill(signal.SIGSTOP)
    shown.call("answer", "meanwhile")
    shown.kill(signal.SIGCONT)
    lines = shown.until(lambda lines: "meanwhile" in lines and "alice> half" in lines)
    assert sum(line.startswith("alice>") for line in lines) == 1
    goes_on(shown, "before", "meanwhile")


def test_stopped_where_nobody_could_continue(terminal):
    """SIGTSTP without a shell that waits for its jobs stops nothing, and the prompt is there."""
    shown = prompting(terminal)
    shown.kill(signal.SIGTSTP)
    shown.call("answer", "afterwards")
    shown.until("afterwards")
    goes_on(shown)


def test_continued_in_the_background(terminal):
    """It touches nothing while the terminal is the shell's, and is stopped again until fg."""
    script = (
        SHELL
        + '"$@"; '
        + TAKES_OVER
        + "kill -CONT %1; until jobs -s | grep -q .; do :; done; "
        + "stty -a; echo stopped; read answer; fg >/dev/null"
    )
    shown = prompting(terminal, shell=script)
    shown.kill(signal.SIGSTOP)
    lines = shown.until("stopped")
    assert " icanon" in "\n".join(lines)
    shown.call("answer", "meanwhile")
    shown.type("\r")
    shown.until("meanwhile")
    goes_on(shown)


def test_begun_in_the_background(terminal):
    """What the modes were there is not what the terminal gets in the end."""
    # Unlike bash, this one leaves the terminal as its job did.
    script = (
        "exec sh -c 'set -m; modes=$(stty -g); stty -icanon -echo; "
        '"$@" & read line; stty $modes; fg >/dev/null\' sh "$@"'
    )
    shown = terminal(shell=script)
    deadline = time.monotonic() + SECONDS
    pid = client(shown)
    while state(pid) != "T":
        assert time.monotonic() < deadline
    shown.type("\n")
    shown.call("let_in", "alice")
    shown.until("alice>")
    shown.type("half")
    goes_on(shown)


def client(shown):
    """The process that a shell runs."""
    with open(f"/proc/{shown.child.pid}/task/{shown.child.pid}/children") as children:
        return int(children.read().split()[0])


def test_a_client_that_ignores_stops_goes_on_doing_so(terminal):
    """As where whoever started it does not want it stopped."""
    shown = prompting(terminal, shell="trap '' TSTP; \"$@\"")
    shown.type("\x1a")
    shown.kill(signal.SIGTSTP)
    goes_on(shown)

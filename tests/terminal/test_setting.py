"""Colours, history and the guard of the terminal."""

import os
import stat
import termios

import pytest

from chatd import limits
from chatd.errors import StartupError
from chatd.option_values import ATTRIBUTES, COLOURS
from chatd.ui.terminal.guard import Guard
from chatd.ui.terminal.history import history
from chatd.ui.terminal.style import COLOURED, PLAIN, style


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm"}, COLOURED),
        ({"TERM": "xterm", "NO_COLOR": ""}, COLOURED),
        ({"TERM": "xterm", "NO_COLOR": "1"}, PLAIN),
        ({"TERM": "dumb"}, PLAIN),
        ({}, PLAIN),
    ],
)
def test_colours(environment, expected):
    """NO_COLOR counts unless it is empty, and a dumb terminal has no colours."""
    assert style(environment) is expected


def test_colours_of_ones_own():
    """They take the place of ours, each colour that can be named is one, and NO_COLOR counts."""
    own = style({"TERM": "xterm"}, {"them": "brightred underline", "us": "#8888ff"})
    rules = dict(own.style_rules)
    assert rules["them"] == "ansibrightred underline"
    assert rules["us"] == "#8888ff"
    assert rules["good"] == dict(COLOURED.style_rules)["good"]
    everything = {"them": " ".join((*COLOURS, *ATTRIBUTES))}
    style({"TERM": "xterm"}, everything).get_attrs_for_style_str("class:them")
    assert style({"TERM": "xterm", "NO_COLOR": "1"}, everything) is PLAIN


def test_history_is_shortened(monkeypatch, tmp_path):
    """A file that grew too large keeps the newest half, whole lines, at the next start."""
    monkeypatch.setattr(limits, "HISTORY_FILE", 4000)
    for _ in range(2):
        lines = history(tmp_path / "lines")
        for number in range(200):
            lines.append_string(f"line {number}")
    kept = list(history(tmp_path / "lines").load_history_strings())
    assert (tmp_path / "lines").stat().st_size <= 2000
    assert kept[0] == "line 199"
    assert kept == [f"line {number}" for number in range(199, 199 - len(kept), -1)]
    assert 10 < len(kept) < 100


def test_history_of_what_is_no_text(tmp_path):
    """Bytes that a terminal sent in another encoding are kept as a sign."""
    history(tmp_path / "lines").append_string("x\udcff")
    assert list(history(tmp_path / "lines").load_history_strings()) == ["x?"]


def test_history_is_private(tmp_path):
    """The file is for its owner only, from its first moment."""
    before = os.umask(0)
    try:
        history(tmp_path / "lines").append_string("hello")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "lines").stat().st_mode) == 0o600


def test_history_is_read_again(tmp_path):
    """The lines of the last time are there, the newest first."""
    for line in ("one", "two"):
        history(tmp_path / "lines").append_string(line)
    assert list(history(tmp_path / "lines").load_history_strings()) == ["two", "one"]


def test_history_that_cannot_be_kept(tmp_path):
    """A file that cannot be made is said so before the prompt begins."""
    with pytest.raises(StartupError, match="No such file"):
        history(tmp_path / "missing" / "lines")


def test_history_on_a_full_disk(tmp_path):
    """A line that cannot be stored is kept in memory, and nothing else happens."""
    (tmp_path / "lines").symlink_to("/dev/full")
    lines = history(tmp_path / "lines")
    lines.append_string("hello")
    assert lines.get_strings() == ["hello"]


def test_history_without_a_file():
    """Without a path nothing is kept."""
    assert list(history(None).load_history_strings()) == []


@pytest.fixture
def pty():
    """A pseudo-terminal: what it shows, and the file that a program has."""
    outside, inside = os.openpty()
    yield outside, inside
    os.close(outside)
    os.close(inside)


def echoes(fd):
    """Whether the terminal echoes."""
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


def silence(fd):
    """Turn the echo off."""
    modes = termios.tcgetattr(fd)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(fd, termios.TCSANOW, modes)


def test_guard_restores_once(pty):
    """The modes and the cursor come back, and a second time nothing happens."""
    outside, inside = pty
    guard = Guard(inside)
    guard.arm()
    silence(inside)
    guard.restore()
    assert echoes(inside)
    assert b"\x1b[?25h" in os.read(outside, 100)
    silence(inside)
    guard.restore()
    assert not echoes(inside)


def test_guard_does_nothing_after_a_clean_end(pty):
    """Once the prompt has given the terminal back, it is left alone."""
    _, inside = pty
    guard = Guard(inside)
    guard.arm()
    guard.disarm()
    silence(inside)
    guard.restore()
    assert not echoes(inside)


def test_guard_leaves_other_files_alone(tmp_path):
    """What is no terminal has no modes to restore."""
    with open(tmp_path / "file", "wb") as file:
        guard = Guard(file.fileno())
        guard.arm()
        guard.restore()
    assert (tmp_path / "file").read_bytes() == b""


def test_guard_bears_a_terminal_that_is_gone():
    """A terminal that was closed in the meantime is no reason to complain."""
    outside, inside = os.openpty()
    guard = Guard(inside)
    guard.arm()
    os.close(inside)
    os.close(outside)
    guard.restore()
    assert not os.path.exists(f"/proc/self/fd/{inside}")

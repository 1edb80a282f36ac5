"""Every kind of standard input and output that a shell can give."""

import os
import pty

import pytest
from chat_process import CHAT


def redirected(stage, tail):
    """A client in a shell, which redirects as `tail` says."""
    return stage.person("alice", shell=f'exec "$@" {tail}')


@pytest.mark.parametrize("tail", ["< /dev/null", "<&-", "< /", "0> written"])
def test_no_input(stage, tail):
    """Input that is empty, closed, or cannot be read is at its end, and no traceback comes."""
    alice = redirected(stage, tail)
    status = alice.ended()
    assert not any("Traceback" in line for line in alice.complaints())
    assert status == (1 if tail == "< /" else 0)


def test_a_file_as_input(stage, tmp_path):
    """A file is read like a pipe."""
    (tmp_path / "alice").mkdir()
    (tmp_path / "alice" / "lines").write_text("search bob\nwhoami")
    alice = redirected(stage, "< lines")
    assert alice.ended() == 0
    lines = alice.lines()
    assert lines[-6:-4] == ["* bob is not around", f"* you are alice on 127.0.0.1:{stage.port}"]


def test_input_that_does_not_block(stage):
    """A pipe that another program has made non-blocking is read to its end all the same."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    alice = stage.arrived("alice", stdin=reading)
    os.close(reading)
    os.write(writing, b"search bob\n")
    alice.until("bob is not around")
    os.close(writing)
    assert alice.ended() == 0


def test_output_to_a_full_disk(stage):
    """One error on stderr, and status 1."""
    alice = redirected(stage, "> /dev/full")
    assert alice.ended() == 1
    assert alice.complaints() == [
        "chat: error: cannot write the output: no space left on device",
    ]


def test_no_output(stage):
    """A closed stdout is an error, and never a socket that got its number."""
    alice = redirected(stage, ">&-")
    assert alice.ended() == 1
    assert alice.complaints() == ["chat: error: cannot write the output: bad file descriptor"]


def test_a_reader_who_goes_away(stage):
    """It says goodbye without a word on stderr, and acknowledges nothing that was not shown."""
    bob = stage.arrived("bob")
    script = """{ "$@"; echo "status $?" >&2; } | sed -u '/hint: type/q'"""
    alice = stage.person("alice", shell=script)
    alice.until("on .* as alice")
    stage.introduce(bob, alice, "bob", "alice")
    bob.type("can you read this?")
    bob.until("alice quit the program")
    bob.until(r"not known to be delivered: can you read this\?")
    assert alice.ended() == 0  # of sed
    assert alice.complaints() == ["status 1"]


def test_closed_stderr(start):
    """Errors without a stderr go nowhere else."""
    alice = start(["sh", "-c", '"$@" --port no 2>&-', "sh", *CHAT])
    assert alice.ended() == 2
    assert alice.lines() == []


@pytest.mark.parametrize("side", ["stdin", "stdout"])
def test_a_terminal_on_one_side_only(stage, side):
    """With a terminal on one side only it is plain: no escape codes, and lines in order."""
    ours, theirs = pty.openpty()
    alice = stage.person("alice", **{side: theirs})
    os.close(theirs)
    if side == "stdin":
        alice.until("on .* as alice")
        os.write(ours, b"search bob\n")
        alice.until("bob is not around")
        os.write(ours, b"\x04")
        seen = b""
    else:
        alice.type("search bob")
        alice.end_input()
        seen = _all(ours)
        assert b"bob is not around" in seen
    assert alice.ended() == 0
    assert b"\x1b" not in seen
    os.close(ours)


def test_output_has_no_escape_codes(stage):
    """Plain output is text only, also where a terminal type is set."""
    alice = stage.arrived("alice")
    alice.type("help", "requests", "exit")
    assert alice.ended() == 0
    assert not any("\x1b" in line or "\r" in line for line in alice.lines())


def test_help_to_a_closed_pipe(start):
    """`chat --help | true` leaves nothing on stderr."""
    shell = start(["sh", "-c", '"$@" --help | true', "sh", *CHAT])
    assert shell.ended() == 0
    assert shell.complaints() == []


def _all(descriptor):
    """What a terminal shows until nobody has it open any more."""
    seen = b""
    try:
        while data := os.read(descriptor, 65536):
            seen += data
    except OSError:
        pass  # how Linux says that the other side is closed
    return seen

"""`chat` as a person starts it at a terminal: where it goes, what it keeps, and plainly."""

import io

import pexpect
import pytest


def test_without_a_server_it_goes_where_one_was(stage, terminal, chat):
    """What the first start was told, the next one remembers; `chat config` says so."""
    alice = stage.arrived("alice")
    alice.type("/exit")
    assert alice.ended() == 0
    again = chat("--username", "alice", home="alice")
    again.until(r"\* you are on 127.0.0.1:\d+ as alice")
    said = chat("config", home="alice")
    assert said.ended() == 0
    assert f"port = {stage.port}  (where you were last)" in said.lines()
    named = chat("config", "--host", "localhost", home="alice")
    assert named.ended() == 0
    assert "port = 1712  (the default)" in named.lines()


def test_plain_at_a_terminal(stage, terminal):
    """One line for each event, and not one control sequence; the name is asked for."""
    bob = stage.arrived("bob")
    child = terminal("--plain", "--host", "127.0.0.1", "--port", str(stage.port))
    child.logfile_read = io.StringIO()
    child.expect_exact("your name: ")
    child.sendline("alice")
    child.expect(r"\* you are on .* as alice\r\n")
    bob.type("chat alice")
    child.expect(r"\* bob asks .*\r\n")
    child.sendline("accept")
    child.expect(r"\* talking to bob.*\r\n")
    bob.type("hi")
    child.expect_exact("< bob: hi\r\n")
    child.sendline("hello")
    assert bob.until("^<") == "< alice: hello"
    child.sendline("/exit")
    child.expect_exact(pexpect.EOF)
    child.wait()
    assert child.exitstatus == 0
    assert "\x1b" not in child.logfile_read.getvalue()


@pytest.mark.slow
def test_lines_are_kept_if_that_is_wanted(stage, terminal, tmp_path):
    """With --keep-history the next start finds them; without it nothing is written."""
    words = ("--host", "127.0.0.1", "--port", str(stage.port), "--username", "alice")
    path = tmp_path / "alice" / "data" / "chatd" / "history"
    for more, typed in (([], "help\r"), (["--keep-history"], "help\r"), (["--keep-history"], "")):
        assert not path.exists() or typed == ""
        child = terminal(*words, *more)
        child.expect_exact("as alice")
        child.send(typed or "\x1b[A\x1b[A\r")  # the last one was exit
        child.expect_exact("whom you know")
        child.send("exit\r")
        child.expect_exact(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 0
    assert path.read_text().count("+help\n") == 2


def test_a_word_says_what_it_waits_for(stage, terminal):
    """At a terminal, on standard error; options may stand before the word."""
    server = ("--host", "127.0.0.1", "--port", str(stage.port), "--username")
    waiting = terminal(*server, "alice", "wait", "--from", "bob")
    waiting.expect_exact("chat: waiting for bob to ask")
    sending = terminal("send", *server, "bob", "carol", "hello", home="bob")
    sending.expect_exact("chat: carol is asked; waiting for the answer")

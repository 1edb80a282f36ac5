"""`chat key` and passphrases, at a real terminal."""

import os
import re
import signal
import sys

import pexpect
import pytest
from chat_process import CHAT
from patience import SECONDS


def ended(child):
    """All output, and the exit status."""
    text = child.read()
    child.wait()
    return text, child.exitstatus


def ended_with_echo(child):
    """The same, for a terminal that has to show again what is typed."""
    child.expect(pexpect.EOF)
    assert child.getecho()
    child.wait()
    return child.before, child.exitstatus


def answer(child, prompt, text):
    """Wait for a question and type the answer."""
    child.expect_exact(prompt)
    child.sendline(text)


@pytest.fixture
def alice(stage):
    """A profile that has held the name alice."""
    person = stage.arrived("alice")
    person.type("/exit")
    assert person.ended() == 0


@pytest.fixture
def sealed(terminal, alice):
    """The same, with a passphrase."""
    child = terminal("key", "passphrase", "alice")
    answer(child, "new passphrase of alice: ", "open sesame")
    answer(child, "once more: ", "open sesame")
    text, status = ended(child)
    assert status == 0
    assert "the key of alice is now sealed" in text
    assert "open sesame" not in text


def test_show(terminal, alice):
    """Fingerprint, names, whether it is sealed, and where it is."""
    text, status = ended(terminal("key", "show"))
    assert status == 0
    assert re.search(r"SHA256:\S{43}\r\n  alice on 127.0.0.1:\d+\r\n  without a passphrase", text)


def test_a_sealed_key_is_asked_for_at_start(terminal, stage, sealed):
    """Before anything else, unseen; a wrong one may be tried again."""
    child = terminal("--port", str(stage.port), "--username", "alice")
    answer(child, ": ", "close sesame")
    child.expect_exact("that is not the passphrase; try again")
    answer(child, ": ", "open sesame")
    child.expect("you are on .* as alice")
    child.sendeof()
    text, status = ended(child)
    assert status == 0
    assert "sesame" not in text


@pytest.mark.slow
def test_three_wrong_ones_are_the_end(terminal, stage, sealed):
    """With one clear error."""
    child = terminal("--port", str(stage.port), "--username", "alice")
    for _ in range(3):
        answer(child, "passphrase of alice: ", "no")
    text, status = ended(child)
    assert status == 1
    assert "chat: error: that is not the passphrase" in text


def test_without_a_terminal(stage, sealed, tmp_path):
    """A script is told why it cannot be asked, and what to do."""
    command = f"exec setsid {sys.executable} -c '{CHAT[2]}' --port {stage.port} --username alice"
    person = stage._start(["sh", "-c", command], home="alice")
    assert person.ended() == 1
    error, hint = person.complaints()
    assert error == "chat: error: there is no terminal to ask for a passphrase at"
    assert hint.startswith("chat: hint: run it in a terminal")


@pytest.mark.slow
def test_a_sealed_key_at_another_moment(stage, sealed):
    """Whoever takes the name later is told to give it at the start."""
    person = stage.person(None, home="alice")
    person.type("username alice")
    assert person.ended() == 1
    assert person.complaints()[0] == "chat: error: that key has a passphrase"


@pytest.mark.slow
def test_taking_the_passphrase_away(terminal, stage, sealed):
    """Only after a clear yes; then nothing is asked."""
    child = terminal("key", "passphrase", "alice")
    answer(child, "passphrase of SHA256:", "open sesame")
    answer(child, "new passphrase of alice: ", "")
    answer(child, "once more: ", "")
    answer(child, "yes? ", "yes")
    assert ended(child)[1] == 0
    stage.arrived("alice")


@pytest.mark.slow
def test_keeping_the_passphrase_after_all(terminal, sealed):
    """Anything but yes changes nothing."""
    child = terminal("key", "passphrase")
    answer(child, "passphrase of SHA256:", "open sesame")
    for prompt in ("new passphrase of SHA256:", "once more: "):
        answer(child, prompt, "")
    answer(child, "yes? ", "y")
    text, status = ended(child)
    assert status == 1
    assert "chat: error: nothing is changed" in text
    assert "  with a passphrase" in ended(terminal("key", "show", "alice"))[0]


@pytest.mark.slow
def test_changing_the_passphrase(terminal, stage, sealed):
    """The old one opens nothing any more."""
    child = terminal("key", "passphrase", "alice")
    answer(child, "passphrase of SHA256:", "open sesame")
    for prompt in ("new passphrase of alice: ", "once more: "):
        answer(child, prompt, "brown rice")
    assert ended(child)[1] == 0
    child = terminal("--port", str(stage.port), "--username", "alice")
    answer(child, "passphrase of alice: ", "open sesame")
    child.expect_exact("try again")
    answer(child, "passphrase of alice: ", "brown rice")
    child.expect("you are on .* as alice")


def test_two_that_differ(terminal, alice):
    """Asked again; after three times nothing is changed."""
    child = terminal("key", "passphrase", "alice")
    for _ in range(3):
        answer(child, "new passphrase of alice: ", "one")
        answer(child, "once more: ", "other")
    text, status = ended(child)
    assert status == 1
    assert "chat: error: the two are not the same" in text
    assert "  without a passphrase" in ended(terminal("key", "show"))[0]


@pytest.mark.slow
@pytest.mark.parametrize(("length", "status"), [(1024, 0), (1025, 1)])
def test_the_length_of_a_passphrase(terminal, alice, length, status):
    """As long as the limit, and one byte over."""
    child = terminal("key", "passphrase", "alice")
    answer(child, "new passphrase of alice: ", "x" * length)
    if status == 0:
        answer(child, "once more: ", "x" * length)
    text, found = ended(child)
    assert found == status, text
    assert ("a passphrase has at most 1024 bytes" in text) == bool(status)


def test_ctrl_c_at_the_question(terminal, stage, sealed):
    """The client ends, and the terminal shows again what is typed."""
    child = terminal("--port", str(stage.port), "--username", "alice")
    child.expect_exact("passphrase of alice: ")
    assert child.waitnoecho(timeout=SECONDS)
    child.sendintr()
    text, status = ended_with_echo(child)
    assert status == 130
    assert "Traceback" not in text


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_the_question(terminal, stage, sealed, number):
    """It ends the client as any other program, but the terminal is not left without echo."""
    child = terminal("--port", str(stage.port), "--username", "alice")
    child.expect_exact("passphrase of alice: ")
    assert child.waitnoecho(timeout=SECONDS)
    child.kill(number)
    text, _ = ended_with_echo(child)
    assert child.signalstatus == number
    assert "Traceback" not in text


@pytest.mark.slow
def test_piped_lines_leave_the_question_to_the_terminal(terminal, stage, sealed, tmp_path):
    """Standard input is for the conversation; the passphrase comes from the terminal."""
    script = tmp_path / "alice" / "lines"
    script.write_text("/whoami\n")
    child = terminal("--port", str(stage.port), "--username", "alice", lines="lines")
    answer(child, "passphrase of alice: ", "open sesame")
    text, status = ended(child)
    assert status == 0, text
    assert re.search(r"\* you are on .* as alice", text)
    assert "sesame" not in text


def moved(terminal, tmp_path):
    """Export alice's identity, under `open sesame`, and carry the file to another machine."""
    child = terminal("key", "export", "alice", "moving")
    for prompt in ("new passphrase of moving: ", "once more: "):
        answer(child, prompt, "open sesame")
    text, status = ended(child)
    assert status == 0, text
    (tmp_path / "elsewhere").mkdir()
    there = tmp_path / "elsewhere" / "moving"
    (tmp_path / "alice" / "moving").rename(there)
    return there


def test_an_identity_moves_to_another_machine(terminal, stage, alice, tmp_path):
    """With its names; there it is asked for its passphrase, and it is the same person."""
    moved(terminal, tmp_path)
    child = terminal("key", "import", "moving", home="elsewhere")
    answer(child, "passphrase of moving: ", "close sesame")
    child.expect_exact("that is not the passphrase; try again")
    answer(child, "passphrase of moving: ", "open sesame")
    text, status = ended(child)
    assert status == 0, text
    again = terminal("key", "import", "moving", home="elsewhere")
    text, status = ended(again)
    assert status == 1
    assert "chat: error: that identity is here already" in text
    child = terminal("--port", str(stage.port), "--username", "alice", home="elsewhere")
    answer(child, "passphrase of alice: ", "open sesame")
    child.expect("you are on .* as alice")


@pytest.mark.slow
def test_a_wrong_passphrase_imports_nothing(terminal, alice, tmp_path):
    """After three tries it ends, and leaves nothing behind."""
    moved(terminal, tmp_path)
    child = terminal("key", "import", "moving", home="elsewhere")
    for _ in range(3):
        answer(child, "passphrase of moving: ", "no")
    text, status = ended(child)
    assert status == 1
    assert "chat: error: that is not the passphrase" in text
    profiles = tmp_path / "elsewhere" / "data" / "chatd" / "profiles"
    assert [path for path in profiles.iterdir() if path.is_dir()] == []


@pytest.mark.slow
def test_an_export_that_others_can_read(terminal, chat, alice, tmp_path):
    """It is refused before anything is asked."""
    moved(terminal, tmp_path).chmod(0o644)
    person = chat("key", "import", "moving", home="elsewhere")
    assert person.ended() == 1
    assert person.complaints() == [
        "chat: error: others have access to the private file moving",
        "chat: hint: chmod 600 moving",
    ]


def test_an_export_onto_a_file(chat, alice, tmp_path):
    """What is there stays, and nothing is asked."""
    (tmp_path / "alice" / "moving").write_text("mine")
    person = chat("key", "export", "alice", "moving", home="alice")
    assert person.ended() == 1
    assert person.complaints()[0] == "chat: error: moving is there already"
    assert (tmp_path / "alice" / "moving").read_text() == "mine"


@pytest.mark.slow
def test_an_export_under_a_weak_passphrase(terminal, alice, tmp_path):
    """It is said how weak it is, another one may be typed, and after three there is no file."""
    child = terminal("key", "export", "alice", "moving")
    answer(child, "new passphrase of moving: ", "x")
    child.expect_exact("all that are like it in less than a second; try again")
    answer(child, "new passphrase of moving: ", "summer2026")
    child.expect_exact("in 321 years; try again")
    answer(child, "new passphrase of moving: ", "aaaaaaaaaaaaaaaaaaaa")
    text, status = ended(child)
    assert status == 1
    assert "chat: error: weak: whoever gets the file" in text
    assert "chat: hint: take five words at random" in text
    assert not (tmp_path / "alice" / "moving").exists()


@pytest.mark.slow
def test_a_weak_passphrase_for_a_key_that_stays(terminal, alice):
    """It is taken, and it is said how weak it is."""
    child = terminal("key", "passphrase", "alice")
    answer(child, "new passphrase of alice: ", "x")
    child.expect_exact("chat: weak: whoever gets the file")
    answer(child, "once more: ", "x")
    text, status = ended(child)
    assert (status, "the key of alice is now sealed" in text) == (0, True)


def test_an_export_without_a_passphrase(terminal, alice, tmp_path):
    """There is none, and no file."""
    child = terminal("key", "export", "alice", "moving")
    for prompt in ("new passphrase of moving: ", "once more: "):
        answer(child, prompt, "")
    text, status = ended(child)
    assert status == 1
    assert "chat: error: an export needs a passphrase" in text
    assert not (tmp_path / "alice" / "moving").exists()


@pytest.mark.slow
def test_what_an_export_can_hold_is_shown_safely(chat, alice, tmp_path):
    """A server's address that clears the screen, in a file that someone else wrote."""
    [names] = (tmp_path / "alice" / "data" / "chatd" / "profiles").glob("*/names.json")
    names.write_text(re.sub(r"127\.0\.0\.1", r"\\u001b[2Jhost", names.read_text()))
    person = chat("key", "show", home="alice")
    assert person.ended() == 0
    lines = person.lines()
    assert "alice on " in lines[1]
    assert all(ord(char) >= 32 for line in lines for char in line)


def test_a_damaged_one_is_told_after_the_others(chat, alice, tmp_path):
    """What can be read is listed; the status says that it is not all."""
    broken = tmp_path / "alice" / "data" / "chatd" / "profiles" / ("0" * 16)
    broken.mkdir(mode=0o700)
    (broken / "identity.json").write_text("damaged")
    (broken / "identity.json").chmod(0o600)
    person = chat("key", "show", home="alice")
    assert person.ended() == 1
    assert "  alice on " in person.lines()[1]
    assert "is damaged: it is not JSON" in person.complaints()[0]


def test_while_a_client_is_open(stage, terminal):
    """Its profile is in use."""
    stage.arrived("alice")
    text, status = ended(terminal("key", "export", "alice", "moving"))
    assert status == 1
    assert "chat: error: that identity is open in another terminal" in text


@pytest.mark.parametrize(
    ("arguments", "status", "error"),
    [
        ([], 2, "the following arguments are required: COMMAND"),
        (["steal"], 2, "argument COMMAND: invalid choice"),
        (["show", "nobody"], 1, "no identity here has had the name 'nobody'"),
        (["export", "\x1b[2J", "x"], 1, "no identity here has had the name '\\x1b[2J'"),
        (["import", "nothing"], 1, "there is no file nothing"),
    ],
)
def test_wrong_use(chat, arguments, status, error):
    """One clear line."""
    person = chat("key", *arguments)
    assert person.ended() == status
    assert person.complaints()[0].startswith(f"chat: error: {error}")


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGTSTP, signal.SIGSTOP])
def test_a_stop_shows_nothing_of_a_passphrase(terminal, alice, stop):
    """The shell gets its echo, and after fg the question is there again, still unseen."""
    script = 'set -m; "$@"; stty echo; echo stopped; read go; fg >/dev/null; stty -a'
    child = terminal("key", "passphrase", "alice", shell=script)
    child.expect_exact("new passphrase of alice: ")
    os.killpg(os.tcgetpgrp(child.child_fd), stop)
    child.expect_exact("stopped")
    assert child.getecho()
    child.sendline("")
    answer(child, "new passphrase of alice: ", "open sesame")
    answer(child, "once more: ", "open sesame")
    text, _ = ended(child)
    assert "the key of alice is now sealed" in text
    assert "sesame" not in text
    assert " echo " in text

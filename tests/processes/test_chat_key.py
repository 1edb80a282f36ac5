"""`chat key` and passphrases, at a real terminal."""

import os
import re
import sys

import pexpect
import pytest
from chat_process import CHAT

ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV") if name in os.environ}


@pytest.fixture
def terminal(tmp_path):
    """Runs `chat` with these arguments at a terminal; the home is that of `stage.person`."""
    spawned = []

    def run(*arguments, home="alice"):
        folder = tmp_path / home
        folder.mkdir(exist_ok=True)
        environment = ENVIRONMENT | {
            "HOME": str(folder),
            "XDG_DATA_HOME": str(folder / "data"),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }
        child = pexpect.spawn(
            CHAT[0],
            [*CHAT[1:], *arguments],
            env=environment,
            cwd=str(folder),
            encoding="utf-8",
            timeout=30,
        )
        spawned.append(child)
        return child

    yield run
    for child in spawned:
        child.close(force=True)


def ended(child):
    """All output, and the exit status."""
    text = child.read()
    child.wait()
    return text, child.exitstatus


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


def test_a_sealed_key_at_another_moment(stage, sealed):
    """Whoever takes the name later is told to give it at the start."""
    person = stage.person(None, home="alice")
    person.type("username alice")
    assert person.ended() == 1
    assert person.complaints()[0] == "chat: error: that key has a passphrase"


def test_taking_the_passphrase_away(terminal, stage, sealed):
    """Only after a clear yes; then nothing is asked."""
    child = terminal("key", "passphrase", "alice")
    answer(child, "passphrase of SHA256:", "open sesame")
    answer(child, "new passphrase of alice: ", "")
    answer(child, "once more: ", "")
    answer(child, "yes? ", "yes")
    assert ended(child)[1] == 0
    stage.arrived("alice")


def test_an_identity_moves_to_another_machine(terminal, stage, alice, tmp_path):
    """With its names; there it is asked for its passphrase, and it is the same person."""
    child = terminal("key", "export", "alice", "moving")
    for prompt in ("new passphrase of moving: ", "once more: "):
        answer(child, prompt, "sesame")
    text, status = ended(child)
    assert status == 0, text
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "alice" / "moving").rename(tmp_path / "elsewhere" / "moving")
    child = terminal("key", "import", "moving", home="elsewhere")
    answer(child, "passphrase of moving: ", "sesame")
    text, status = ended(child)
    assert status == 0, text
    again = terminal("key", "import", "moving", home="elsewhere")
    text, status = ended(again)
    assert status == 1
    assert "chat: error: that identity is here already" in text
    child = terminal("--port", str(stage.port), "--username", "alice", home="elsewhere")
    answer(child, "passphrase of alice: ", "sesame")
    child.expect("you are on .* as alice")


def test_a_wrong_passphrase_imports_nothing(terminal, alice, tmp_path):
    """And leaves nothing behind."""
    child = terminal("key", "export", "alice", "moving")
    for prompt in ("new passphrase of moving: ", "once more: "):
        answer(child, prompt, "sesame")
    assert ended(child)[1] == 0
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "alice" / "moving").rename(tmp_path / "elsewhere" / "moving")
    child = terminal("key", "import", "moving", home="elsewhere")
    answer(child, "passphrase of moving: ", "no")
    text, status = ended(child)
    assert status == 1
    assert "that is not the passphrase" in text
    profiles = tmp_path / "elsewhere" / "data" / "chatd" / "profiles"
    assert [path for path in profiles.iterdir() if path.is_dir()] == []


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

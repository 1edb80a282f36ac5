"""The commands in the pages for people, as they stand there but for the server's place."""

import sys
from pathlib import Path

import pytest
from pages import block


@pytest.fixture
def typed(start, stage):
    """Runs commands of a page with a shell, with that server in place of the one they name."""

    def run(commands, home):
        bin = Path(sys.executable).parent
        server = f"export CHAT_HOST=127.0.0.1 CHAT_PORT={stage.port} PATH={bin}:$PATH"
        script = "\n".join(["set -e", server, *commands])
        return start(["bash", "-c", script.replace("chat.example.org", "127.0.0.1")], home=home)

    return run


def test_the_daemon_starts(typed):
    """By the command of the README, but for the port."""
    (command,) = block("README.md", "server")
    assert command == "chatd --port 1712"
    daemon = typed([f"exec {command.replace('1712', '0')}"], home="operator")
    daemon.until(r"server key SHA256:")
    daemon.until(r"listening on \S+ port \d+")


def test_the_client_starts(typed):
    """Somebody with a name is on the server, by the README's command and by one's own file."""
    for page, mark in (("README.md", "client"), ("docs/using.md", "using: config")):
        person = typed(block(page, mark), home="alice")
        person.until(r"\* you are on .* as alice")
        person.type("exit")
        assert person.ended() == 0


@pytest.mark.parametrize(
    ("page", "mark"), [("README.md", "script"), ("docs/programs.md", "programs: piped")]
)
def test_a_script_says_what_it_has_to_say(typed, stage, page, mark):
    """And ends with success when the other side has it."""
    bob = stage.arrived("bob")
    script = typed(block(page, mark), home="ci")
    bob.until(r"\* ci asks for a conversation")
    bob.type("/accept")
    bob.until("< ci: the build is done")
    assert script.ended() == 0

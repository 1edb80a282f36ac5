"""A key under a passphrase, at a real terminal whose screen is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatd.store.keyring import Keyring

Start = Callable[..., Any]


@pytest.fixture
def sealed(person: Start, tmp_path: Path) -> None:
    """Alice has been here, and has put her key under a passphrase since."""
    alice = person("alice")
    alice.until("as alice")
    alice.enter("exit")
    assert alice.ended() == 0
    keyring = Keyring(tmp_path / "one" / "chatd", lambda _: None)
    profile = keyring.open(keyring.find("alice"))
    profile.seal("open sesame")
    profile.close()


@pytest.mark.slow
def test_the_name_is_typed_at_the_prompt(person: Start, sealed: None) -> None:
    """The passphrase is asked for there, shows nowhere, and a wrong one may be corrected."""
    alice = person(None)
    alice.until("your name:")
    alice.enter("alice")
    alice.until("passphrase:")
    alice.enter("close sesame")
    alice.until("that is not the passphrase")
    alice.until("passphrase:")
    alice.type("open sesame")
    alice.type("\x01")
    alice.enter("")
    lines = alice.until("as alice")
    assert not any("sesame" in line for line in lines)
    alice.enter("whoami")
    alice.until("SHA256:")
    alice.enter("exit")
    assert alice.ended() == 0


@pytest.mark.slow
def test_three_wrong_ones_at_the_prompt(person: Start, sealed: None) -> None:
    """They end the client, with the terminal as it was."""
    alice = person(None)
    alice.until("your name:")
    alice.enter("alice")
    for number in range(3):
        alice.until("passphrase:")
        alice.enter("close sesame")
        if number < 2:
            alice.until(lambda lines, n=number: text(lines).count("not the passphrase") == n + 1)
    assert alice.ended() == 1
    assert "chat: error: that is not the passphrase" in text(alice.lines)
    assert "sesame" not in text(alice.lines)
    assert alice.is_restored


def test_giving_up_at_the_prompt(person: Start, sealed: None) -> None:
    """Enter alone asks for a name again, and another one needs no passphrase."""
    alice = person(None)
    alice.until("your name:")
    alice.enter("alice")
    alice.until("passphrase:")
    alice.enter("")
    alice.until("your name:")
    alice.enter("carol")
    alice.until("as carol")


def text(lines: list[str]) -> str:
    """The screen in one."""
    return "\n".join(lines)

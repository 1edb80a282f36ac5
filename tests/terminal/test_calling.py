"""When a person is called to the terminal, how, and what is said where others can read it."""

import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from simulated.client import MemoryClient

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.peer.message import Message
from chatd.store.contact import Person
from chatd.ui.terminal.attention import Attention
from chatd.ui.terminal.calling import WAYS, Calling, started, words

HOSTILE = "\x1b]0;mine\x07;\x1b\\\n\u202e" + "x" * 500


def heard(text: str = "hello") -> e.Heard:
    """Bob says this."""
    return e.Heard("bob", Message(text))


REQUEST = e.RequestArrived("bob", "SHA256:x", "new", None, 300)


def test_whoever_types_is_not_called() -> None:
    """Until some seconds after the last key, and counted neither."""
    attention = Attention(MemoryClient("alice"))
    attention.touched(100.0)
    assert not attention.came(heard(), 99.9 + limits.AT_HAND_SECONDS)
    assert attention.unseen == 0
    assert attention.came(heard(), 100.0 + limits.AT_HAND_SECONDS)


def test_nobody_is_called_again_and_again() -> None:
    """A flood rings once a minute, and is counted."""
    attention = Attention(MemoryClient("alice"))
    rings = [attention.came(heard(), second / 10) for second in range(600)]
    assert rings.count(True) == 1
    assert attention.unseen == 600
    assert attention.came(heard(), limits.CALL_AGAIN_SECONDS)
    attention.touched(limits.CALL_AGAIN_SECONDS)
    assert attention.unseen == 0


@pytest.mark.parametrize("event", [heard(), REQUEST])
def test_what_a_person_is_called_for(event: e.Event) -> None:
    """A message, and somebody who asks."""
    assert Attention(MemoryClient("alice")).came(event, 0)


@pytest.mark.parametrize("event", [e.Connecting("localhost", 1), e.Delivered([1])])
def test_what_can_wait(event: e.Event) -> None:
    """What the client does by itself is no reason."""
    assert not Attention(MemoryClient("alice")).came(event, 0)


@pytest.mark.parametrize("content", [False, True])
def test_words_are_safe(content: bool) -> None:
    """One short line without a control character; the text only where it is wanted."""
    said = words(heard(HOSTILE), content=content)
    assert len(said) <= limits.CALL_CELLS
    assert not {"\x1b", "\x07", "\n"} & set(said)
    assert ("xxx" in said) == content


@pytest.mark.parametrize("how", ["bell", "osc9", "osc777", "off"])
def test_what_the_terminal_is_sent(how: Any) -> None:
    """One sequence that ends where it should, whatever was said."""
    sent: list[str] = []
    Calling(how, content=True).call(heard(HOSTILE), sent.append)
    assert "".join(sent).count("\x07") == (how != "off")
    assert "".join(sent).count("\x1b") == how.startswith("osc")
    if how == "osc777":
        assert sent[0].count(";") == 3


class Started:
    """A program that runs until it is told to end."""

    status: int | None = None

    def poll(self) -> int | None:
        """Its exit status."""
        return self.status


def test_the_desktop_is_told_by_its_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an argument list that no text can leave, one at a time; without a program by the bell."""
    rung: list[str] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    program, ran = Started(), []

    def start(arguments: list[str]) -> Started:
        ran.append(arguments)
        return program

    calling = Calling("program", content=True, start=start)
    calling.call(heard(), rung.append)
    assert (rung, ran) == (["\a"], [])
    path = tmp_path / "notify-send"
    path.write_text("#!/bin/sh\n")
    os.chmod(path, 0o755)
    calling.call(heard("--help; $(reboot)"), rung.append)
    calling.call(heard("another"), rung.append)
    assert ran == [[str(path), "--app-name=chat", "--", "chat", "bob: --help; $(reboot)"]]
    program.status = 0
    calling.call(heard("a third"), rung.append)
    assert len(ran) == 2
    assert rung == ["\a"]


def test_a_program_that_is_started(tmp_path: Path) -> None:
    """It gets its arguments as they are, and is not waited for."""
    path, told = tmp_path / "program", tmp_path / "told"
    path.write_text(f'#!/bin/sh\nprintf %s "$1" > {told}\n')
    os.chmod(path, 0o755)
    running = started([str(path), "a; b"])
    while running.poll() is None:
        pass
    assert told.read_text() == "a; b"


def test_the_command_line_offers_all_ways() -> None:
    """And no other, without loading the terminal for it."""
    from chatd.options import NOTIFYING

    assert NOTIFYING == WAYS


def test_nobody_is_called_for_whom_they_have_muted():
    """One person or everybody, until it is taken back, by whatever name they come; what they say is
    counted all the same."""
    client = MemoryClient("alice")
    attention = Attention(client)
    said = e.Heard("bob", Message("hi"))
    client.change(people=(Person("bob", "", muted=True), Person("carol", "")))
    assert not attention.came(said, 1000.0)
    assert attention.unseen == 1
    renamed = replace(REQUEST, name="robert", known_as="bob")
    assert not attention.came(renamed, 1000.0)
    assert attention.came(e.Heard("carol", Message("hi")), 1000.0)
    client.change(people=(), muted=True)
    assert not attention.came(REQUEST, 9000.0)
    client.change(muted=False)
    assert attention.came(said, 9999.0)

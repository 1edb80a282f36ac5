"""How a person is called to the terminal: by its bell, or by a notification of the desktop.

A notification says who it is about, and what was said only if the person wants that shown where
others can read it.
"""

import shutil
from collections.abc import Callable
from typing import Any, Literal, get_args

from twisted.internet.protocol import ProcessProtocol

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.text import cut, safe_line

How = Literal["bell", "osc9", "osc777", "program", "off"]
WAYS: tuple[How, ...] = get_args(How)
PROGRAM = "notify-send"
Raw = Callable[[str], None]


def words(event: e.Event, *, content: bool) -> str:
    """What a notification says: one line of safe text of at most `limits.CALL_CELLS` cells."""
    match event:
        case e.Heard(name=name, message=message):
            said = f"{name}: {message.text}" if content else f"a message from {name}"
        case e.RequestArrived(name=name):
            said = f"{name} asks for a conversation"
        case e.Talking(name=name):
            said = f"{name} is there"
        case _:
            said = "news"
    return cut(safe_line(said, limits.CALL_CELLS * 2), limits.CALL_CELLS)


class Calling:
    """Calls the person: `how`, with what was said if `content`; `raw` writes to the terminal."""

    def __init__(self, reactor: Any, how: How, *, content: bool) -> None:
        self._reactor = reactor
        self._how = how
        self._content = content
        self._running: _Notification | None = None

    def call(self, event: e.Event, raw: Raw) -> None:
        """For this event; where there is no program to do it, by the bell."""
        text = words(event, content=self._content)
        match self._how:
            case "bell":
                raw("\a")
            case "osc9":
                raw(f"\x1b]9;chat: {text}\a")
            case "osc777":
                # A semicolon would end the text.
                raw(f"\x1b]777;notify;chat;{text.replace(';', ',')}\a")
            case "program" if not self._spawn(text):
                raw("\a")

    def _spawn(self, text: str) -> bool:
        """Run the desktop's own program, one at a time; whether there is one."""
        program = shutil.which(PROGRAM)
        if program is None:
            return False
        if self._running is None or self._running.is_over:
            self._running = _Notification()
            arguments = [PROGRAM, "--app-name=chat", "--", "chat", text]
            self._reactor.spawnProcess(self._running, program, arguments, env=None)
        return True


class _Notification(ProcessProtocol):
    """The program while it runs; nobody reads what it says."""

    is_over = False

    def processEnded(self, reason: Any) -> None:
        """Another one may be run."""
        self.is_over = True

"""Shows the figures of a daemon again and again: as a picture in a terminal, else line by line."""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from chatd.errors import ChatdError
from chatd.watching.change import Change, Look
from chatd.watching.rows import line, rows
from chatd.watching.screen import Screen, is_terminal, taken


def watch(ask: Callable[[], Look], seconds: float, *, as_json: bool) -> None:
    """Look once in so many seconds until Ctrl-C; raises `ChatdError` if the first look fails, and
    on anything but a terminal if any does."""
    first = ask()
    try:
        if as_json or not is_terminal():
            _lines(first, ask, seconds, as_json=as_json)
        else:
            _Picture(first, ask).show(seconds)
    except KeyboardInterrupt:
        return


def _lines(now: Look, ask: Callable[[], Look], seconds: float, *, as_json: bool) -> None:
    before: Look | None = None
    while True:
        when = datetime.now(UTC).strftime("%H:%M:%SZ")
        print(json.dumps(now) if as_json else f"{when}  {line(Change(now, before))}", flush=True)
        time.sleep(seconds)
        before, now = now, ask()


class _Picture:
    """The last two looks, on a screen."""

    def __init__(self, first: Look, ask: Callable[[], Look]) -> None:
        self._ask = ask
        self._change = Change(first, None)
        self._look = first
        self._trouble = ""
        self._screen = Screen(sys.stdout.fileno(), sys.stdin.fileno())

    def show(self, seconds: float) -> None:
        """Draw until a `KeyboardInterrupt`; a daemon that does not answer is waited for."""
        with taken(self._draw, self._screen):
            while True:
                self._draw()
                time.sleep(seconds)
                self._look_again()

    def _look_again(self) -> None:
        try:
            before, self._look = self._look, self._ask()
        except ChatdError as error:
            self._trouble = str(error)
        else:
            self._change, self._trouble = Change(self._look, before), ""

    def _draw(self) -> None:
        width, _ = self._screen.size()
        trouble = [self._trouble[:width], ""] if self._trouble else []
        self._screen.draw(trouble + rows(self._change, width - 1))

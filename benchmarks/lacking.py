"""A daemon that lacks a part, to see what that costs: for measuring only.

    LACKS=pace python -m benchmarks.lacking [OPTION ...]

The options are those of `chatd`.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import succeed

from chatd.channel import SecureChannel
from chatd.daemon import main
from chatd.rendezvous.door import Door, Room
from chatd.rendezvous.introductions import Introductions
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.name_file import NameFile
from chatd.rendezvous.name_store import QueuedNameStore
from chatd.rendezvous.new_names import NewNames
from chatd.rendezvous.reception import Reception
from chatd.rendezvous.tokens import Tokens


def _nothing(*_: object, **__: object) -> None:
    """In place of something."""


def _no_effects(*_: object, **__: object) -> list[Any]:
    return []


class _NoTimer:
    reset = cancel = staticmethod(_nothing)

    @staticmethod
    def active() -> bool:
        return True


def _no_rooms() -> None:
    def came(self: Any, link: Any, source: Any, now: float) -> None:
        self._room[link] = Room.FRESH

    def left(self: Any, link: Any) -> None:
        self._room.pop(link, None)

    _replace(Door, came=came, left=left)


def _no_deadlines() -> None:
    def made(self: Any) -> None:
        clock, self._clock = self._clock, _NoClock
        connected(self)
        self._clock = clock

    connected = SecureChannel.connectionMade
    _replace(SecureChannel, connectionMade=made)


class _NoClock:
    @staticmethod
    def callLater(*_: object) -> _NoTimer:
        return _NoTimer()


def _replace(kind: type, **by: Callable[..., Any]) -> None:
    for name, method in by.items():
        setattr(kind, name, method)


PARTS: dict[str, Callable[[], None]] = {
    "": _nothing,
    "storing": lambda: _replace(QueuedNameStore, store=lambda *_: succeed(None)),
    "the disk": lambda: _replace(NameFile, apply=_nothing),
    "what comes at the door": lambda: _replace(Tokens, guest=_nothing),
    "tokens for the next time": lambda: _replace(Tokens, fresh=lambda *_: [bytes(58), bytes(58)]),
    "turns": lambda: _replace(Reception, line=lambda self, link: link.work()),
    "rooms at the door": _no_rooms,
    "the deadline": _no_deadlines,
    "places": lambda: _replace(Lobby, seat=_nothing),
    "pace": lambda: _replace(Lobby, turn=lambda *_: 0.0),
    "new names of a source": lambda: _replace(NewNames, take=_nothing),
    "presence": lambda: _replace(
        Introductions, arrived=_no_effects, named=_no_effects, gone=_no_effects
    ),
}
"""What a daemon can lack, and how."""

if __name__ == "__main__":
    PARTS[os.environ["LACKS"]]()
    sys.exit(main(sys.argv[1:]))

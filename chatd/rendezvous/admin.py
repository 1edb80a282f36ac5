"""What an operator asks of a running daemon (docs/operating.md, "chatctl").

One JSON line in, one JSON line out, on a Unix socket that only the operator's account can open.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import ILoggingContext
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd import limits
from chatd.control import listening
from chatd.control.listening import JsonLine
from chatd.errors import ChatdError, StartupError
from chatd.noise.keys import fingerprint
from chatd.rendezvous.directory import Binding
from chatd.rendezvous.door import Room
from chatd.rendezvous.lobby import Lobby
from chatd.rendezvous.reception import Reception
from chatd.rendezvous.reloading import SettingsAgain
from chatd.settings.current import Current
from chatd.settings.report import listed
from chatd.watch.figures import Family, flat

SOCKET = "admin.sock"


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """One command, what it is about ('' for none) and what is said of that, and for lists after
    which entry to go on."""

    do: Literal[
        "names",
        "release",
        "ban",
        "unban",
        "bans",
        "allow",
        "deny",
        "allowed",
        "status",
        "figures",
        "reload",
        "set",
        "unset",
        "settings",
    ]
    what: str = ""
    value: str = ""
    after: str = ""


class Desk:
    """What can be said to a daemon of its settings, and what makes them hold for those who are
    here: `enforce` ends the links of those who may not be."""

    def __init__(
        self,
        current: Current | None = None,
        again: SettingsAgain | None = None,
        enforce: Callable[[], None] = lambda: None,
    ) -> None:
        self._current = current
        self._again = again
        self.enforce = enforce

    def answer(self, question: Question) -> Any:
        """The answer to what is asked of settings, or a Deferred of it; raises `ChatdError`."""
        if self._current is None or self._again is None:
            raise ChatdError("this daemon has no settings")
        match question:
            case Question("reload"):
                return self._again.read().addCallback(_changes)
            case Question("set", what=what, value=value):
                return _changes(self._current.say(what, value))
            case Question("unset", what=what):
                return _changes(self._current.say(what, None))
        return {"lines": listed(self._current.settings)}


def _changes(lines: list[str]) -> dict[str, list[str]]:
    return {"lines": lines or ["nothing has changed"]}


class Admin:
    """Answers questions about one lobby and those who wait for it; `seconds` is a clock, and
    `dates` is in seconds since 1970."""

    def __init__(
        self,
        lobby: Lobby,
        seconds: Callable[[], float],
        dates: Callable[[], float],
        reception: Reception,
        figures: Callable[[], Iterable[Family]],
        desk: Desk,
    ) -> None:
        self._figures = figures
        self._lobby = lobby
        self._reception = reception
        self._desk = desk
        self._seconds = seconds
        self._dates = dates
        self._started = seconds()

    def answer(self, question: Question) -> Any:
        """The answer, or a Deferred of it; raises `ChatdError`."""
        lobby, most = self._lobby, limits.ADMIN_PAGE
        match question:
            case Question("names", after=after):
                return {"names": [self._entry(each) for each in lobby.names.page(after, most)]}
            case Question("release", what=what):
                return lobby.take_away(what).addCallback(lambda name: {"released": name})
            case Question("status"):
                return self._status()
            case Question("figures"):
                return {"seconds": self._age, "figures": flat(self._figures())}
            case Question("reload" | "set" | "unset" | "settings"):
                return self._desk.answer(question)
        return self._let_in(question)

    def _let_in(self, question: Question) -> Any:
        """What is said of who may come; it holds for those who are here as well."""
        access = self._lobby.names.access
        match question:
            case Question("bans"):
                return {"lines": list(access.bans)}
            case Question("allowed"):
                return {"lines": list(access.allowed)}
            case Question("unban", what=what):
                return access.unban(what).addCallback(lambda what: {"unbanned": what})
            case Question("allow", what=what):
                return access.allow(what).addCallback(lambda key: {"allowed": key})
            case Question("deny", what=what):
                said = access.deny(what).addCallback(lambda key: {"denied": key})
            case _:
                said = access.ban(question.what).addCallback(lambda what: {"banned": what})
        self._desk.enforce()
        return said

    def _entry(self, binding: Binding) -> dict[str, Any]:
        name, key, first, seen = binding
        here = self._lobby.introductions.is_here(name)
        who = fingerprint(key)
        return {
            "name": name,
            "key": who,
            "here": here,
            "first": self._date(first),
            "seen": self._date(seen),
        }

    def _date(self, moment: float) -> int:
        return int(self._dates() - self._lobby.names.ago(moment))

    def _status(self) -> dict[str, Any]:
        lobby = self._lobby
        return {
            "here": lobby.here,
            "names": len(lobby.names),
            "introductions": len(lobby.introductions),
            "introduced": lobby.introduced,
            **{room.name.lower(): self._reception.door.count(room) for room in Room},
            "dropped": self._reception.door.dropped,
            "seconds": int(self._age),
        }

    @property
    def _age(self) -> float:
        return self._seconds() - self._started


class AdminLine(JsonLine):
    """One connection of `chatctl`."""

    MAX_LENGTH = limits.ADMIN_LINE
    _decoder = msgspec.json.Decoder(Question)
    _log = Logger(namespace="chatd.rendezvous")

    def __init__(self, admin: Admin, clock: Any) -> None:
        self._admin = admin
        self._clock = clock
        self._timer: Any = None

    def connectionMade(self) -> None:
        """Whoever asks nothing is not waited for."""
        transport: Any = self.transport
        self._timer = self._clock.callLater(limits.ADMIN_SECONDS, transport.abortConnection)

    def lineReceived(self, line: bytes) -> None:
        """Answer one question, and close."""
        try:
            question = self._decoder.decode(line)
        except ValueError:
            self._answer({"error": "the question cannot be read", "hint": "update chatctl"})
            return
        answering: Deferred[Any] = maybeDeferred(self._admin.answer, question)
        answering.addCallbacks(self._answer, self._failed)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Nothing is left to do."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def _failed(self, failure: Failure) -> None:
        if failure.check(ChatdError) is None:
            self._log.failure("an answer to chatctl failed", failure)
        error = failure.value if isinstance(failure.value, ChatdError) else ChatdError()
        self._answer({"error": str(error), "hint": error.hint})

    def _answer(self, answer: Any) -> None:
        self.say(answer)
        transport: Any = self.transport
        transport.loseConnection()


@implementer(ILoggingContext)
class AdminFactory(Factory):
    """The connections of `chatctl`."""

    noisy = False

    def __init__(self, admin: Admin, clock: Any) -> None:
        self._admin = admin
        self._clock = clock

    def logPrefix(self) -> str:
        """Its name in the log."""
        return "socket of chatctl"

    def buildProtocol(self, addr: Any) -> AdminLine:
        """One connection."""
        return AdminLine(self._admin, self._clock)


def listen(reactor: Any, folder: Path, factory: AdminFactory) -> Any:
    """Listen in the data folder, in place of a daemon that is gone; raises `StartupError`."""
    return listening.listen(reactor, folder / SOCKET, factory, _taken())


def check_free(folder: Path) -> None:
    """Raise `StartupError` if another daemon has this data folder."""
    listening.check_free(folder / SOCKET, _taken())


def _taken() -> StartupError:
    return StartupError("another daemon runs with this data folder", "stop it first")

"""Tells when this machine's network has changed, or the machine has slept, without ever asking."""

import errno
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd import limits
from chatd.reach import netlink, wake_up
from chatd.reach.kernel_news import ANYTHING, GROUPS, NOTHING, News, read
from chatd.reach.own_addresses import local_addresses
from chatd.timer import Timer


@dataclass(frozen=True)
class Change:
    """What is different now: own addresses that went and came (of interfaces that are up), whether
    a route to elsewhere may have changed, and whether the machine has slept (or its date was set).
    """

    gone: frozenset[str] = frozenset()
    come: frozenset[str] = frozenset()
    routes: bool = False
    slept: bool = False


class Watching(Protocol):
    """What goes on until it is closed."""

    def close(self) -> None:
        """Tell nothing more."""


Watch = Callable[[Any, Callable[[Change], None]], Watching]
"""Begins to tell of changes, by a reactor."""


class NoWatch:
    """Tells of nothing, as where a network never changes."""

    def __init__(self, reactor: Any, changed: Callable[[Change], None]) -> None:
        pass

    def close(self) -> None:
        """There is nothing to close."""


class NetworkWatch:
    """Calls `changed` once for what comes together; on systems that do not tell, never.

    It needs no rights.
    """

    def __init__(
        self,
        reactor: Any,
        changed: Callable[[Change], None],
        addresses: Callable[[], Sequence[str]] = local_addresses,
    ) -> None:
        self._reactor = reactor
        self._changed = changed
        self._addresses = addresses
        self._known = frozenset(addresses())
        self._news = NOTHING
        self._slept = False
        self._burst_until = 0.0
        self._timer = Timer(reactor, lambda _: self._tell())
        opened = [
            _opened(reactor, _announcements, self._read),
            _opened(reactor, _sleep, self._woke),
        ]
        self._sources = [source for source in opened if source is not None]

    def close(self) -> None:
        """Tell nothing more."""
        self._timer.stop()
        for source in self._sources:
            source.close()

    def _read(self, announcements: socket.socket) -> None:
        for _ in range(limits.NETWORK_READS):
            try:
                news, sender = announcements.recvfrom(limits.NETWORK_NEWS)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self._note(ANYTHING)  # the kernel had more to say than it keeps
            else:
                self._note(read(news) if sender[0] == netlink.KERNEL else NOTHING)

    def _woke(self, timer: "_File") -> None:
        try:
            os.read(timer.fileno(), 8)
        except OSError as error:
            if error.errno != errno.ECANCELED:
                raise
        self._slept = True
        self._note(News.ADDRESSES)

    def _note(self, news: News) -> None:
        """Wait for what belongs to it."""
        if not news:
            return
        self._news |= news
        now = self._reactor.seconds()
        if self._timer.due is None:
            self._burst_until = now + limits.NETWORK_BURST_SECONDS
        wait = min(limits.NETWORK_QUIET_SECONDS, max(0.0, self._burst_until - now))
        self._timer.after(wait)

    def _tell(self) -> None:
        known, self._known = self._known, frozenset(self._addresses())
        news, self._news = self._news, NOTHING
        slept, self._slept = self._slept, False
        routes = bool(news & News.ROUTES)
        change = Change(known - self._known, self._known - known, routes, slept)
        if change != Change():
            self._changed(change)


# -- where it comes from


class _File:
    """A file descriptor that is closed like a socket."""

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number

    def close(self) -> None:
        os.close(self._number)


def _announcements() -> socket.socket:
    made = netlink.opened(GROUPS)
    made.setblocking(False)
    return made


def _sleep() -> _File:
    return _File(wake_up.opened())


def _opened(reactor: Any, opener: Callable[[], Any], read: Callable[[Any], None]) -> "_Source|None":
    try:
        return _Source(reactor, opener(), read)
    except OSError:
        return None  # another system, or one that forbids it


@implementer(IReadDescriptor)
class _Source:
    """One file of which the reactor says when it can be read; after an error it is closed."""

    def __init__(self, reactor: Any, file: Any, read: Callable[[Any], None]) -> None:
        self._reactor = reactor
        self._file = file
        self._read = read
        self._is_open = True
        reactor.addReader(self)

    def fileno(self) -> int:
        """That of the file, or -1 when it is closed."""
        return int(self._file.fileno()) if self._is_open else -1

    def doRead(self) -> None:
        """There is something to read."""
        try:
            self._read(self._file)
        except OSError:
            self.close()

    def connectionLost(self, reason: Failure) -> None:
        """The reactor gives it up, or ends."""
        self.close()

    def logPrefix(self) -> str:
        """How it is called in a log."""
        return "network"

    def close(self) -> None:
        """Once."""
        if self._is_open:
            with suppress(Exception):
                self._reactor.removeReader(self)
            self._is_open = False
            self._file.close()

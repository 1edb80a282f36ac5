"""Threads for a disk that may never answer."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


class DiskThread:
    """Makes one call after the other, in a thread of its own from the first one to `end`.

    Nothing waits for it at the end of the process, as the threads of a reactor's own pool would.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._began = False

    def do(self, what: Callable[..., T], *arguments: Any) -> Deferred[T]:
        """Fires with what a call gives, or fails as it does."""
        done: Deferred[T] = Deferred()

        def call() -> None:
            try:
                result: T | Failure = what(*arguments)
            except BaseException:
                result = Failure()
            self._reactor.callFromThread(done.callback, result)

        self._calls.put(call)
        self._begin()
        return done

    def end(self) -> None:
        """Let the thread go once it has made all calls; a later one begins another."""
        if self._began:
            self._calls.put(None)
            self._began = False

    def _begin(self) -> None:
        # Only here: a thread is not carried through the fork of a daemon.
        if not self._began:
            self._began = True
            Thread(target=self._run, name="disk", daemon=True).start()

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


def in_disk_thread(reactor: Any, what: Callable[..., T], *arguments: Any) -> Deferred[T]:
    """Fires with what one call gives, or fails as it does; it has a thread of its own."""
    thread = DiskThread(reactor)
    done = thread.do(what, *arguments)
    thread.end()
    return done

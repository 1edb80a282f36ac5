"""Threads for a disk that may never answer."""

from collections.abc import Callable
from threading import Thread
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


def in_disk_thread(reactor: Any, what: Callable[..., T], *arguments: Any) -> Deferred[T]:
    """Fires with what a call gives, or fails as it does; nothing waits for it at the end of the
    process, as the threads of a reactor's own pool would."""
    done: Deferred[T] = Deferred()

    def run() -> None:
        try:
            result: T | Failure = what(*arguments)
        except BaseException:
            result = Failure()
        reactor.callFromThread(done.callback, result)

    Thread(target=run, name="disk", daemon=True).start()
    return done

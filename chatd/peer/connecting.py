"""A connection in the making, and what is made of it."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocolFactory
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure


def made_by(build: Callable[[], Protocol]) -> IProtocolFactory:
    """Makes the protocols of connections, without a word in the log."""
    factory = Factory.forProtocol(build)
    factory.noisy = False
    return factory


class Connecting:
    """One at a time, until it is there or given up; `failed` is told why it did not come about."""

    def __init__(self, failed: Callable[[Failure], None]) -> None:
        self._failed = failed
        self._making: Deferred[Any] | None = None

    @property
    def is_on(self) -> bool:
        """Whether one is waited for."""
        return self._making is not None

    def begin(
        self, making: Deferred[Any], then: Callable[[Any], object] = lambda made: None
    ) -> None:
        """Wait for this one; `then` is given what it comes to."""
        self._making = making
        making.addCallbacks(self._made, self._lost, (then,))

    def stop(self) -> None:
        """Give it up, if there is one; nothing more is said."""
        making, self._making = self._making, None
        if making is not None:
            making.cancel()

    def _made(self, made: Any, then: Callable[[Any], object]) -> None:
        self._making = None
        then(made)

    def _lost(self, failure: Failure) -> None:
        if self._making is None:
            return  # given up by us
        self._making = None
        self._failed(failure)

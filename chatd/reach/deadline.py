"""What somebody else does not get done in time ends in an error of ours."""

from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectingCancelledError
from twisted.python.failure import Failure

from chatd.errors import ChatdError

GIVEN_UP = (CancelledError, ConnectingCancelledError)
"""What whoever is waited for fails with when the wait is cancelled."""

_Result = TypeVar("_Result")


def within(
    seconds: float, clock: Any, waiting: "Deferred[_Result]", late: ChatdError
) -> "Deferred[_Result]":
    """The same, which is cancelled and fails with `late` if it takes longer."""
    made: Deferred[_Result] = waiting.addTimeout(
        seconds, clock, onTimeoutCancel=lambda *_: Failure(late)
    )
    return made

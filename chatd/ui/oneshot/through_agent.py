"""A one-shot command through the agent: without Twisted, for the sake of its start."""

import signal
import time
from collections import deque
from contextlib import suppress
from typing import Any

import msgspec

from chatd import limits
from chatd.control import jsonrpc
from chatd.control.asking import Connection, NoAnswer
from chatd.control.jsonrpc import Code
from chatd.engine.commands import Command
from chatd.engine.snapshot import Snapshot
from chatd.errors import ChatdError
from chatd.safe_line import safe_line
from chatd.ui.oneshot.carrying import failure, printed
from chatd.ui.oneshot.errand import Errand
from chatd.ui.oneshot.offering import reachable
from chatd.ui.oneshot.outcome import Outcome
from chatd.ui.rpc import methods


def carry_out(connection: Connection, errand: Errand, seconds: float | None) -> None:
    """Within so many seconds; raises `ChatdError` if it failed."""
    errand_there = _Errand(connection, errand)
    signal.signal(signal.SIGTERM, _killed)
    try:
        errand_there.run(seconds)
    except _Killed:
        errand_there.abandon()
        signal.raise_signal(signal.SIGTERM)
    except (KeyboardInterrupt, ChatdError):
        errand_there.abandon()
        raise
    finally:
        connection.close()
    error = failure(errand.outcome) if errand.outcome is not None else None
    if error is not None:
        raise error


class _Killed(BaseException):
    pass


def _killed(number: int, _: Any) -> None:
    signal.signal(number, signal.SIG_DFL)
    raise _Killed


class _Errand:
    """One request at a time: an agent that waits for us to read takes none, so that whoever only
    writes would wait for it, and it for them.
    """

    def __init__(self, connection: Connection, errand: Errand) -> None:
        self._connection = connection
        self._errand = errand
        self._requests = 0
        self._unanswered = {0}
        self._waiting: deque[Command] = deque()

    def run(self, seconds: float | None) -> None:
        """Until it is done, and the agent has answered to all of it."""
        until = None if seconds is None else time.monotonic() + seconds
        self._connection.say(jsonrpc.asked("subscribe", {"reads": False}, 0))
        while self._errand.outcome is None or self._unanswered or self._waiting:
            try:
                self._heard(self._next(until))
            except NoAnswer:
                if seconds is None or until is None or time.monotonic() < until:
                    raise ChatdError("the agent has ended", "chat agent") from None
                self._give_up(seconds)
                return

    def abandon(self) -> None:
        """Nobody waits for it any more: end what it has begun, if the agent is still there."""
        with suppress(ChatdError):
            self._give_up(0)

    def _give_up(self, seconds: float) -> None:
        commands = self._errand.give_up(seconds)
        printed(self._errand)
        self._waiting.clear()
        for command in commands:  # no answer is waited for
            self._unanswered.clear()
            self._waiting.append(command)
            self._advance()

    def _next(self, until: float | None) -> dict[str, Any]:
        if self._errand.outcome is not None:
            self._connection.wait(limits.AGENT_SECONDS)
        elif until is not None:
            self._connection.wait(max(0.001, until - time.monotonic()))
        else:
            self._connection.wait(None)
        return self._connection.hear()

    def _heard(self, message: dict[str, Any]) -> None:
        self._unanswered.discard(message.get("id", ""))
        if self._errand.outcome is None:
            self._follow(message)
        self._advance()

    def _follow(self, message: dict[str, Any]) -> None:
        match message:
            case {"id": 0, "result": here}:
                self._do(self._errand.begin(msgspec.convert(here, Snapshot)))
            case {"result": _} if not self._unanswered and not self._waiting:
                self._errand.carried_out()
            case {"error": {"code": code, "message": text}} if code != Code.NOT_DONE:
                self._errand.outcome = Outcome(ChatdError(safe_line(text)))
                self._unanswered.clear()  # it may not have said to which
                self._waiting.clear()
            case {"method": method, "params": params}:
                event = methods.event(method, params)
                if event is not None:
                    self._do(self._errand.happened(event))

    def _do(self, commands: list[Command]) -> None:
        if self._errand.outcome is not None:
            self._waiting.clear()
        self._waiting += map(reachable, commands)
        printed(self._errand)  # before it is said that it was seen
        self._advance()

    def _advance(self) -> None:
        if self._waiting and not self._unanswered:
            self._requests += 1
            self._unanswered.add(self._requests)
            self._connection.say(methods.request(self._waiting.popleft(), self._requests))

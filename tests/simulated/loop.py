"""The event loop that all hosts of a simulated network share."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.python.failure import Failure

STANDSTILL = 100_000
"""Calls at one instant after which the loop gives up: something calls itself for ever."""


class EventLoop:
    """Time that moves from one due call to the next; calls due at one instant run in order.

    `errors` holds what the calls raised: a reactor logs such a thing and goes on.
    """

    def __init__(self) -> None:
        self.errors: list[Failure] = []
        self.in_flight = 0
        """Calls of the network itself (made with `at`) that have not run yet."""
        self._now = 0.0
        self._queue: list[tuple[float, int, object, DelayedCall]] = []
        self._order = count()
        self._calls_at_this_instant = 0

    def seconds(self) -> float:
        """Seconds since the network was made."""
        return self._now

    def call_later(
        self,
        owner: object,
        delay: float,
        function: Callable[..., object],
        args: tuple[object, ...] = (),
        named: dict[str, object] | None = None,
    ) -> DelayedCall:
        """A timer that belongs to `owner`; raises `ValueError` for a negative delay."""
        if delay < 0:
            raise ValueError(f"a delay of {delay} seconds")
        time = self._now + delay
        call = DelayedCall(
            time,
            function,
            args,
            named or {},
            lambda call: None,
            lambda call: self._push(owner, call),
            self.seconds,
        )
        self._push(owner, call)
        return call

    def at(self, time: float, function: Callable[..., object], *args: object) -> None:
        """Have the network itself call `function` at `time`, or now if that is over."""
        self.in_flight += 1
        delay = max(time - self._now, 0.0)
        self.call_later(None, delay, self._land, (function, args))

    def soon(self, function: Callable[..., object], *args: object) -> None:
        """Have the network itself call `function` in a turn of its own."""
        self.at(self._now, function, *args)

    def calls_of(self, owner: object) -> list[DelayedCall]:
        """The timers of `owner` that are still to run."""
        # One that was moved forward is in the queue twice.
        return list(
            dict.fromkeys(
                call
                for _, _, whose, call in sorted(self._queue)
                if whose is owner and call.active()
            )
        )

    def next_time(self) -> float | None:
        """When the next call is due, if there is one."""
        while self._queue:
            time, _, owner, call = self._queue[0]
            if call.active() and call.getTime() <= time:
                return time
            # Cancelled, or moved since it was queued.
            heappop(self._queue)
            if call.active():
                call.activate_delay()
                self._push(owner, call)
        return None

    def step(self, limit: float) -> bool:
        """Run the next call that is due by `limit`; without one, move on to `limit`: False."""
        time = self.next_time()
        if time is None or time > limit:
            self._now = max(self._now, limit)
            return False
        self._move_to(time)
        call = heappop(self._queue)[3]
        call.called = 1
        self.attempt(call.func, *call.args, **call.kw)
        return True

    def attempt(self, function: Callable[..., Any], *args: object, **named: object) -> Any:
        """Call `function` as a reactor does: what it raises is kept in `errors` and returned."""
        try:
            return function(*args, **named)
        except Exception as error:
            self.errors.append(Failure())
            return error

    def _push(self, owner: object, call: DelayedCall) -> None:
        heappush(self._queue, (call.getTime(), next(self._order), owner, call))

    def _land(self, function: Callable[..., object], args: tuple[object, ...]) -> None:
        self.in_flight -= 1
        function(*args)

    def _move_to(self, time: float) -> None:
        if time > self._now:
            self._now = time
            self._calls_at_this_instant = 0
        self._calls_at_this_instant += 1
        if self._calls_at_this_instant > STANDSTILL:
            raise AssertionError(f"time stands still: {STANDSTILL} calls at {self._now} seconds")

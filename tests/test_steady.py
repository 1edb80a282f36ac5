"""Timers follow a clock that never jumps, on the reactors that are used."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.epollreactor import EPollReactor

from chatd.steady import seconds, steady


@pytest.fixture(params=["epoll", "asyncio"])
def reactor(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A reactor that is not installed: that of the daemon, and that of the client."""
    loop = asyncio.new_event_loop()
    made: Any = EPollReactor() if request.param == "epoll" else AsyncioSelectorReactor(loop)
    yield made
    for selectable in made.removeAll():
        selectable.connectionLost(None)
    made.waker.connectionLost(None)
    loop.close()


def test_a_timer_does_not_follow_the_date(reactor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set back by ten years or on by a year, the machine's clock moves no timer, nor those that
    are reset after that."""
    steady(reactor)
    fired: list[str] = []
    reactor.callLater(0, fired.append, "due")
    later = reactor.callLater(3600, fired.append, "early")
    for jump in (-10 * 365 * 86_400, 365 * 86_400):
        real = time.time()
        monkeypatch.setattr(time, "time", lambda now=real + jump: now)
        monkeypatch.setattr("twisted.python.runtime.seconds", time.time)
        reactor.runUntilCurrent()
        assert fired == ["due"]
        later.reset(3600)
        assert 3500 < later.getTime() - reactor.seconds() <= 3600
        assert 3500 < reactor.timeout() <= 3600
    later.cancel()


def test_its_seconds_are_those_of_a_clock_that_never_goes_back() -> None:
    """They are not the date, and they pass."""
    before = seconds()
    assert before <= seconds()
    assert abs(before - time.time()) > 3600

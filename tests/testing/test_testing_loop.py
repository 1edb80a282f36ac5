"""The event loop of the simulated network, against Twisted's own clock for tests."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from simulated import Network
from simulated.loop import EventLoop
from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.internet.task import Clock

Step = tuple[str, int, int]

steps = st.lists(
    st.tuples(
        st.sampled_from(["callLater", "cancel", "reset", "delay", "advance"]),
        st.integers(0, 5),
        st.integers(0, 20),
    ),
    max_size=30,
)


def times_of_calls(clock: Any, advance: Any, script: list[Step]) -> list[tuple[float, int]]:
    """When each timer runs, if a clock is treated so."""
    calls: list[Any] = []
    ran: list[tuple[float, int]] = []
    for action, which, seconds in script:
        if action == "callLater":
            number = len(calls)
            calls.append(
                clock.callLater(seconds, lambda n=number: ran.append((clock.seconds(), n)))
            )
        elif action == "advance":
            advance(seconds)
        elif which < len(calls) and calls[which].active():
            getattr(calls[which], action)(*[seconds] * (action != "cancel"))
    advance(1000)
    return sorted(ran)


class Stepwise(Clock):
    """Twisted's clock, which jumps, made to stop at every second."""

    def advance(self, amount: float) -> None:
        super().advance(0)
        for _ in range(int(amount)):
            super().advance(1)


@given(steps)
@example([("callLater", 0, 0), ("reset", 0, 1), ("advance", 0, 0), ("reset", 0, 0)])
def test_timers_run_when_twisteds_would(script: list[Step]) -> None:
    """Timers that are cancelled, reset and delayed run at the times that they have by then."""
    clock, network = Stepwise(), Network(seed=1)
    expected = times_of_calls(clock, clock.advance, script)
    assert times_of_calls(network.host("10.0.0.1"), network.advance, script) == expected


def test_calls_of_one_instant_run_in_order() -> None:
    """What is due at the same time runs in the order in which it was asked for."""
    loop = EventLoop()
    ran: list[int] = []
    for number in range(20):
        loop.call_later(None, 1, ran.append, (number,))
    while loop.step(1):
        pass
    assert ran == list(range(20))


def test_a_timer_runs_once() -> None:
    """A timer that has run, or was cancelled, refuses to be cancelled."""
    loop = EventLoop()
    ran = loop.call_later(None, 1, print)
    cancelled = loop.call_later(None, 1, print)
    cancelled.cancel()
    while loop.step(2):
        pass
    with pytest.raises(AlreadyCalled):
        ran.cancel()
    with pytest.raises(AlreadyCancelled):
        cancelled.cancel()


def test_a_timer_that_was_moved_is_shown_once() -> None:
    """A timer that was moved forward is among its owner's calls once."""
    loop = EventLoop()
    call = loop.call_later("me", 10, print)
    call.reset(5)
    assert loop.calls_of("me") == [call]


def test_no_timer_in_the_past() -> None:
    """A negative delay is refused, as a reactor refuses it."""
    with pytest.raises(ValueError, match="-1"):
        Network(seed=1).host("10.0.0.1").callLater(-1, print)


def test_time_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many calls at one instant fail instead of hanging; over time there is no limit."""
    monkeypatch.setattr("simulated.loop.STANDSTILL", 10)
    network = Network(seed=1)
    host = network.host("10.0.0.1")
    for seconds in (1, 2, 3):
        for _ in range(10):
            host.callLater(seconds, print)
    network.advance(3)
    for _ in range(11):
        host.callLater(1, print)
    with pytest.raises(AssertionError, match="time stands still"):
        network.advance(1)

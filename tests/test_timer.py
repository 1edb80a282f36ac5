"""One call to come, which can be moved."""

from twisted.internet.task import Clock

from chatd.timer import Timer


def test_a_timer_is_called_once_where_it_was_moved_to() -> None:
    """The last moment counts, what has passed comes at once, and None or a stop takes it back."""
    clock, called = Clock(), list[float]()
    timer = Timer(clock, called.append)
    timer.set(5)
    timer.set(2)
    assert timer.due == 2
    clock.advance(2)
    assert (called, timer.due, clock.getDelayedCalls()) == ([2], None, [])
    timer.set(1)
    clock.advance(0)
    assert called == [2, 2]
    for stop in (timer.stop, lambda: timer.set(None)):
        timer.set(9)
        stop()
        assert (timer.due, clock.getDelayedCalls()) == (None, [])


def test_a_timer_is_never_early() -> None:
    """Where the clock says less than it was set to, as after a rounding, that is what is told."""
    clock, called = Clock(), list[float]()
    Timer(clock, called.append).set(5)
    clock.rightNow, late = 4.999999, clock.getDelayedCalls()[0]
    late.func()
    assert called == [5]


def test_a_timer_can_be_set_by_seconds() -> None:
    """So many from now on, instead of those before."""
    clock, called = Clock(), list[float]()
    timer = Timer(clock, called.append)
    clock.advance(3)
    timer.after(4)
    timer.after(2)
    assert timer.due == 5
    clock.advance(2)
    assert (called, timer.due, clock.getDelayedCalls()) == ([5], None, [])


def test_a_timer_can_be_set_from_its_own_call() -> None:
    """Whoever is called sets it for the next time."""
    clock, called = Clock(), list[float]()

    def again(now: float) -> None:
        called.append(now)
        timer.set(now + 1)

    timer = Timer(clock, again)
    timer.set(1)
    clock.pump([1, 1, 1])
    assert called == [1, 2, 3]
    assert timer.due == 4

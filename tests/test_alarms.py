"""Many timers of a few lengths, by one of the reactor's."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from chatd.alarms import Alarms


def test_an_alarm_runs_out_once_and_when_it_is_to() -> None:
    """Not before, and with what it was given."""
    clock, rung = Clock(), list[str]()
    alarm = Alarms(clock).callLater(30, rung.append, "now")
    clock.advance(29.9)
    assert (rung, alarm.active()) == ([], True)
    clock.advance(0.2)
    assert (rung, alarm.active()) == (["now"], False)
    clock.advance(100)
    assert rung == ["now"]
    assert not clock.getDelayedCalls()


def test_what_is_cancelled_or_moved_does_not_run_out() -> None:
    """Also where it is at the last moment, by another that runs out with it."""
    clock, rung = Clock(), list[str]()
    alarms = Alarms(clock)
    first = alarms.callLater(5, lambda: second.cancel())
    second = alarms.callLater(5, rung.append, "never")
    third = alarms.callLater(5, rung.append, "later")
    third.reset(30)
    alarms.callLater(5, rung.append, "in time").reset(1)
    clock.advance(5)
    assert (rung, first.active(), second.active()) == (["in time"], False, False)
    clock.advance(25)
    assert rung == ["in time", "later"]
    assert not clock.getDelayedCalls()


def test_a_thousand_take_one_timer_of_the_reactor() -> None:
    """Which goes by itself when they are gone."""
    clock = Clock()
    alarms = Alarms(clock)
    many = [alarms.callLater(30, list) for _ in range(1000)]
    assert len(clock.getDelayedCalls()) == 1
    for each in many:
        each.cancel()
    clock.advance(30)
    assert not clock.getDelayedCalls()


steps = st.tuples(st.sampled_from("sr c"), st.sampled_from([1.0, 5.0, 30.0]), st.floats(0, 8))


@given(st.lists(steps, max_size=40))
def test_they_are_as_the_reactors_own(steps: list[tuple[str, float, float]]) -> None:
    """Whatever is set, moved and cancelled, and whenever: the same runs out at the same time."""
    clocks = Clock(), Clock()
    makers, rung = (Alarms(clocks[0]), clocks[1]), (list[object](), list[object]())
    timers: list[list[object]] = [[], []]
    for number, (what, seconds, pause) in enumerate(steps):
        for side in (0, 1):
            clock, out, made = clocks[side], rung[side], timers[side]

            def ring(number: int = number, clock: Clock = clock, out: list[object] = out) -> None:
                out.append((number, round(clock.seconds(), 3)))

            last: object = made[-1] if made else None
            if what == "s" or last is None or not last.active():  # type: ignore[attr-defined]
                made.append(makers[side].callLater(seconds, ring))
            elif what == "r":
                last.reset(seconds)  # type: ignore[attr-defined]
            elif what == "c":
                last.cancel()  # type: ignore[attr-defined]
            for _ in range(round(pause * 8)):
                clock.advance(0.125)
    for clock in clocks:
        clock.pump([0.125] * 300)
    assert sorted(map(str, rung[0])) == sorted(map(str, rung[1]))

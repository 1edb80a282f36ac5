"""Deadlines, against a plain dictionary of them."""

from hypothesis import given
from hypothesis import strategies as st

from chatd.rendezvous.deadlines import Deadlines


def test_the_first_deadline_comes_first() -> None:
    """What is due comes in the order of time, at its time and not before."""
    deadlines: Deadlines[str] = Deadlines()
    for thing, when in (("late", 30.0), ("early", 10.0), ("middle", 20.0)):
        deadlines.set(thing, when)
    assert deadlines.next() == 10.0
    assert [deadlines.pop(now) for now in (9.9, 10.0, 10.0, 30.0, 30.0, 99.0)] == [
        None,
        "early",
        None,
        "middle",
        "late",
        None,
    ]


def test_things_due_at_once_come_in_the_order_in_which_they_were_set() -> None:
    """Equal times need no order among the things themselves."""
    deadlines: Deadlines[object] = Deadlines()
    things = [object(), object(), object()]
    for thing in things:
        deadlines.set(thing, 1.0)
    assert [deadlines.pop(1.0) for _ in things] == things


def test_a_dropped_or_moved_thing_is_not_due_at_its_old_time() -> None:
    """Only the last deadline of a thing counts, even if it was dropped in between."""
    deadlines: Deadlines[str] = Deadlines()
    deadlines.set("moved", 1.0)
    deadlines.set("dropped", 2.0)
    deadlines.set("moved", 5.0)
    deadlines.drop("dropped")
    deadlines.drop("never set")
    assert deadlines.next() == 5.0
    assert [deadlines.pop(9.0), deadlines.pop(9.0)] == ["moved", None]


_STEP = st.tuples(st.sampled_from(["set", "drop", "pop"]), st.integers(0, 5), st.integers(0, 20))


@given(st.lists(_STEP, max_size=80))
def test_deadlines_agree_with_a_dictionary_in_bounded_memory(
    steps: list[tuple[str, int, int]],
) -> None:
    """After any steps the next deadline is right, and few stale entries are held."""
    deadlines: Deadlines[int] = Deadlines()
    model: dict[int, int] = {}
    for action, thing, when in steps:
        match action:
            case "set":
                deadlines.set(thing, when)
                model[thing] = when
            case "drop":
                deadlines.drop(thing)
                model.pop(thing, None)
            case "pop":
                popped = deadlines.pop(when)
                first = min(model.values(), default=None)
                assert (popped is None) == (first is None or first > when)
                assert popped is None or model.pop(popped) == first
        assert deadlines.next() == min(model.values(), default=None)
        assert len(deadlines) <= 2 * len(model)

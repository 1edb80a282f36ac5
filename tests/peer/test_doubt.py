"""When a link in use is doubted (protocol, "The direct link")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.peer.doubt import Doubt, patience

WAIT = 0.7

TABLE = [
    # asked at, changed at and within, when doubt comes up
    (None, None, None),
    (10.0, None, 10.0 + WAIT),
    (10.0, (10.0, 0.3), 10.3),
    (10.0, (10.0, 0.0), 10.0),
    (9.0, (11.0, 3.0), 9.0 + WAIT),
    (None, (10.0, 0.3), None),
]


@pytest.mark.parametrize(("asked", "changed", "at"), TABLE)
def test_when_it_comes_up(
    asked: float | None, changed: tuple[float, float] | None, at: float | None
) -> None:
    """After some seconds without an answer, sooner where the network has changed; never where
    nothing was asked."""
    doubt = Doubt()
    if changed is not None:
        doubt.changed(*changed)
    assert doubt.deadline(asked, WAIT) == at
    if at is not None:
        assert not doubt.tick(asked, at - 0.01, WAIT)
        assert doubt.tick(asked, at, WAIT)
    assert doubt.is_there == (at is not None)


def test_it_comes_up_once() -> None:
    """Until something is heard, which ends it."""
    doubt = Doubt()
    assert doubt.tick(0.0, 5.0, WAIT)
    assert not doubt.tick(0.0, 6.0, WAIT)
    assert doubt.deadline(0.0, WAIT) is None
    assert doubt.heard()
    assert not doubt.heard()
    assert doubt.deadline(6.0, WAIT) == 6.0 + WAIT


@pytest.mark.parametrize(
    ("answer", "flight", "wait"),
    [
        (limits.ANSWER_LEAST_SECONDS, 64, limits.SUSPECT_LEAST_SECONDS),
        (0.1, 0, limits.SUSPECT_LEAST_SECONDS),
        (0.5, limits.MESSAGE_TEXT, 1.5),
        (0.3, limits.FLIGHT, limits.SUSPECT_SECONDS),
        (limits.ANSWER_MOST_SECONDS, 0, limits.SUSPECT_SECONDS),
    ],
)
def test_how_long_is_waited(answer: float, flight: int, wait: float) -> None:
    """By the round trip and by what is on its way, within bounds."""
    assert patience(answer, flight) == pytest.approx(wait, abs=0.01)


@given(st.lists(st.tuples(st.sampled_from(["tick", "heard", "changed"]), st.floats(0, 5))))
def test_whoever_calls_at_its_deadline_is_never_called_twice_for_one(
    steps: list[tuple[str, float]],
) -> None:
    """So no timer can go round without the time going on."""
    doubt, now = Doubt(), 0.0
    for name, seconds in steps:
        now += seconds
        if name == "changed":
            doubt.changed(now, seconds)
        elif name == "heard":
            doubt.heard()
        deadline = doubt.deadline(now, WAIT)
        if name == "tick" and deadline is not None:
            doubt.tick(now, deadline, WAIT)
            assert doubt.deadline(now, WAIT) is None

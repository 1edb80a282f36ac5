"""When a link in use is doubted (protocol, "The direct link")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.peer.doubt import Doubt

TABLE = [
    # asked at, changed at and within, when doubt comes up
    (None, None, None),
    (10.0, None, 10.0 + limits.SUSPECT_SECONDS),
    (10.0, (10.0, 0.3), 10.3),
    (10.0, (10.0, 0.0), 10.0),
    (9.0, (11.0, 3.0), 9.0 + limits.SUSPECT_SECONDS),
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
    assert doubt.deadline(asked) == at
    if at is not None:
        assert not doubt.tick(asked, at - 0.01)
        assert doubt.tick(asked, at)
    assert doubt.is_there == (at is not None)


def test_it_comes_up_once() -> None:
    """Until something is heard, which ends it."""
    doubt = Doubt()
    assert doubt.tick(0.0, 5.0)
    assert not doubt.tick(0.0, 6.0)
    assert doubt.deadline(0.0) is None
    assert doubt.heard()
    assert not doubt.heard()
    assert doubt.deadline(6.0) == 6.0 + limits.SUSPECT_SECONDS


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
        deadline = doubt.deadline(now)
        if name == "tick" and deadline is not None:
            doubt.tick(now, deadline)
            assert doubt.deadline(now) is None

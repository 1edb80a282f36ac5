"""The most frequent things, with few counters."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chatd.watch.heaviest import Heaviest


@given(st.lists(st.integers(0, 12), max_size=300), st.integers(1, 8))
def test_whoever_is_heavy_is_named(things: list[int], most: int) -> None:
    """What is more than its part is there, no count is too high or too low by more than that part,
    and there are never more counters than were given."""
    heaviest: Heaviest[int] = Heaviest(most)
    for thing in things:
        heaviest.add(thing)
        assert len(heaviest) <= most
    truth, counted = Counter(things), dict(heaviest.first(most))
    for thing, count in truth.items():
        assert count - len(things) / (most + 1) <= counted.get(thing, 0) <= count


def test_one_more_than_there_are_counters() -> None:
    """At the limit all are counted; one more takes one from each."""
    heaviest: Heaviest[str] = Heaviest(2)
    for thing in "aab":
        heaviest.add(thing)
    assert heaviest.first(5) == [("a", 2), ("b", 1)]
    heaviest.add("c")
    assert heaviest.first(5) == [("a", 1)]

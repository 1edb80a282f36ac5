"""What the soak takes for a leak, for an unexpected line, and what it does when."""

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from soak.census import BYTES, LINKS, NONE, ONCE, Census, Round
from soak.log_lines import unexpected
from soak.plan import DEEDS, TURNS, rounds
from soak.visitor import Visitor

QUIET = Census(dict.fromkeys(NONE, 0), Counter({"socket": 2, "pipe": 4}))
NOTHING = Round(7, 0, 0, 0, 0, False, {}, Counter())


def test_a_census() -> None:
    """Whatever is open or due that was not, and nothing else."""
    assert QUIET.open(QUIET) == []
    fewer = replace(QUIET, descriptors=Counter({"socket": 1}))
    assert fewer.open(QUIET) == []
    more = replace(QUIET, descriptors=Counter({"socket": 3, "pipe": 4}))
    assert more.open(QUIET) == ["1 more descriptors: socket"]
    people = replace(QUIET, counts=QUIET.counts | {"chatd_people": 2})
    assert people.open(QUIET) == ["chatd_people is 2"]


def test_figures() -> None:
    """As a daemon says them: by labels, and those that are nothing not at all."""
    figures = {"chatd_links": {"here": 2, "rest": 1}, "chatd_people": {"": 2}}
    census = Census.of(figures, Counter())
    assert census.counts["chatd_links"] == 3
    assert census.counts["chatd_relay_pairs"] == 0


def test_memory() -> None:
    """May rise with those who are new, and hardly with those who come again."""
    before = replace(NOTHING, bytes=1_000_000)
    assert replace(before, bytes=1_000_000 + BYTES).grown(before) == []
    more = replace(before, bytes=1_300_000, visits=50, kinds={"chatd.x.X": 50})
    assert more.grown(before) == [
        "300000 bytes more than a round before, for 50 visits (chatd.x.X 50)"
    ]
    assert replace(more, newcomers=20).grown(before) == []
    assert replace(more, names=60).grown(before) == []
    assert replace(more, pid=8).grown(before) == []
    assert more.grown(replace(before, is_first=True)) == []


def test_links_in_memory() -> None:
    """None of them is left, whatever it was."""
    assert replace(NOTHING, kinds={"chatd.x.X": 9}).left(Counter()) == []
    for kind in LINKS:
        now = replace(NOTHING, kinds={kind: 1})
        assert now.left(Counter()) == [f"1 of {kind}"]


def test_timers() -> None:
    """Those of a daemon on its own stay, and some outlive the people, once each."""
    before, once = Counter({"Pulse": 1}), "Lobby: Lobby._tick"
    assert once in ONCE
    now = replace(NOTHING, timers=Counter({"Pulse": 1, once: 1}))
    assert now.left(before) == []
    more = replace(now, timers=Counter({"Pulse": 2, once: 2, "X": 3}))
    assert more.left(before) == ["1 timers of Pulse", f"1 timers of {once}", "3 timers of X"]


@pytest.mark.parametrize(
    ("text", "is_unexpected"),
    [
        ("[chatd.relay.relay.Relay#debug] a pair is joined; 2 links", True),
        ("[chatd.rendezvous#critical] a link failed inside chatd", True),
        ("[chatd.rendezvous#error] names cannot be stored: the disk does not answer", False),
        ("[x.Succession#error] no upgrade, and this process goes on: it ended", True),
        ("[x.Succession#info] process 7 has taken over", False),
    ],
)
def test_lines_of_a_log(text: str, is_unexpected: bool) -> None:
    """Those that are explained by what goes on, and no other ones."""
    assert unexpected(f"2026-11-28T08:43:00+0000 {text}\n") == is_unexpected


def test_a_traceback_is_unexpected() -> None:
    """Its lines have no time in front."""
    assert unexpected("Traceback (most recent call last):")
    assert unexpected("    File 'x', line 1, in y")


@pytest.mark.parametrize("seconds", [30, 600])
def test_the_rounds(seconds: int) -> None:
    """Take about the time that was given, the same by a seed, and do everything."""
    planned = list(rounds(seconds, Random(3)))
    assert planned == list(rounds(seconds, Random(3)))
    assert seconds / 2 <= sum(each.seconds for each in planned) <= seconds * 1.5
    done = {deed for each in planned for deed in each.deeds}
    assert done >= set(DEEDS)
    assert len(done & set(TURNS)) >= 2


def test_a_visitor_does_the_same_by_the_same_seed() -> None:
    """So that a soak can be had again, as far as its threads and the machine allow."""
    one, two = (Visitor(Random(5), ["a", "b"], ["c"]) for _ in range(2))
    for _ in range(50):
        assert one.act() == two.act()
        assert one.pause() == two.pause()

"""A spray of ports: who takes part, which ports are dialled when, and that nothing stays."""

import resource
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import Network
from twisted.internet.protocol import Factory, Protocol

from chatd import limits
from chatd.addresses import Candidate
from chatd.peer import sprayer
from chatd.peer.spray import KEPT, RANDOM, Spray, feature, ports, rounds, side
from chatd.peer.sprayer import SPARE_FILES, Sprayer, room_for_files

EASY = Spray("easy", ("44.0.2.1", 50_000))
HARD = Spray("hard", ("44.0.1.1", 4000))


@pytest.mark.parametrize(
    ("ours", "theirs", "which"),
    [
        (KEPT, [RANDOM], "easy"),
        (RANDOM, [KEPT], "hard"),
        (RANDOM, [RANDOM], None),
        (KEPT, [KEPT], None),
        (KEPT, [], None),
        (RANDOM, [], None),
        ("", [KEPT, RANDOM], None),
        (KEPT, ["no-relay", RANDOM], "easy"),
    ],
)
def test_who_takes_part(ours: str, theirs: list[str], which: str | None) -> None:
    """Both name a feature, and one of the two has random ports."""
    assert side(ours, theirs) == which


def test_what_an_offer_says() -> None:
    """Whether the server sees the port from which the link comes."""
    assert feature(("44.0.1.1", 4000), 4000) == KEPT
    assert feature(("44.0.1.1", 4001), 4000) == RANDOM


@given(st.integers(0, 65535), st.integers(0, 99))
def test_the_ports_of_the_side_that_is_hard_to_reach(near: int, seed: int) -> None:
    """As many as are said, no one twice, none of the system's, and those around the seen one."""
    chosen = ports(near, Random(seed))
    assert len(chosen) == len(set(chosen)) == limits.SPRAY_PORTS
    assert all(1024 <= port <= 65535 for port in chosen)
    around = set(range(near - 32, near + 32)) & set(range(1024, 65536))
    assert set(chosen[: len(around)]) == around


@pytest.mark.parametrize("spray", [EASY, HARD])
def test_the_budget(spray: Spray) -> None:
    """So many rounds of so many connections, each paced, and over within its time; all are over
    before an introduction that was made for it is."""
    made = rounds(spray, Random(1))
    assert [len(shots) for shots in made] == [spray.sockets] * limits.SPRAY_ROUNDS
    spraying = limits.SPRAY_AFTER_SECONDS + len(made) * limits.SPRAY_ROUND_SECONDS
    assert spraying < limits.MEET_RACE_SECONDS
    for shots in made:
        times = [shot.seconds for shot in shots]
        assert max(times.count(each) for each in set(times)) == limits.SPRAY_AT_ONCE
        assert 0 <= min(times) <= max(times) < limits.SPRAY_ROUND_SECONDS
    if spray is HARD:
        assert {shot.port for shots in made for shot in shots} == {4000}


class Dialled:
    """A machine that sprays, on a network on which nobody answers but at some ports."""

    def __init__(self, spray: Spray, *, room: bool = True, listening: tuple[int, ...] = ()) -> None:
        self.network = Network(seed=1)
        self.here = self.network.host("44.0.1.1")
        self.there = self.network.host(spray.there[0]) if spray is EASY else self.network.host()
        self.made: list[Candidate] = []
        self.dials: list[tuple[int, float]] = []
        """Which port was dialled, and when."""
        self._dial, self.here.connectTCP = self.here.connectTCP, self._dialled  # type: ignore[method-assign]
        for port in listening:
            self.there.listenTCP(port, Factory.forProtocol(Protocol))
        self.sprayer = Sprayer(self.here, spray, 4000, self.build, Random(1), lambda more: room)

    def _dialled(self, host: str, port: int, *arguments: Any, **named: Any) -> Any:
        self.dials.append((port, self.network.seconds()))
        return self._dial(host, port, *arguments, **named)

    def build(self, candidate: Candidate) -> Protocol:
        """One connection came about."""
        self.made.append(candidate)
        return Protocol()


def test_what_answers_becomes_a_link() -> None:
    """Once for each port that does, and afterwards nothing is left."""
    listening = tuple(ports(50_000, Random(1))[:3])
    dialled = Dialled(EASY, listening=listening)
    dialled.sprayer.start()
    dialled.sprayer.start()
    dialled.network.advance(limits.SPRAY_AFTER_SECONDS + 2)
    assert sorted(set(dialled.made)) == sorted(("44.0.2.1", port) for port in listening)
    dialled.network.advance((limits.SPRAY_ROUNDS + 1) * limits.SPRAY_ROUND_SECONDS)
    assert dialled.here.getDelayedCalls() == []
    count = len(dialled.made)
    dialled.sprayer.start()
    dialled.network.advance((limits.SPRAY_ROUNDS + 1) * limits.SPRAY_ROUND_SECONDS)
    assert len(dialled.made) == count


@pytest.mark.parametrize("spray", [EASY, HARD])
def test_what_is_refused_is_dialled_once_more(spray: Spray) -> None:
    """A moment later, in the same pace and to the same ports: a router that resets what it does not
    know may know it by then. Nothing is dialled a third time, and nothing after it was given up."""
    dialled = Dialled(spray)
    dialled.network.refuse(dialled.here, spray.there[0])
    dialled.sprayer.start()
    dialled.network.advance(limits.SPRAY_AFTER_SECONDS + limits.SPRAY_ROUND_SECONDS - 0.1)
    first, again = dialled.dials[: spray.sockets], dialled.dials[spray.sockets :]
    assert len(again) == spray.sockets
    for (port, before), (same, after) in zip(sorted(first), sorted(again), strict=True):
        assert port == same
        assert after - before == pytest.approx(limits.SPRAY_LATER_SECONDS, abs=0.2)
    dialled.network.advance(0.1)
    assert len(dialled.sprayer._later) < spray.sockets
    dialled.network.advance(1)
    assert len(dialled.dials) > 2 * spray.sockets
    dialled.sprayer.stop()
    count = len(dialled.dials)
    dialled.network.advance(limits.SPRAY_ROUND_SECONDS)
    assert len(dialled.dials) == count
    assert dialled.here.getDelayedCalls() == []


@pytest.mark.parametrize("seconds", [0, 0.5, 1.1, 4, 7, 13])
def test_it_is_given_up_at_once(seconds: float) -> None:
    """Wherever it is: no timer and no connection stays."""
    dialled = Dialled(EASY)
    dialled.sprayer.start()
    dialled.network.advance(seconds)
    dialled.sprayer.stop()
    assert dialled.here.getDelayedCalls() == []
    dialled.network.advance(1)
    assert not dialled.network.connections


def test_without_descriptors_it_is_left_out() -> None:
    """With a word, and nothing is dialled."""
    dialled = Dialled(EASY, room=False, listening=tuple(range(49_990, 50_010)))
    dialled.sprayer.start()
    dialled.network.advance(20)
    assert dialled.made == []
    assert dialled.sprayer.outcome == "left out: this process may not open 1024 more files"


@pytest.mark.parametrize(
    ("soft", "hard", "has_room", "raised"),
    [
        (5000, 5000, True, None),
        (256, 5000, True, 10 + 1024 + SPARE_FILES),
        (256, 1024, False, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, True, None),
        (10 + 1024 + SPARE_FILES, 5000, True, None),
        (9 + 1024 + SPARE_FILES, 5000, True, 10 + 1024 + SPARE_FILES),
    ],
)
def test_the_limit_of_descriptors(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, has_room: bool, raised: int | None
) -> None:
    """It is raised as far as is needed, where it may be."""
    limits_set: list[tuple[int, int]] = []
    monkeypatch.setattr(sprayer.os, "listdir", lambda path: list(range(10)))
    monkeypatch.setattr(sprayer.resource, "getrlimit", lambda which: (soft, hard))
    monkeypatch.setattr(
        sprayer.resource, "setrlimit", lambda which, wanted: limits_set.append(wanted)
    )
    assert room_for_files(1024) == has_room
    assert limits_set == ([(raised, hard)] if raised else [])

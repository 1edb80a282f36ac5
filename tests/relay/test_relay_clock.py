"""A relay whose clock is set back, or forward."""

from typing import Any

import pytest
from relay_visitors import STEP, Place
from simulated import Host

from chatd import limits
from chatd.relay.budget import Budget, Quota
from chatd.relay.fair_share import AHEAD_SECONDS, FairShare
from chatd.relay.link_quota import Owner
from chatd.relay.meter import BURST_SECONDS, Meter
from chatd.sources import NOWHERE
from chatd.wire import lines

READ = 65_536


class Jumping:
    """The timers of a machine whose clock says something else than the time that passes."""

    def __init__(self, machine: Host) -> None:
        self._machine = machine
        self.offset = 0.0

    def seconds(self) -> float:
        return self._machine.seconds() + self.offset

    def __getattr__(self, name: str) -> Any:
        return getattr(self._machine, name)


def place_and_clock() -> tuple[Place, Jumping]:
    """A relay that passes a mebibyte a second, and its clock."""
    clocks: list[Jumping] = []

    def jumping(machine: Host) -> Jumping:
        clocks.append(Jumping(machine))
        return clocks[-1]

    rate = 1 << 20
    place = Place(rate=rate, pair_rate=rate, quota=Quota(source_rate=rate), clock=jumping)
    return place, clocks[0]


@pytest.mark.parametrize("jump", [-86_400, -60, -1, 60])
def test_a_pair_goes_on_when_the_clock_jumps(jump: float) -> None:
    """Nothing is silent for longer than before, in the middle of a burst or in quiet."""
    place, clock = place_and_clock()
    one, two = place.visit("8.8.8.8", "pair", 0), place.visit("9.9.9.9", "pair", 1)
    place.settle()
    assert two.answers == [lines.RELAYED]
    one.say(bytes(2 << 20))  # twice what a second allows
    place.network.advance(0.5)
    clock.offset += jump
    place.network.advance(3)
    sent = 2 << 20
    assert len(two.heard) >= sent
    one.say(b"still here")
    place.network.advance(STEP)
    assert two.heard.endswith(b"still here")


@pytest.mark.parametrize("jump", [-3600, -60, -1, 60])
@pytest.mark.parametrize("rate", [1 << 16, 1 << 40])
def test_a_jump_gives_no_more_than_a_burst(jump: float, rate: float) -> None:
    """Of its own rate and of that of all, whichever is less."""
    total, offset, passed = 1 << 20, 0.0, 0
    meter = Meter(
        FairShare(total), rate, Budget(Quota(1 << 60, 1 << 60, 1 << 60)), [Owner(b"", NOWHERE)]
    )
    for tick in range(3000):
        now = 10_000 + tick / 100 + offset
        if tick == 1500:
            offset = jump
        while not meter.wait(now):
            meter.pass_on(READ, now)
            passed += READ
    least = min(total, rate)
    assert passed >= 0.95 * least * 30
    assert passed <= least * (30 + 2 * max(AHEAD_SECONDS, BURST_SECONDS)) + 3 * READ


def test_the_jump_is_no_end_of_a_pair() -> None:
    """What is idle ends after its time, however long the clock says it was."""
    place, clock = place_and_clock()
    one, two = place.visit("8.8.8.8", "pair", 0), place.visit("9.9.9.9", "pair", 1)
    place.settle()
    clock.offset -= 3600
    one.say(b"hello")
    place.network.advance(STEP)
    assert two.heard.endswith(b"hello")
    place.network.advance(limits.RELAY_IDLE_SECONDS + limits.ABORT_SECONDS + 1)
    assert one.is_lost
    assert two.is_lost

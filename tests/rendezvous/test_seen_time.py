"""Names run out by time that a daemon has seen pass, whatever the machine's clock says."""

from random import Random

import pytest

from chatd import limits
from chatd.rendezvous.directory import Directory
from chatd.rendezvous.seen_time import Kept, SeenTime

HOUR, DAY, YEAR = 3600.0, 86_400.0, 365 * 86_400.0
UNSEEN = limits.UNSEEN_SECONDS
NEW, OLD = b"\x01" + b"n" * 32, b"\x01" + b"o" * 32
JUMPS = [2 * DAY, YEAR, -HOUR, -10 * YEAR]


class Machine:
    """A machine with a clock that jumps and a daemon that comes and goes."""

    def __init__(self) -> None:
        self.true = 1_800_000_000.0
        self.jump = 0.0
        self.kept: Kept | None = None
        self.start()

    @property
    def wall(self) -> float:
        """What the machine takes for the date."""
        return self.true + self.jump

    def start(self) -> None:
        """A daemon begins, with a clock that was at some moment 0 when the machine was started."""
        booted = self.true - 1000
        self.time = SeenTime(lambda: self.true - booted, self.wall, self.kept)
        self.keep()

    def keep(self) -> None:
        """It writes down how far it is."""
        self.kept = self.time.kept(self.wall)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_is_no_time(jump: float) -> None:
    """While the daemon runs, and also when it stops and starts at once after that."""
    machine = Machine()
    before = machine.time.now()
    machine.jump += jump
    machine.true += HOUR
    assert machine.time.now() == pytest.approx(before + HOUR)
    machine.keep()
    machine.start()
    assert machine.time.now() == pytest.approx(before + HOUR)


@pytest.mark.parametrize("away", [0.0, HOUR, UNSEEN - 1, UNSEEN, UNSEEN + 1, YEAR])
def test_time_without_a_daemon_counts_for_so_much(away: float) -> None:
    """Up to seven days of each stop."""
    machine = Machine()
    before = machine.time.now()
    for _ in range(2):
        machine.keep()
        machine.true += away
        machine.start()
    assert machine.time.now() == pytest.approx(before + 2 * min(away, UNSEEN))


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_while_there_is_no_daemon(jump: float) -> None:
    """On, it counts as if the daemon had been away; back, nothing passes, and nothing goes back."""
    machine = Machine()
    before = machine.time.now()
    machine.jump += jump
    machine.start()
    assert machine.time.now() == pytest.approx(before + min(max(jump, 0), UNSEEN))
    machine.jump -= jump
    machine.start()
    assert machine.time.now() <= before + 2 * UNSEEN


@pytest.mark.parametrize("jump", JUMPS)
def test_no_jump_frees_a_name(jump: float) -> None:
    """Neither that of a new key nor that of an old one; each runs out after its own time."""
    machine = Machine()
    names = Directory()
    names.claim("old", OLD, machine.time.now())
    machine.true += 2 * HOUR
    names.arrived(OLD, machine.time.now())
    machine.true += DAY
    names.left(OLD, machine.time.now())
    names.claim("new", NEW, machine.time.now())
    machine.jump += jump
    assert names.holder("old", machine.time.now()) == OLD
    assert names.holder("new", machine.time.now()) == NEW
    machine.true += DAY
    assert names.holder("new", machine.time.now()) is None
    machine.true += YEAR - DAY - 1
    assert names.holder("old", machine.time.now()) == OLD
    machine.true += 1
    assert names.holder("old", machine.time.now()) is None


@pytest.mark.parametrize("seed", range(300))
def test_a_year_of_jumps_stops_and_crashes(seed: int) -> None:
    """It never goes back, never faster than time and seven days a stop, and as fast as time while
    a daemon runs, but for what a crash leaves unwritten."""
    random, machine = Random(seed), Machine()
    seen = first = machine.time.now()
    least, most = 0.0, 0.0
    for _ in range(100):
        step = random.choice([random.uniform(0, HOUR), random.uniform(0, 30 * DAY)])
        if random.random() < 0.3:
            machine.jump = random.choice([0.0, *JUMPS])
        if random.random() < 0.6:
            machine.true += step
            least, most = least + step, most + step
        else:
            if random.random() < 0.5:
                machine.keep()
            else:
                least -= min(least, machine.time.now() - (machine.kept or (0, 0))[0])
            machine.true += random.choice([0.0, step])
            machine.start()
            most += UNSEEN
            seen = min(seen, machine.time.now())
        now = machine.time.now()
        assert seen <= now
        assert least - 1 <= now - first <= most + 1
        seen = now

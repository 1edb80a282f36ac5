"""Seeds on a disk, and when they move on (protocol, "Seeds of an epoch")."""

from pathlib import Path
from typing import cast

import pytest
from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.internet.task import Clock

from chatd import limits
from chatd.files import StorageError, write_private
from chatd.seed_file import DOOR, RELAY, Doubted, SeedFile
from chatd.seed_keeper import Doubt, SeedKeeper
from chatd.wire.seeds import Seeds, epoch_of

EPOCH, DAY = limits.EPOCH_SECONDS, limits.EPOCH_DOUBT_SECONDS
START = 100.5 * EPOCH
SEED = bytes(range(32))


def never(size: int) -> bytes:
    """There is a seed already."""
    raise AssertionError


def test_a_seed_is_made_once(tmp_path: Path) -> None:
    """Whoever shares the folder has the same; the two files have nothing to do with each other."""
    made = SeedFile(tmp_path / "data", DOOR).load(lambda size: SEED[:size], START)
    again = SeedFile(tmp_path / "data", DOOR).load(never, START + 50 * EPOCH)
    assert (made.first, made.seed) == (again.first, again.seed) == (99, SEED)
    other = SeedFile(tmp_path / "data", RELAY).load(lambda size: bytes(size), START)
    assert other.seed != made.seed
    assert (tmp_path / "data" / DOOR).stat().st_mode & 0o777 == 0o600


def test_what_moved_on_is_kept(tmp_path: Path) -> None:
    """The next start begins where this one was, and not before."""
    file = SeedFile(tmp_path, DOOR)
    seeds = file.load(lambda _: SEED, START)
    seeds.move_on(103)
    file.keep(seeds)
    kept = file.load(never, START)
    assert (kept.first, kept.seed) == (102, Seeds(99, SEED).at(102))


def test_a_file_that_is_further_or_fresh_stays(tmp_path: Path) -> None:
    """Another process has moved on further, or the operator has put a new seed in."""
    file = SeedFile(tmp_path, RELAY)
    behind = file.load(lambda _: SEED, START)
    ahead = Seeds(behind.first, behind.seed)
    ahead.move_on(105)
    file.keep(ahead)
    behind.move_on(102)
    file.keep(behind)
    assert file.load(never, START).first == 104
    (tmp_path / RELAY).unlink()
    fresh = file.load(lambda _: bytes(32), START)
    file.keep(ahead)
    assert file.load(never, START).seed == fresh.seed


class Machine(Clock):
    """A machine whose date can be set."""

    def __init__(self) -> None:
        super().__init__()
        self.start = START

    def date(self) -> float:
        return self.start + cast(float, self.seconds())


def test_an_epoch_is_over_after_a_day() -> None:
    """Once the date has said so for so long, and not before."""
    machine = Machine()
    doubt = Doubt(machine.date, machine.seconds)
    assert doubt.over(100) is None
    machine.advance(EPOCH / 2)
    assert doubt.over(100) is None
    machine.advance(DAY - 1)
    assert doubt.over(100) is None
    machine.advance(1)
    assert doubt.over(100) == 101
    assert doubt.over(101) is None


def test_a_date_that_jumps_and_comes_back_changes_nothing() -> None:
    """A year ahead for most of a day, again and again, also at the start of a process."""
    machine = Machine()
    for _ in range(5):
        doubt = Doubt(machine.date, machine.seconds)
        machine.start = START + 52 * EPOCH
        for _ in range(23):
            assert doubt.over(100) is None
            machine.advance(3600)
        machine.start = START - machine.seconds()
        assert doubt.over(100) is None
        machine.advance(3600)
        assert doubt.over(100) is None


def test_a_jump_that_stays_moves_on_by_what_it_said_first() -> None:
    """And then by the rest of it, a day later."""
    machine = Machine()
    doubt = Doubt(machine.date, machine.seconds)
    machine.start = START + 10 * EPOCH
    doubt.over(100)
    machine.start = START + 3 * EPOCH
    doubt.over(100)
    machine.advance(DAY)
    assert doubt.over(100) == 103


def test_a_running_daemon_moves_on(tmp_path: Path) -> None:
    """What its users share moves with it, in memory and on the disk."""
    machine, file = Machine(), SeedFile(tmp_path, DOOR)
    seeds = file.load(lambda _: SEED, START)
    keeper = SeedKeeper(machine, file, seeds, machine.date, in_thread=maybeDeferred)
    keeper.start()
    machine.pump([3600.0] * (24 * 11))
    assert seeds.first == 100
    assert file.load(never, START).first == 100
    keeper.stop()
    assert not machine.getDelayedCalls()


def test_a_full_disk_does_not_stop_it(tmp_path: Path) -> None:
    """The seeds move on in memory, and the failure is logged; the next start catches up."""
    machine, file = Machine(), SeedFile(tmp_path, DOOR)
    seeds = file.load(lambda _: SEED, START)

    def full(work: object, moved: Seeds) -> Deferred[None]:
        return fail(StorageError("the disk is full"))

    keeper = SeedKeeper(machine, file, seeds, machine.date, in_thread=full)
    keeper.start()
    machine.pump([3600.0] * (24 * 11))
    keeper.stop()
    assert seeds.first == 100
    assert file.load(never, START).at(100) == seeds.seed


def test_a_daemon_that_is_restarted_every_day_moves_on(tmp_path: Path) -> None:
    """What one run was in doubt about, the next one goes on with; nothing of it is left behind."""
    machine, file = Machine(), SeedFile(tmp_path, DOOR)
    for _ in range(40):
        seeds = file.load(lambda _: SEED, START)
        keeper = SeedKeeper(machine, file, seeds, machine.date, in_thread=maybeDeferred)
        keeper.start()
        machine.pump([3600.0] * 20)
        keeper.stop()
    assert file.load(never, START).first == epoch_of(machine.date()) - 1
    assert file.doubted() is None


def test_a_wrong_date_at_every_other_start_changes_nothing(tmp_path: Path) -> None:
    """What it says is no longer in doubt when the right one is back."""
    machine, file = Machine(), SeedFile(tmp_path, DOOR)
    for number in range(10):
        machine.start = START - machine.seconds() + (52 * EPOCH if number % 2 else 0)
        seeds = file.load(lambda _: SEED, START)
        keeper = SeedKeeper(machine, file, seeds, machine.date, in_thread=maybeDeferred)
        keeper.start()
        machine.pump([3600.0] * 20)
        keeper.stop()
    assert file.load(never, START).first == 99


@pytest.mark.parametrize("damage", [b"", b"x\n", b"chatd-door-seed-over 2 x y\n", b"\xff" * 999])
def test_a_doubt_that_cannot_be_read_is_none(tmp_path: Path, damage: bytes) -> None:
    """It costs a day."""
    file = SeedFile(tmp_path, DOOR)
    file.doubt(Doubted(101, 5.5))
    assert file.doubted() == Doubted(101, 5.0)
    write_private(tmp_path / "door-seed-over", damage)
    assert file.doubted() is None

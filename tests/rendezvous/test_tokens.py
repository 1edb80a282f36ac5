"""What a door field claims, and that each token does so once (protocol, "Tokens")."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.errors import Malformed
from chatd.files import StorageError, write_private
from chatd.rendezvous.shown import PAGE, Shown
from chatd.rendezvous.shown_file import FILE, ShownFile
from chatd.rendezvous.tokens import Claim, Tokens
from chatd.wire import lines
from chatd.wire.seeds import Seeds
from chatd.wire.token import LASTING, NAMED, STRANGER

EPOCH = limits.EPOCH_SECONDS
WHO = b"\x01" + b"w" * 32
BITS = 8 * PAGE


class Door:
    """Tokens of a server whose date can be set."""

    def __init__(self, shown: Shown | None = None, run: int = 1) -> None:
        self.now = 10.5 * EPOCH
        self.seeds = Seeds(9, bytes(32))
        self.tokens = Tokens(self.seeds, lambda: self.now, lambda size: run.to_bytes(size), shown)

    def one(self, rank: int = NAMED) -> bytes:
        return self.tokens.fresh(WHO, rank)[0]


@pytest.mark.parametrize("rank", [NAMED, LASTING])
def test_a_token_claims_its_identity_once(rank: int) -> None:
    """The second time whoever shows it is a stranger; another of the same welcome is good."""
    door = Door()
    one, other = door.tokens.fresh(WHO, rank)
    assert door.tokens.take(one) == Claim(rank, WHO)
    assert door.tokens.take(one) is None
    assert door.tokens.take(other) == Claim(rank, WHO)
    assert door.tokens.take(other) is None


def test_a_first_line_shows_its_token() -> None:
    """And what is none shows nothing, whatever it is."""
    door = Door()
    line = lines.first("gcm", bytes(1216), door.one())
    assert door.tokens.guest(line) == Claim(NAMED, WHO)
    for other in (line, b"", b"RELAY QQ==", line[:-1], b"NOISE gcm QQ=="):
        assert door.tokens.guest(other) is None


def test_whoever_holds_no_name_is_a_stranger() -> None:
    """The tokens of rank 0 look like the others, and claim nothing; they fill no memory either."""
    door = Door()
    for _ in range(10):
        assert door.tokens.take(door.one(STRANGER)) is None
    assert len(door.tokens.shown) == 0


@given(st.binary(max_size=limits.DOOR + 1))
def test_anything_else_is_a_stranger(door: bytes) -> None:
    """Random bytes above all."""
    assert Door().tokens.take(door) is None


@pytest.mark.parametrize(("later", "good"), [(0, True), (1, True), (2, False), (52, False)])
def test_a_token_runs_out_with_the_next_epoch(later: int, good: bool) -> None:
    """And what is remembered of those that ran out goes."""
    door = Door()
    door.tokens.take(door.one())
    late = door.one()
    door.now += later * EPOCH
    assert (door.tokens.take(late) is not None) == good
    door.seeds.move_on(12)
    door.tokens.take(os.urandom(limits.DOOR))
    assert len(door.tokens.shown) == 0


def test_a_date_that_jumps_a_year_and_back_costs_a_visit_as_a_stranger_at_most() -> None:
    """What was given before is good after, and still once only."""
    door = Door()
    before, spent = door.tokens.fresh(WHO, NAMED)
    door.tokens.take(spent)
    door.now += 52 * EPOCH
    assert door.tokens.take(before) is None
    during = door.one()
    assert door.tokens.take(during) == Claim(NAMED, WHO)
    door.now -= 52 * EPOCH
    assert door.tokens.take(before) == Claim(NAMED, WHO)
    assert door.tokens.take(spent) is None
    assert door.tokens.take(during) is None


def test_after_an_orderly_stop_what_was_shown_stays_shown(tmp_path: Path) -> None:
    """The next run reads what this one wrote; its own tokens have another run."""
    before = Door()
    spent, left = before.tokens.fresh(WHO, NAMED)
    before.tokens.take(spent)
    write_private(tmp_path / FILE, before.tokens.shown.dump())
    after = Door(run=2)
    ShownFile(tmp_path, after.tokens.shown)
    assert after.tokens.take(spent) is None
    assert after.tokens.take(left) == Claim(NAMED, WHO)
    assert after.tokens.take(after.one()) == Claim(NAMED, WHO)


def test_after_a_crash_each_token_can_be_shown_once_more() -> None:
    """Once, as before."""
    before = Door()
    spent = before.one()
    before.tokens.take(spent)
    after = Door(run=2)
    assert after.tokens.take(spent) == Claim(NAMED, WHO)
    assert after.tokens.take(spent) is None


@pytest.mark.parametrize("data", [b"", b"\xc0", b"\x93\x01\x90", b"\x93\x02\x90\x90", b"x" * 100])
def test_a_damaged_file_is_refused(tmp_path: Path, data: bytes) -> None:
    """With what is to be done about it."""
    write_private(tmp_path / FILE, data)
    with pytest.raises(StorageError, match="is damaged") as refused:
        ShownFile(tmp_path, Shown())
    assert "remove it" in refused.value.hint
    with pytest.raises(Malformed):
        Shown().load(data)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5 * BITS)), max_size=60))
def test_a_number_is_new_once(marks: list[tuple[int, int]]) -> None:
    """As long as there is room, the memory is exact; and a copy of it knows as much."""
    shown, seen = Shown(), set()
    for run, number in marks:
        assert shown.mark(run, number, 10) == ((run, number) not in seen)
        seen.add((run, number))
    copy = Shown()
    copy.load(shown.dump())
    assert not any(copy.mark(run, number, 10) for run, number in marks)


def test_the_memory_is_bounded() -> None:
    """At the limit all is known; one page over it the oldest goes, and counts as shown as a whole,
    so that nothing is taken twice."""
    shown = Shown(most=4)
    for page in range(4):
        assert shown.mark(1, page * BITS, 10)
    assert len(shown) == 4
    assert shown.mark(1, 1, 10)
    assert shown.mark(1, 4 * BITS, 10)
    assert len(shown) == 4
    assert not shown.mark(1, 0, 10)
    assert not shown.mark(1, 2, 10)
    assert shown.mark(1, BITS + 1, 10)


def test_a_full_memory_fits_its_file() -> None:
    """What is written at the stop can be read at the start."""
    shown = Shown()
    for page in range(limits.DOOR_PAGES + 10):
        shown.mark(2**32 - 1 - page % 700, page * BITS, 2**20)
    data = shown.dump()
    assert len(data) <= limits.DOOR_SHOWN_FILE
    Shown().load(data)

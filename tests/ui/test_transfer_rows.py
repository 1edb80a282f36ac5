"""The row of a transfer, as a person sees it."""

import pytest
from msgspec.structs import replace

from chatd.engine.transfer_state import TransferState
from chatd.text import cells
from chatd.transfer.pace import Pace
from chatd.ui.transfer_rows import Rows, row, size, what

MIB = 1 << 20
SENT = TransferState(1, b"1", b"bob", True, "film.mkv", 1, 800 * MIB, 0, True, "", "bob")


def paced(rate: int) -> Pace:
    """A pace of so many bytes a second, at the second 4."""
    pace = Pace()
    for second in range(5):
        pace.note(second, second * rate)
    return pace


def test_a_row_says_how_far_how_fast_and_how_long() -> None:
    """Name, bar, percent, size, rate and the time that is left."""
    sent = replace(SENT, done=416 * MIB)
    assert row(sent, paced(12 * MIB), 4, 99) == (
        "↑ 1 film.mkv  [#####.....] 52 % of 800 MiB  12.0 MiB/s  32 s left"
    )
    assert row(replace(sent, ours=False), Pace(), 4, 99) == (
        "↓ 1 film.mkv  [#####.....] 52 % of 800 MiB"
    )
    assert row(replace(sent, size=None), paced(10), 4, 99) == "↑ 1 film.mkv  416 MiB  10 bytes/s"
    assert row(replace(sent, size=0, done=0), paced(0), 4, 99) == "↑ 1 film.mkv  0 bytes  0 bytes/s"


@pytest.mark.parametrize(
    ("transfer", "said"),
    [
        (replace(SENT, is_accepted=False), "800 MiB  bob has not taken it yet"),
        (replace(SENT, is_accepted=False, waits="link"), "800 MiB  waiting for bob"),
        (replace(SENT, is_accepted=False, ours=False), "800 MiB  for you to take it"),
        (replace(SENT, waits="us"), "0 % of 800 MiB  paused"),
        (replace(SENT, waits="them"), "bob has paused it"),
        (replace(SENT, waits="them", name=""), "the other person has paused it"),
        (replace(SENT, waits="full"), "your disk is full; it goes on when there is room"),
        (replace(SENT, waits="their-disk"), "the disk of bob is full"),
        (replace(SENT, waits="link"), "waiting for bob"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_row_says_what_it_waits_for(transfer: TransferState, said: str) -> None:
    """And nothing of a pace, as there is none."""
    assert row(transfer, paced(MIB), 4, 120).endswith(said)


def test_a_row_fits_and_hides_nothing() -> None:
    """In any width, with any name; hostile ones are made visible."""
    hostile = replace(SENT, first="\x1b[2J\u202egpj.exe" + "文" * 80, done=MIB)
    for columns in range(8, 120):
        for each in Rows().rows((hostile, SENT), 0, columns):
            assert cells(each) <= columns
            assert each.isprintable() or "\u2068" in each
    assert "‹U+202E›" in row(hostile, Pace(), 0, 99)


def test_rows_keep_the_pace_of_each() -> None:
    """Several at a time; what is offered to us has a line of its own and no row."""
    rows = Rows()
    other = replace(SENT, id=b"2", number=2, ours=False)
    offered = replace(SENT, id=b"3", number=3, ours=False, is_accepted=False)
    for second in range(4):
        shown = rows.rows(
            (replace(SENT, done=second * MIB), replace(other, done=second * 10), offered),
            second,
            90,
        )
    assert len(shown) == 2
    assert "1.0 MiB/s" in shown[0]
    assert "10 bytes/s" in shown[1]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KiB"),
        (4 * MIB + MIB // 5, "4.2 MiB"),
        (999 * MIB, "999 MiB"),
        (1 << 50, "1.0 PiB"),
        (None, "?"),
    ],
)
def test_sizes(count: int | None, said: str) -> None:
    """As a person says them."""
    assert size(count) == said


def test_what_is_sent() -> None:
    """The first name stands for all."""
    assert what("a\nb", 1) == "a ⏎ b"
    assert what("photos", 31) == "photos and 30 more"

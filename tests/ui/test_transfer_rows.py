"""The row of a transfer, as a person sees it."""

import pytest
from msgspec.structs import replace

from chatd.engine.transfer_state import TransferState
from chatd.text import cells
from chatd.ui.transfer_rows import MOST, row, rows, size, what

MIB = 1 << 20
SENT = TransferState(1, b"1", b"bob", True, "film.mkv", 1, 800 * MIB, 0, True, "", name="bob")


def test_a_row_says_how_far_how_fast_and_how_long() -> None:
    """Name, bar, percent, size, rate and the time that is left."""
    sent = replace(SENT, done=416 * MIB)
    assert row(replace(sent, rate=12.0 * MIB), 99) == (
        "↑ 1 film.mkv  [#####.....] 52 % of 800 MiB  12.0 MiB/s  32 s left"
    )
    assert row(replace(sent, ours=False), 99) == "↓ 1 film.mkv  [#####.....] 52 % of 800 MiB"
    assert row(replace(sent, size=None, rate=10), 99) == "↑ 1 film.mkv  416 MiB  10 bytes/s"
    assert row(replace(sent, rate=0), 99).endswith("0 bytes/s")
    assert row(replace(sent, size=0, done=0, rate=0), 99) == "↑ 1 film.mkv  0 bytes  0 bytes/s"


@pytest.mark.parametrize(
    ("transfer", "said"),
    [
        (
            replace(SENT, is_accepted=False, waits="looking", entries=12340, size=None),
            "film.mkv  looking at it: 12,340 files and folders",
        ),
        (
            replace(SENT, is_accepted=False, ours=False, waits="list", entries=2048),
            "film.mkv  its list is coming: 2,048 files and folders",
        ),
        (replace(SENT, is_accepted=False), "800 MiB  bob has not taken it yet"),
        (
            replace(SENT, is_accepted=False, waits="link"),
            "800 MiB  waiting for a connection to bob",
        ),
        (replace(SENT, is_accepted=False, ours=False), "800 MiB  for you to take it"),
        (replace(SENT, waits="us"), "0 % of 800 MiB  paused"),
        (replace(SENT, waits="them"), "bob has paused it"),
        (replace(SENT, waits="them", name=""), "the other person has paused it"),
        (replace(SENT, waits="full"), "your disk is full; it goes on when there is room"),
        (replace(SENT, waits="their-disk"), "the disk of bob is full"),
        (replace(SENT, waits="gone"), "its folder is not there; it goes on when that is back"),
        (replace(SENT, waits="their-folder"), "the folder of bob is not there"),
        (replace(SENT, waits="turn"), "after those before it"),
        (replace(SENT, waits="checking"), "checking what was there"),
        (
            replace(SENT, waits="checking", unchecked=3 << 30),
            "checking what was there, 3.0 GiB left",
        ),
        (replace(SENT, waits="link"), "waiting for a connection to bob"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_row_says_what_it_waits_for(transfer: TransferState, said: str) -> None:
    """And nothing of a pace, as there is none."""
    assert row(replace(transfer, rate=1e6), 120).endswith(said)


def test_a_row_fits_and_hides_nothing() -> None:
    """In any width, with any name; hostile ones are made visible."""
    hostile = replace(SENT, first="\x1b[2J\u202egpj.exe" + "文" * 80, done=MIB)
    for columns in range(8, 120):
        for each in rows((hostile, SENT), columns):
            assert cells(each) <= columns
            assert each.isprintable() or "\u2068" in each
    assert "‹U+202E›" in row(hostile, 99)


def test_rows_leave_room_for_the_conversation() -> None:
    """A few are shown; what is offered to us has a line of its own and no row."""
    offered = replace(SENT, ours=False, is_accepted=False)
    assert len(rows([SENT, offered, SENT], 80)) == 2
    assert len(rows([SENT] * MOST, 80)) == MOST
    assert rows([SENT] * (MOST + 3), 80)[MOST:] == ["… 3 more: files"]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 KiB"),
        (4 * MIB + MIB // 5, "4.2 MiB"),
        (999 * MIB, "999 MiB"),
        (1 << 50, "1.0 PiB"),
        (None, "size not known yet"),
    ],
)
def test_sizes(count: int | None, said: str) -> None:
    """As a person says them."""
    assert size(count) == said


def test_what_is_sent() -> None:
    """The first name stands for all."""
    assert what("a\nb", 1) == "a␊b"
    assert what("photos", 31) == "photos and 30 more"


def test_a_narrow_row_has_percents_and_no_bar() -> None:
    """In 20 columns one reads how far it is."""
    assert row(replace(SENT, first="a.bin", done=88 * MIB), 20) == "↑ 1 a.bin  11 % of …"


def test_half_a_terminal_says_for_what_a_row_waits() -> None:
    """Rather than draw what the percents say."""
    away = replace(SENT, first="a.bin", done=88 * MIB, waits="gone", ours=False)
    assert "% of 800 MiB  its folder is not there" in row(away, 60)
    assert "]" not in row(away, 71)
    assert "]" in row(away, 72)


def test_a_list_that_comes_is_a_row() -> None:
    """What is offered has none else, but a line of its own."""
    coming = replace(SENT, is_accepted=False, ours=False, waits="list")
    assert len(rows((coming,), 80)) == 1
    assert rows((replace(coming, waits=""),), 80) == []

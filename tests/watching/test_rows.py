"""The figures in words."""

from typing import Any

import pytest

from chatd.watch.figures import Family, flat, single
from chatd.watch.times import Times
from chatd.watching.change import Change
from chatd.watching.rows import duration, line, rows, size


def look(seconds: float, dropped: float, late: tuple[float, ...] = (), **more: float) -> Any:
    """What a daemon answers."""
    times = Times()
    for each in late:
        times.add(each)
    families = [
        Family(
            "chatd_refused_total", "counter", "", ("what", "why"), [(("link", "dropped"), dropped)]
        ),
        single("chatd_reactor_delay_seconds", "histogram", "", times),
        single("chatd_relay_pairs", "gauge", "", 3),
        *(single(name, "gauge", "", value) for name, value in more.items()),
    ]
    return {"seconds": seconds, "figures": flat(families)}


def test_a_rate_is_that_between_two_looks() -> None:
    """Not since the start, but for the first look."""
    assert Change(look(10, 100), None).rates("chatd_refused_total") == [("link dropped", 10)]
    change = Change(look(14, 120), look(10, 100))
    assert change.rates("chatd_refused_total") == [("link dropped", 5)]
    assert Change(look(14, 100), look(10, 100)).rates("chatd_refused_total") == []


def test_a_daemon_that_was_started_anew() -> None:
    """Has no rates below nothing: they count from its start."""
    assert Change(look(2, 10), look(100, 1000)).rates("chatd_refused_total") == [
        ("link dropped", 5)
    ]


def test_the_longest_is_that_between_two_looks() -> None:
    """By the bound that none was over; what was long before counts no more."""
    name = "chatd_reactor_delay_seconds"
    before, now = look(10, 0, (3.0,)), look(12, 0, (3.0, 0.003, 0.0001))
    assert Change(now, before).longest(name) == 0.005
    assert Change(before, before | {"seconds": 9}).longest(name) is None
    assert Change(look(12, 0, (99.0,)), None).longest(name) == float("inf")


@pytest.mark.parametrize("width", [8, 20, 40, 80, 200])
def test_no_row_is_wider_than_the_terminal(width: int) -> None:
    """Whatever the figures are, and none of them is cut off."""
    big = {"chatd_people": 1e6, "chatd_people_most": 1e7, "chatd_memory_bytes": 5e12}
    lines = rows(Change(look(1e8, 1e12, (99.0,), **big), None), width)
    assert max(map(len, lines)) <= width
    text = "".join("".join(lines).split())
    for expected in ("1,000,000of10,000,000", "4.5TiB", "linkdropped10,000.0/s"):
        assert expected in text


def test_a_relay_alone_has_no_people() -> None:
    """What it has no figures of is not shown as none."""
    text = "\n".join(rows(Change(look(1, 0), None), 80))
    assert "people" not in text
    assert "store" not in text
    assert "relay" in text


def test_one_line() -> None:
    """For a pipe."""
    assert line(Change(look(10, 20, (0.003,), chatd_people=4), None)) == (
        "people 4  handshakes 0.0/s  refused 2.0/s  pairs 3  relayed 0 B/s  late at most 5 ms"
    )


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (1023, "1,023 B"), (1024, "1.0 KiB"), (2**60, "1,048,576.0 TiB")],
)
def test_sizes(count: int, shown: str) -> None:
    """In the unit that leaves the fewest digits."""
    assert size(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 min 0 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (90000, "1 d 1 h")],
)
def test_durations(seconds: int, shown: str) -> None:
    """By two units."""
    assert duration(seconds) == shown

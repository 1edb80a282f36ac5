"""The figures in words, for a terminal of any width. Pure."""

import textwrap
from collections.abc import Iterator

from chatd.watching.change import Change

_LABEL = 15
_NARROW = 30
"""Cells, below which there is a line for each label of its own."""
_MOST = 4
"""Reasons that are named."""
_UNDER_WAY = ("open", "accepted")
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def rows(change: Change, width: int) -> list[str]:
    """All of them, none wider than so many cells."""
    lines: list[str] = []
    for label, text in _rows(change):
        lines += _row(label, text, max(width, 8))
    return lines


def line(change: Change) -> str:
    """The most important ones on one line, for a pipe."""
    refused = sum(rate for _, rate in change.rates("chatd_refused_total"))
    handshakes = sum(rate for _, rate in change.rates("chatd_handshakes_total"))
    parts = [
        f"people {change.value('chatd_people'):,.0f}",
        f"handshakes {_rate(handshakes)}",
        f"refused {_rate(refused)}",
        f"pairs {change.value('chatd_relay_pairs'):,.0f}",
        f"relayed {size(change.rate('chatd_relay_bytes_total'))}/s",
        f"late {_longest(change, 'chatd_reactor_delay_seconds')}",
    ]
    return "  ".join(parts)


def _rows(change: Change) -> Iterator[tuple[str, str]]:
    yield "up", duration(change.seconds)
    if change.has("chatd_people"):
        yield from _server(change)
    yield "refused", _rates(change, "chatd_refused_total")
    if change.has("chatd_relay_pairs"):
        yield "relay", _relay(change)
    yield from _machine(change)


def _server(change: Change) -> Iterator[tuple[str, str]]:
    yield "people", f"{_number(change, 'chatd_people')} of {_number(change, 'chatd_people_most')}"
    yield "names", _number(change, "chatd_names")
    states = ("known", "fresh", "rest", "ending")
    yield "links", ", ".join(f"{each} {_number(change, 'chatd_links', each)}" for each in states)
    yield "handshakes", _rates(change, "chatd_handshakes_total")
    now = [f"{each} {_number(change, 'chatd_introductions', each)}" for each in _UNDER_WAY]
    ended = [f"{each} {count:,}" for each, count in change.counts("chatd_introduction_seconds")]
    yield "introductions", ", ".join(now + ended[:_MOST])


def _relay(change: Change) -> str:
    return (
        f"{_number(change, 'chatd_relay_pairs')} of {_number(change, 'chatd_relay_pairs_most')} "
        f"pairs, {_number(change, 'chatd_relay_waiting')} waiting, "
        f"{size(change.rate('chatd_relay_bytes_total'))}/s, "
        f"{size(change.value('chatd_relay_share_bytes'))}/s each"
    )


def _machine(change: Change) -> Iterator[tuple[str, str]]:
    yield "reactor", f"late {_longest(change, 'chatd_reactor_delay_seconds')}"
    if change.has("chatd_store_seconds"):
        failing = "fails" if change.value("chatd_store_failing") else "works"
        yield "store", f"{failing}, {_longest(change, 'chatd_store_seconds')}"
    yield "collector", f"pauses {_longest(change, 'chatd_gc_pause_seconds')}"
    most = _number(change, "chatd_descriptors_most")
    yield "descriptors", f"{_number(change, 'chatd_descriptors')} of {most}"
    yield "timers", _number(change, "chatd_timers")
    yield "memory", size(change.value("chatd_memory_bytes"))
    yield "processor", f"{100 * change.rate('chatd_cpu_seconds_total'):.1f} %"


def _row(label: str, text: str, width: int) -> list[str]:
    if width < _NARROW:
        return [*textwrap.wrap(label, width), *textwrap.wrap(text, width, initial_indent=" ")]
    return textwrap.wrap(
        text, width, initial_indent=f"{label:<{_LABEL}}", subsequent_indent=" " * _LABEL
    )


def _number(change: Change, name: str, label: str = "") -> str:
    return f"{change.value(name, label):,.0f}"


def _rates(change: Change, name: str) -> str:
    found = change.rates(name)
    if not found:
        return "none"
    shown = [f"{label} {_rate(rate)}" for label, rate in found[:_MOST]]
    rest = sum(rate for _, rate in found[_MOST:])
    return ", ".join(shown + ([f"others {_rate(rest)}"] if rest else []))


def _rate(rate: float) -> str:
    return f"{rate:,.1f}/s"


def _longest(change: Change, name: str) -> str:
    seconds = change.longest(name)
    if seconds is None:
        return "-"
    if seconds == float("inf"):
        return "more than any bound"
    return f"at most {1000 * seconds:g} ms" if seconds < 1 else f"at most {seconds:g} s"


def size(count: float) -> str:
    """A number of bytes, as people read it."""
    unit = 0
    while count >= 1024 and unit < len(_UNITS) - 1:
        count, unit = count / 1024, unit + 1
    return f"{count:,.0f} {_UNITS[unit]}" if unit == 0 else f"{count:,.1f} {_UNITS[unit]}"


def duration(seconds: float) -> str:
    """A time, by its two largest units."""
    whole = int(seconds)
    parts = [(whole // 86400, "d"), (whole // 3600 % 24, "h"), (whole // 60 % 60, "min")]
    parts.append((whole % 60, "s"))
    while len(parts) > 2 and not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{count} {unit}" for count, unit in parts[:2])

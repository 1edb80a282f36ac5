"""What can be read of a daemon at one moment, in the terms of Prometheus and without it.

Every label has a set of values of ours, so that no remote side can add a figure, and none of them
says anything about one person.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from msgspec import Struct

from chatd.watch.times import Times

Value = float | Times
Kind = Literal["gauge", "counter", "histogram"]


class Family(Struct, frozen=True):
    """Figures of one name and of different labels; those of a histogram are `Times`.

    Counters rise until the process ends, gauges come and go; `help` says the unit.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...]
    samples: Sequence[tuple[tuple[str, ...], Value]]


def single(name: str, kind: Kind, help: str, value: Value) -> Family:
    """A family of one, without labels."""
    return Family(name, kind, help, (), [((), value)])


def flat(families: Iterable[Family]) -> dict[str, dict[str, Any]]:
    """As JSON has it: by the name and by the values of the labels, with spaces between them; those
    of a histogram as `count`, `sum`, `longest` and the counts `under` each bound; no zeros."""
    return {
        family.name: {
            " ".join(filter(None, labels)): _value(value)
            for labels, value in family.samples
            if not family.labels or (len(value) if isinstance(value, Times) else value)
        }
        for family in families
    }


def _value(value: Value) -> Any:
    if not isinstance(value, Times):
        return value
    bounds = [*map(str, value.bounds), "more"]
    return {
        "count": len(value),
        "sum": round(value.sum, 6),
        "longest": round(value.longest, 6),
        "under": {bound: count for bound, count in zip(bounds, value.counts, strict=True) if count},
    }

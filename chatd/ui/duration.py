"""Seconds as a person says them."""

import math

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float) -> str:
    """Such as "45 s", "1 h 30 min" or "7 d": rounded up to seconds, the two largest units."""
    rest = max(0, math.ceil(seconds))
    parts = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"

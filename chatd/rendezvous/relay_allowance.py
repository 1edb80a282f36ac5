"""What the settings let people use at the relay."""

from msgspec.structs import replace

from chatd.relay.pairing import Bounds
from chatd.relay.relay import OPEN, SMALL, Allowance
from chatd.settings import table
from chatd.settings.settings import Settings


def allowance(wanted: Settings) -> Allowance:
    """That of its kind, with what was said of it."""
    kind = OPEN if wanted[table.RELAY] == "open" else SMALL
    return replace(
        kind,
        bounds=Bounds(wanted[table.RELAY_PAIRS] or kind.bounds.pairs),
        rate=wanted[table.RELAY_RATE] or kind.rate,
        pair_rate=wanted[table.RELAY_PAIR_RATE] or kind.pair_rate,
    )

"""The figures of a relay."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatd.watch.figures import Family, single

if TYPE_CHECKING:
    from chatd.relay.relay import Relay


def relay(relay: "Relay") -> Iterator[Family]:
    """How many it serves, how much it passes, and what each gets."""
    yield single("chatd_relay_pairs", "gauge", "Pairs of people that are joined.", relay.pairs)
    yield single("chatd_relay_pairs_most", "gauge", "Pairs that may be.", relay.most_pairs)
    yield single(
        "chatd_relay_waiting", "gauge", "Links that wait for their other side.", relay.waiting
    )
    yield single("chatd_relay_bytes_total", "counter", "Bytes that were passed on.", relay.passed)
    now = relay.now
    yield single(
        "chatd_relay_busy_pairs",
        "gauge",
        "Pairs that have passed more than they were given, and share what may pass.",
        relay.shares.busy(now),
    )
    yield single(
        "chatd_relay_share_bytes",
        "gauge",
        "What each of these is given, in bytes a second; all that may pass, if there are none.",
        relay.shares.each(now),
    )

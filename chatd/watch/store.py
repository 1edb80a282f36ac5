"""The figures of the disk of names."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatd.watch.figures import Family, single

if TYPE_CHECKING:
    from chatd.rendezvous.name_store import QueuedNameStore


def store(store: "QueuedNameStore") -> Iterator[Family]:
    """How long people wait for it, and whether it works."""
    yield single(
        "chatd_store_seconds",
        "histogram",
        "How long somebody waited until a name was stored, or was not, in seconds.",
        store.delays,
    )
    yield single(
        "chatd_store_failing", "gauge", "1 while names cannot be stored.", int(not store.works)
    )

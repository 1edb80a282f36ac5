"""The figures of a server: who is here, who waits, and what became of them, and how the
disk of names does."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatd.noise.suites import SUITES
from chatd.watch.figures import Family, single
from chatd.watch.refusals import WHY
from chatd.watch.tally import DONE, HANDSHAKES, Tally

if TYPE_CHECKING:
    from chatd.rendezvous.lobby import Lobby
    from chatd.rendezvous.name_store import QueuedNameStore
    from chatd.rendezvous.reception import Reception


def server(lobby: "Lobby", reception: "Reception") -> Iterator[Family]:
    """All that it has at the moment, and what `lobby.tally` counts."""
    yield single("chatd_people", "gauge", "People who are logged in.", lobby.here)
    yield single("chatd_people_most", "gauge", "People who may be.", lobby.max_clients)
    yield single("chatd_names", "gauge", "Names that are held.", len(lobby.names))
    yield Family(
        "chatd_links",
        "gauge",
        "Links by state: here (logged in), known, fresh and rest (rooms at the door), ending.",
        ("state",),
        [((state,), count) for state, count in reception.states(lobby.here).items()],
    )
    introductions = lobby.introductions
    yield Family(
        "chatd_introductions",
        "gauge",
        "Introductions by state: open until somebody has accepted, then accepted.",
        ("state",),
        [(("open",), introductions.open), (("accepted",), len(introductions) - introductions.open)],
    )
    yield from tallied(lobby.tally)
    yield from refused(lobby.tally)


def tallied(tally: Tally) -> Iterator[Family]:
    """What was counted of handshakes and introductions."""
    ends = [(result, "") for result in HANDSHAKES if result != DONE]
    ends += [(DONE, suite) for suite in SUITES]
    yield Family(
        "chatd_handshakes_total",
        "counter",
        "Openings of links by how they ended, and by cipher suite where that opened a link.",
        ("result", "suite"),
        [(end, tally.handshakes[end]) for end in ends],
    )
    yield Family(
        "chatd_introduction_seconds",
        "histogram",
        "From the request to the end of an introduction, by outcome, in seconds.",
        ("outcome",),
        [((outcome,), times) for outcome, times in tally.introductions.items()],
    )


def refused(tally: Tally) -> Iterator[Family]:
    """What was counted of refusals."""
    reasons = [(what, why) for what, whys in WHY.items() for why in whys]
    yield Family(
        "chatd_refused_total",
        "counter",
        "What was refused, and why.",
        ("what", "why"),
        [(reason, tally.refusals.counts[reason]) for reason in reasons],
    )


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

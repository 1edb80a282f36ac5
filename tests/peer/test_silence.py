"""What a conversation learns of the silence that its path survives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peer_pairs import GUEST, HOST, PORT, Pair
from simulated import Cut

from chatd import limits
from chatd.peer.silence import Silence

LATE = limits.RACE_SECONDS + 1


def learned(*events: tuple[float, float | None]) -> float:
    """The longest pause after these silences, each with the seconds after which another link was in
    use, None where the ping was answered."""
    silence, now = Silence(), 0.0
    for quiet, replaced in events:
        now += quiet
        silence.asked(quiet, now)
        if replaced is None:
            silence.heard()
        else:
            silence.replaced(now + replaced)
    return silence.bounded(1000)


@pytest.mark.parametrize(
    ("events", "most"),
    [
        ([], 1000),
        ([(15, None), (30, None)], 1000),
        ([(15, None), (30, 3)], 15),
        ([(15, None), (30, None), (60, 3), (30, None)], 30),
        ([(15, 3)], 7.5),
        ([(15, 3), (7.5, 3)], limits.PING_LEAST_SECONDS),
        ([(15, 3), (7.5, 3), (5, 3)], limits.PING_LEAST_SECONDS),
        ([(15, None), (120, LATE)], 1000),
        ([(15, None), (60, 3), (120, None)], 15),
    ],
)
def test_what_is_learned(events: list[tuple[float, float | None]], most: float) -> None:
    """The longest silence that was survived bounds the pauses, after the first that was not; an
    outage is no such thing."""
    assert learned(*events) == most


@given(
    st.lists(
        st.tuples(st.floats(0, 200), st.none() | st.floats(0, 20)),
        max_size=30,
    )
)
def test_a_pause_is_never_longer_and_never_nothing(
    events: list[tuple[float, float | None]],
) -> None:
    """Whatever happened; and what is known only makes it shorter."""
    for n in range(len(events)):
        before, after = learned(*events[:n]), learned(*events[: n + 1])
        assert limits.PING_LEAST_SECONDS <= after <= before


@pytest.mark.parametrize("forgets", [12, 20, 31, 70])
def test_a_firewall_that_forgets(forgets: float) -> None:
    """It costs one link for each pause that was too long, and none from then on; no text is sent to
    learn it."""
    pair = Pair(latency=(0.01, 0.02))
    for side, there in ((pair.host, GUEST), (pair.guest, HOST)):
        side.resumes = True
        side.meet((there, PORT))
    pair.network.run(lambda: pair.host.talk and pair.guest.talk, 10)
    silent_since = pair.network.seconds()
    links: list[float] = []
    deliveries = pair.network.deliveries
    for _ in range(1200):
        pair.network.advance(0.5)
        now = pair.network.seconds()
        if pair.network.deliveries != deliveries:
            deliveries, silent_since = pair.network.deliveries, now
        elif now - silent_since >= forgets:
            silent_since = now
            links.append(now)
            pair.cut_all(Cut.SILENT)
    assert 1 <= len(links) <= 2
    assert links[-1] < 200
    assert pair.host.breaks == pair.guest.breaks == []
    assert not pair.network.errors

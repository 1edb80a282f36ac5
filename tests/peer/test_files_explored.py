"""Files on links that are taken, left, gone back to and broken at any point (protocol, "Taking a
link" and "Transfers"): walks through the states that the explorer knows."""

from random import Random

import pytest
from peer.explorer.files import walk
from peer.explorer.rules import Rules

from chatd import limits

RULES = {
    "two breaks": Rules((1, 1), (1, 1), breaks=2),
    "false alarms": Rules((1, 1), (1, 0), breaks=1, false=2, beside=True),
    "a relay": Rules((0, 1), (0, 1), breaks=2),
    "a relay, and going back": Rules((0, 1), (0, 0), breaks=1, false=3, beside=True),
    "three links": Rules((0, 1, 1), (0, 0), breaks=3, false=2),
    "renewals and pings": Rules((1, 1), (0, 0), breaks=1, renewals=2, pings=2),
}


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_both_files_arrive_whatever_happens_to_the_links(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every end both are there, whole, and no honest side refuses what the other says."""
    monkeypatch.setattr(limits, "BLOCK", 4096)
    monkeypatch.setattr(limits, "WINDOW", 60_000)
    for seed in range(25):
        labels, state = walk(rules, Random(seed))
        assert rules.good(state), f"seed {seed}: {labels}"
        assert state.is_whole, f"seed {seed}: {labels}"

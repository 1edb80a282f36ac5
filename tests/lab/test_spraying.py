"""Random ports on one side: both dial many, and the conversation leaves the relay."""

from contextlib import closing

import pytest
from lab.kinds import FULLY_RANDOM, HARD_RESETS, KEPT, RANDOM, RELAY, RESETS, Kind
from lab.meeting import Lab
from lab.namespaces import what_is_missing

from chatd import limits

pytestmark = [
    pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing()),
    pytest.mark.slow,
]
ROWS = [
    Kind("random, both drop", RANDOM, KEPT, "", delay=0.03),
    Kind("fully random, both drop", KEPT, FULLY_RANDOM, "", delay=0.03),
    Kind("the easy side resets", FULLY_RANDOM, RESETS, "", delay=0.03),
    Kind("the hard side resets", KEPT, HARD_RESETS, "", delay=0.03),
]

THIRD_SPRAY_IS_OVER = 4 * limits.MEET_FIRST_PAUSE_SECONDS
"""Seconds. A spray is likely to find a link, not sure to; each new introduction brings another."""


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.name)
def test_the_conversation_leaves_the_relay(kind, tmp_path):
    """And nobody reads that anything was interrupted."""
    with closing(Lab(kind, tmp_path)) as lab:
        assert lab.meet().how == RELAY
        for person in lab.people:
            person.until("has moved to a direct link", THIRD_SPRAY_IS_OVER)
            person.type("there")
        for person in lab.people:
            person.until("^< .*: there")
            assert person.out.found("(interrupted)") == []


def test_whoever_does_not_want_to_dials_no_ports(tmp_path):
    """With --no-spray the relay stays, and nothing is said of a spray."""
    with closing(Lab(ROWS[0], tmp_path, "--no-spray")) as lab:
        assert lab.meet().how == RELAY
        for person in lab.people:
            person.type("/status")
            person.until("path: the relay")
            assert person.out.found("a spray of ports") == []

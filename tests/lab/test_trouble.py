"""Conversations survive what happens to networks and programs: nothing lost, once, in order."""

import pytest
from lab.coming_back import is_direct_again
from lab.namespaces import what_is_missing
from lab.trouble import SAID, TROUBLES, suffer

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())

MOVED = "has moved to a direct link"


def _marked(trouble):
    marks = [pytest.mark.slow] if trouble.is_slow else []
    return pytest.param(trouble, id=trouble.name, marks=marks)


@pytest.mark.parametrize("trouble", [_marked(trouble) for trouble in TROUBLES])
def test_what_is_said_meanwhile_arrives(trouble, tmp_path):
    """Whoever notices reads what happens in a line or two, and nobody anything where there is
    nothing to notice, but that it has moved to a better link."""
    outcome = suffer(trouble, tmp_path)
    assert outcome.heard == [SAID, SAID]
    assert outcome.is_whole
    news = [[line for line in read if MOVED not in line] for read in outcome.read]
    noticed = [read for read in news if read]
    assert bool(noticed) == trouble.is_noticed
    for read in noticed:
        assert read[0].startswith("* interrupted: ")
        assert read[-1].startswith("* the conversation with ")
        assert len(read) <= 3


@pytest.mark.slow
def test_a_conversation_that_came_to_the_relay_becomes_direct_again(tmp_path):
    """Where one of two behind routers moves: introduced anew beside the conversation."""
    is_direct_again(tmp_path)

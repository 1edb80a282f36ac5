"""Conversations survive what happens to networks and programs: nothing lost, once, in order."""

import pytest
from lab.namespaces import what_is_missing
from lab.trouble import SAID, TROUBLES, suffer

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())


def _marked(trouble):
    marks = [pytest.mark.slow] if trouble.is_slow else []
    return pytest.param(trouble, id=trouble.name, marks=marks)


@pytest.mark.parametrize("trouble", [_marked(trouble) for trouble in TROUBLES])
def test_what_is_said_meanwhile_arrives(trouble, tmp_path):
    """Whoever notices reads what happens in a line or two, and nobody anything where there is
    nothing to notice."""
    outcome = suffer(trouble, tmp_path)
    assert outcome.heard == [SAID, SAID]
    assert outcome.is_whole
    noticed = [read for read in outcome.read if read]
    assert bool(noticed) == trouble.is_noticed
    for read in noticed:
        assert read[0].startswith("* interrupted: ")
        assert read[-1].startswith("* the conversation with ")
        assert len(read) <= 3

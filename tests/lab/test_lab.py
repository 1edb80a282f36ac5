"""People behind routers of every kind meet: real programs, real kernels, no way to the outside."""

import os
from contextlib import closing

import pytest
from lab.kinds import KEPT, KINDS, Kind, Router
from lab.meeting import Lab
from lab.namespaces import what_is_missing

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_two_people_talk(kind, tmp_path):
    """Directly wherever plain TCP allows it, else through the relay."""
    with closing(Lab(kind, tmp_path)) as lab:
        assert lab.meet().how == kind.expected


def test_a_lab_that_cannot_be_built_leaves_nothing(tmp_path):
    """The rules of the second router are refused: what was there before is closed again."""
    before = set(os.listdir("/proc/self/fd"))
    with pytest.raises(RuntimeError, match="nft"):
        Lab(Kind("impossible", KEPT, Router(ports="nonsense"), ""), tmp_path)
    assert set(os.listdir("/proc/self/fd")) <= before

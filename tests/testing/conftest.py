"""What the tests of the simulated network share."""

from collections.abc import Iterator

import pytest
from two_worlds import Real, Simulated, World


@pytest.fixture(params=[Simulated, Real])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Each world in turn: what holds in one must hold in the other."""
    made: World = request.param()
    yield made
    made.close()

"""How many bytes of a file go to the kernel at a time."""

import pytest

from chatd import limits
from chatd.peer.file_link import MOST, fitting


@pytest.mark.parametrize(
    ("before", "seconds", "expected"),
    [
        (MOST // 2, 0.0, MOST // 2 * 2),
        (MOST, limits.TOGETHER_SECONDS, MOST),
        (MOST, 2 * limits.TOGETHER_SECONDS, MOST // 2),
        (MOST, 0.0, MOST),
        (MOST, 60.0, limits.LEAST_CHUNK),
        (limits.LEAST_CHUNK, 3600.0, limits.LEAST_CHUNK),
    ],
)
def test_a_link_is_given_what_it_takes_in_a_time(
    before: int, seconds: float, expected: int
) -> None:
    """By how long it took for the chunk before; twice as much at most, and between two bounds."""
    assert fitting(before, seconds) == expected


def test_texts_fit_beside_a_chunk() -> None:
    """A link on which nothing goes is not cut off for the file that it was given alone."""
    assert MOST + limits.FLIGHT < limits.UNREAD_OUTPUT

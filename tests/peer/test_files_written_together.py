"""How many bytes of chunks go to the kernel at a time."""

import pytest

from chatd import limits
from chatd.peer.file_link import together

CHUNK = limits.PEER_PLAINTEXT


@pytest.mark.parametrize(
    ("before", "seconds", "expected"),
    [
        (CHUNK, 0.0, 2 * CHUNK),
        (CHUNK, limits.TOGETHER_SECONDS, CHUNK),
        (CHUNK, 2 * limits.TOGETHER_SECONDS, CHUNK // 2),
        (limits.TURN_BYTES, 0.0, limits.TURN_BYTES),
        (limits.TURN_BYTES, 60.0, limits.LEAST_CHUNK),
        (limits.LEAST_CHUNK, 3600.0, limits.LEAST_CHUNK),
    ],
)
def test_a_link_is_given_what_it_takes_in_a_time(
    before: int, seconds: float, expected: int
) -> None:
    """By how long it took for what was before; twice as much at most, and between two bounds."""
    assert together(before, seconds) == expected


def test_texts_fit_beside_what_is_written_together() -> None:
    """A link on which nothing goes is not cut off for the file that it was given alone."""
    assert limits.TURN_BYTES + limits.FLIGHT < limits.UNREAD_OUTPUT

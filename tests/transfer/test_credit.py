"""How much of a run may come."""

import pytest

from chatd import limits
from chatd.transfer.credit import Credit

SHARE = limits.WINDOW // limits.STREAMS_AT_ONCE


@pytest.mark.parametrize("is_durable", [True, False])
def test_of_what_is_read_once_no_more_comes_than_its_giver_keeps(*, is_durable: bool) -> None:
    """A whole window beyond what the disk cannot lose, and what it has made durable on top; of
    files that lie on a disk it may lose as much as it likes."""
    credit = Credit(is_durable=is_durable)
    credit.share = SHARE
    credit.begin()
    credit.free(limits.WINDOW - SHARE, is_synced=False)
    assert credit.raised() == limits.WINDOW
    credit.free(SHARE, is_synced=False)
    assert credit.raised() == (None if is_durable else limits.WINDOW + SHARE)
    credit.free(0, is_synced=True)
    assert credit.raised() == (limits.WINDOW + SHARE if is_durable else None)
    assert credit.outstanding == SHARE

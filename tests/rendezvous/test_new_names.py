"""How many new names an address may bind in a day."""

import pytest

from chatd import limits
from chatd.rendezvous.new_names import DAY, NewNames
from chatd.rendezvous.refusals import SlowDown


def test_one_more_than_allowed_waits_for_the_end_of_the_day() -> None:
    """The day begins with the first name; then there are as many again."""
    names = NewNames(per_day=2)
    for now in (100, 200):
        names.check("8.8.8.8", now)
        names.add("8.8.8.8", now)
    with pytest.raises(SlowDown) as refused:
        names.check("::ffff:8.8.8.8", 300)
    assert refused.value.seconds == DAY + 100 - 300 + 1
    names.check("8.8.4.4", 300)
    names.check("8.8.8.8", 100 + DAY)
    names.add("8.8.8.8", 100 + DAY)
    names.check("8.8.8.8", 100 + DAY)


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    """Its addresses cost nothing, so that they do not count one by one."""
    names = NewNames(per_day=1)
    names.add("2a00:1::1", 0)
    with pytest.raises(SlowDown):
        names.check("2a00:1::2", 0)
    names.check("2a00:1:0:1::1", 0)


def test_the_servers_own_machine_is_not_counted() -> None:
    """Whoever has an account there is the operator's to trust."""
    names = NewNames(per_day=1)
    for _ in range(3):
        names.check("127.0.0.1", 0)
        names.add("127.0.0.1", 0)


def test_the_counts_are_bounded() -> None:
    """Beyond the bound the oldest goes."""
    names = NewNames(per_day=1)
    for number in range(limits.NAME_ADDRESSES + 1):
        names.add(f"9.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0)
    assert len(names) == limits.NAME_ADDRESSES
    names.check("9.0.0.0", 0)

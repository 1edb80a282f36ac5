"""How many new names a source may bind: nobody takes all of them, from whatever network."""

import ipaddress
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from chatd import limits
from chatd.rendezvous.new_names import DAY, MONTH, NewNames
from chatd.rendezvous.refusals import SlowDown
from chatd.sources import PROVIDER_WEIGHT, Sources

SOURCES = Sources()


def bound(names: NewNames, host: str, now: float, sources: Sources = SOURCES) -> bool:
    """Whether one more new name is bound for an address."""
    source = sources.of(host)
    try:
        names.take(source, now)
    except SlowDown:
        return False
    return True


def count(names: NewNames, hosts: Iterator[str], now: float, sources: Sources = SOURCES) -> int:
    """How many new names are bound for addresses that are used in turn, until there is none."""
    done = 0
    for host in hosts:
        if not bound(names, host, now, sources):
            return done
        done += 1
    return done


def within(network: str, prefix: int) -> Iterator[str]:
    """One address of each network of that size in another one."""
    return (str(each[1]) for each in ip_network(network).subnets(new_prefix=prefix))


def again(host: str) -> Iterator[str]:
    """An address, any number of times."""
    while True:
        yield host


def test_one_more_than_allowed_waits() -> None:
    """As long as the answer says, and not longer; an IPv4 address counts in every spelling."""
    names = NewNames(per_day=2)
    assert count(names, again("8.8.8.8"), 100) == 2
    with pytest.raises(SlowDown) as refused:
        names.check(SOURCES.of("::ffff:8.8.8.8"), 100)
    assert refused.value.seconds == DAY / 2
    assert bound(names, "8.8.4.4", 100)
    assert not bound(names, "8.8.8.8", 100 + refused.value.seconds - 1)
    assert bound(names, "8.8.8.8", 100 + refused.value.seconds)


def test_a_customers_ipv6_is_one_source() -> None:
    """A /48 has as much as one IPv4 address, from however many /64 and addresses."""
    names = NewNames()
    assert count(names, within("2a00:1::/48", 64), 0) == limits.NAMES_PER_SOURCE
    assert bound(names, "2a00:1:1::1", 0)


def test_a_provider_is_bounded_too() -> None:
    """A /32 has 16 customers' worth, from however many /48."""
    names = NewNames()
    most = PROVIDER_WEIGHT * limits.NAMES_PER_SOURCE
    assert count(names, within("2a00:1::/32", 48), 0) == most
    assert bound(names, "2a00:2::1", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "10.0.0.1"])
def test_no_address_is_an_exception(host: str) -> None:
    """Neither the server's own machine, where a proxy or Tor may stand, nor private networks."""
    assert count(NewNames(), again(host), 0) == limits.NAMES_PER_SOURCE


def test_a_network_of_many_people_has_what_the_operator_says() -> None:
    """All of it together."""
    sources = Sources([(ip_network("127.0.0.0/8"), 3)])
    names = NewNames()
    here = (str(ipaddress.IPv4Address(0x7F000001 + number)) for number in range(1000))
    assert count(names, here, 0, sources) == 3 * limits.NAMES_PER_SOURCE


@pytest.mark.parametrize(
    ("prefix", "share"), [(48, 0.015), pytest.param(32, 0.25, marks=pytest.mark.slow)]
)
def test_nobody_takes_all_names_from_one_network(prefix: int, share: float) -> None:
    """Though names stay for a year, and every day brings new ones."""
    names, taken = NewNames(), 0
    for hour in range(365 * 24):
        hosts = within(f"2a00:1::/{prefix}", 64 if prefix == 48 else 48)
        taken += count(names, hosts, hour * 3600)
    assert taken < share * limits.NAMES
    in_months = limits.NAMES_PER_SOURCE * limits.NAME_DAYS_IN_A_MONTH * 365 * DAY / MONTH
    assert taken >= in_months


def test_a_name_that_came_to_nothing_costs_nothing() -> None:
    """A disk that fails for a while takes nobody's names."""
    names = NewNames(per_day=1)
    source = SOURCES.of("8.8.8.8")
    for _ in range(10):
        assert bound(names, "8.8.8.8", 0)
        names.give_back(source)
    assert bound(names, "8.8.8.8", 0)
    assert not bound(names, "8.8.8.8", 0)


def test_the_counts_are_bounded() -> None:
    """Beyond the bound, what was used longest ago goes."""
    names = NewNames(per_day=1)
    for number in range(limits.NAME_SOURCES + 1):
        assert bound(names, f"9.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0)
    assert len(names) == limits.NAME_SOURCES
    assert bound(names, "9.0.0.0", 0)

"""Whatever one machine or one network has many of counts as one."""

from ipaddress import ip_network

import pytest

from chatd.sources import NOWHERE, PROVIDER_WEIGHT, Sources


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.7", (("192.0.2.7", 1),)),
        ("::ffff:192.0.2.7", (("192.0.2.7", 1),)),
        ("127.0.0.1", (("127.0.0.1", 1),)),
        ("2001:db8:1:2::3", (("2001:db8:1::/48", 1), ("2001:db8::/32", PROVIDER_WEIGHT))),
        ("2001:db8:1:ffff::3", (("2001:db8:1::/48", 1), ("2001:db8::/32", PROVIDER_WEIGHT))),
        ("fe80::1%eth0", (("fe80::/48", 1), ("fe80::/32", PROVIDER_WEIGHT))),
        ("", NOWHERE),
        ("nonsense", NOWHERE),
    ],
)
def test_what_counts_for_an_address(host: str, expected: tuple[tuple[str, int], ...]) -> None:
    """An IPv4 address counts by itself, on loopback too; an IPv6 one by its /48 and its /32."""
    assert Sources().of(host) == expected


def test_a_shared_network_counts_as_one_with_its_weight() -> None:
    """The narrowest one that holds the address is meant; others are not changed."""
    sources = Sources([(ip_network("10.0.0.0/8"), 100), (ip_network("10.1.0.0/16"), 7)])
    assert sources.of("10.1.2.3") == (("10.1.0.0/16", 7),)
    assert sources.of("10.2.2.3") == sources.of("::ffff:10.9.9.9") == (("10.0.0.0/8", 100),)
    assert sources.of("11.0.0.1") == (("11.0.0.1", 1),)


def test_a_shared_network_of_ipv6_does_not_count_for_its_provider() -> None:
    """What the operator has sized is not bounded a second time."""
    sources = Sources([(ip_network("2001:db8:1::/48"), 20)])
    assert sources.of("2001:db8:1::5") == (("2001:db8:1::/48", 20),)
    assert ("2001:db8::/32", PROVIDER_WEIGHT) in sources.of("2001:db8:2::5")

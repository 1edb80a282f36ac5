"""Sets of networks that are asked for addresses."""

from ipaddress import IPv4Network, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.rendezvous.networks import Networks, network_of, written

FOURS = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
    lambda each: IPv4Network(each, strict=False)
)
SIXES = st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(
    lambda each: IPv6Network(each, strict=False)
)


def hosts(networks: list[IPv4Network | IPv6Network]) -> list[str]:
    """Addresses at and beside the ends of each network."""
    found = []
    for network in networks:
        for number in (
            int(network[0]) - 1,
            int(network[0]),
            int(network[-1]),
            int(network[-1]) + 1,
        ):
            if 0 <= number < 2**network.max_prefixlen:
                kind = type(network.network_address)
                found.append(str(kind(number)))
    return found


@given(st.lists(FOURS | SIXES, max_size=8), st.lists(FOURS | SIXES, max_size=4))
def test_they_cover_what_one_of_them_has(
    networks: list[IPv4Network | IPv6Network], removed: list[IPv4Network | IPv6Network]
) -> None:
    """As if each were asked by itself, at its ends and one beside them, also after some went."""
    held = Networks([*networks, *removed])
    for each in removed:
        held.remove(each)
    left = [each for each in networks if each not in removed]
    for host in hosts([*networks, *removed]):
        address = ip_address(host)
        mapped = getattr(address, "ipv4_mapped", None) or address
        assert held.cover(host) == any(mapped in each for each in left), host
    assert len(held) == len(set(left))


@pytest.mark.parametrize("host", ["192.0.2.7", "::ffff:192.0.2.7", "::ffff:c000:207"])
def test_every_spelling_of_an_address(host: str) -> None:
    """An IPv4 address that comes through an IPv6 socket is the same."""
    assert Networks([network_of("192.0.2.0/24")]).cover(host)
    assert not Networks([network_of("192.0.3.0/24")]).cover(host)


def test_a_zone_is_passed_over() -> None:
    """It is part of no network."""
    assert Networks([network_of("fe80::/10")]).cover("fe80::1%eth0")


@pytest.mark.parametrize("host", ["", "localhost", "1.2.3", "192.0.2.7/24"])
def test_what_is_no_address_is_in_none(host: str) -> None:
    """Not even in the network of all."""
    assert not Networks([network_of("0.0.0.0/0"), network_of("::/0")]).cover(host)


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1/32", "192.0.2.1"),
        ("2001:DB8:0::/48", "2001:db8::/48"),
        ("2001:db8::1/128", "2001:db8::1"),
    ],
)
def test_one_way_to_write_them(text: str, one: str) -> None:
    """Whatever was typed, so that it can be found again."""
    assert written(network_of(text)) == one


@pytest.mark.parametrize("text", ["192.0.2.1/24", "192.0.2.0/33", "here", ""])
def test_what_is_no_network(text: str) -> None:
    """Bits behind the prefix are a slip, and nothing is guessed."""
    with pytest.raises(ValueError):  # noqa: PT011
        network_of(text)

"""How addresses are read, and which are what."""

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatd.addresses import Kind, canonical, kind, parse, source
from chatd.wire.place import ipv4_bytes

BY_KIND = {
    Kind.LOOPBACK: "127.0.0.1 127.1.2.3 127.255.255.255 ::1 ::ffff:127.0.0.1 ::FFFF:7f00:1 "
    "0:0:0:0:0:0:0:1 0:0:0:0:0:ffff:7f00:0001",
    Kind.LINK_LOCAL: "169.254.0.1 169.254.169.254 ::ffff:169.254.169.254 fe80::1 febf::1",
    Kind.PRIVATE: "10.0.0.0 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 "
    "100.127.255.255 fc00::1 fdff::1 ::ffff:192.168.1.1",
    Kind.GLOBAL: "8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 11.0.0.0 "
    "126.255.255.255 128.0.0.0 169.253.0.1 192.167.0.1 223.255.255.255 2a00:1450::1 "
    "2606:4700::1111 2001:200::1 ::ffff:8.8.8.8",
    Kind.UNUSABLE: "0.0.0.0 0.1.2.3 224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255 192.0.0.1 "
    "192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 198.19.255.255 192.88.99.1 :: ff02::1 ff0e::1 "
    "2001:db8::1 3fff::1 2002:7f00:1::1 2001::1 2001:10::1 fec0::1 feff::1 ::7f00:1 ::127.0.0.1 "
    "::8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 4000::1 ::ffff:0.0.0.0 "
    "::ffff:224.0.0.1 100.100.100.200 168.63.129.16 fd00:ec2::254 fd20:ce::254",
}
SPELLINGS = [(spelling, where) for where, row in BY_KIND.items() for spelling in row.split()]

NOT_ADDRESSES = [
    "",
    " ",
    "127.1",
    "127",
    "2130706433",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "127.0.0.01",
    "127.0.0.1 ",
    " 127.0.0.1",
    "127.0.0.1\n",
    "127.0.0.1.",
    "127.0.0.1/8",
    "127.0.0.256",
    "١٢٧.0.0.1",
    "[::1]",
    "::1%lo",
    "fe80::1%eth0",
    "::ffff:127.1",
    "1::2::3",
    "localhost",
    "example.org",
    "\0",
    "0" * 46,
    "1" * 100_000,
]

addresses = st.ip_addresses().map(str)
untimed = settings(deadline=None)


# -- spelling


@pytest.mark.parametrize("text", NOT_ADDRESSES, ids=lambda text: ascii(text)[:24])
def test_only_addresses_are_read(text: str) -> None:
    """Short, octal, hexadecimal, scoped and padded forms are refused, and never quoted."""
    for read in [parse, canonical, kind]:
        with pytest.raises(ValueError, match=r"^not an IP address$"):
            read(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("::FFFF:8.8.8.8", "8.8.8.8"),
        ("0:0:0:0:0:ffff:0808:0808", "8.8.8.8"),
        ("2A00:1450:0:0::0001", "2a00:1450::1"),
        ("0000:0000:0000:0000:0000:ffff:255.255.255.255", "255.255.255.255"),
    ],
)
def test_every_spelling_has_one_form(text: str, shown: str) -> None:
    """Two spellings of an address, mapped or not, are the same text once read."""
    assert canonical(text) == shown


@given(st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){2,4}|[0-9.+ _-]{0,16}", fullmatch=True))
def test_the_short_way_reads_what_the_long_one_does(text: str) -> None:
    """IPv4 addresses, and nothing else, need no other spelling."""
    try:
        expected = ip_address(text).packed
    except ValueError:
        expected = None
    assert ipv4_bytes(text) == expected


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("2a00:1:2:3::1", "2a00:1:2:3::/64"),
        ("2a00:1:2:3:ffff:ffff:ffff:ffff", "2a00:1:2:3::/64"),
        ("2a00:1:2:4::1", "2a00:1:2:4::/64"),
    ],
)
def test_a_source_is_an_ipv4_address_or_a_network_of_ipv6(text: str, counted: str) -> None:
    """One customer is given a /64, so that it counts as one."""
    assert source(text) == counted


@untimed
@given(addresses)
def test_reading_is_stable(text: str) -> None:
    """What was read once reads as itself, and has the same kind."""
    assert canonical(canonical(text)) == canonical(text)
    assert kind(canonical(text)) is kind(text)


@untimed
@given(st.ip_addresses(v=4))
def test_mapped_addresses_are_what_they_map(address: IPv4Address) -> None:
    """An IPv4 address inside an IPv6 one is the IPv4 address."""
    assert parse(f"::ffff:{address}") == address


@untimed
@given(st.text(max_size=50))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Reading a text gives an address or a ValueError, nothing else."""
    try:
        address = parse(text)
    except ValueError:
        return
    assert ip_address(str(address)) == address


# -- kinds


@pytest.mark.parametrize(("text", "where"), SPELLINGS)
def test_kind(text: str, where: Kind) -> None:
    """Every special address is known by its kind, in every spelling."""
    assert kind(text) is where


@untimed
@given(addresses)
def test_global_is_global_to_python_too(text: str) -> None:
    """No address is global here that Python's own tables call anything else."""
    if kind(text) is Kind.GLOBAL:
        assert parse(text).is_global
        assert not parse(text).is_multicast

"""Which addresses are what, which are passed on, and which are dialled."""

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatd import limits
from chatd.addresses import (
    Candidate,
    Kind,
    canonical,
    dialable,
    introducible,
    kind,
    parse,
    passes_locals,
    source,
)

ONE, OTHER = "8.8.8.8", "9.9.9.9"
SIX, OTHER_SIX = "2a00:1450::1", "2606:4700::1"
LISTENING = ("192.168.1.2", 4000)

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


# -- the server's rules


@pytest.mark.parametrize(
    ("one", "other", "passes"),
    [
        (ONE, ONE, True),
        (ONE, f"::ffff:{ONE}", True),
        (ONE, OTHER, False),
        (SIX, SIX.upper(), True),
        (SIX, OTHER_SIX, False),
        (SIX, ONE, False),
        ("192.168.1.2", "192.168.1.3", True),
        ("192.168.1.2", "10.0.0.1", True),
        ("100.64.0.1", "100.64.0.2", True),
        ("127.0.0.1", "::1", True),
        ("127.0.0.1", "192.168.1.2", True),
        ("192.168.1.2", ONE, False),
        ("127.0.0.1", ONE, False),
        ("fe80::1", "fe80::2", True),
    ],
)
def test_local_addresses_are_passed_on_within_a_network(one: str, other: str, passes: bool) -> None:
    """The server passes local addresses on if it sees equal addresses or none that is global."""
    assert passes_locals(one, other) is passes
    assert passes_locals(other, one) is passes


LOCAL = [("192.168.1.2", 4000), ("127.0.0.1", 4000), ("::1", 4000), (SIX, 4000)]


def test_loopback_is_introduced_only_on_loopback() -> None:
    """Loopback candidates go only between two people whom the server sees on loopback."""
    assert introducible(LOCAL, "127.0.0.1", "::1") == LOCAL
    without = [LOCAL[0], LOCAL[3]]
    assert introducible(LOCAL, "127.0.0.1", "192.168.1.3") == without
    assert introducible(LOCAL, "192.168.1.3", "127.0.0.1") == without
    assert introducible(LOCAL, ONE, ONE) == without


def test_nothing_local_is_introduced_across_networks() -> None:
    """Two people behind different global addresses learn nothing of their private ones."""
    assert introducible(LOCAL[:3], ONE, OTHER) == []
    assert introducible(LOCAL[:3], "192.168.1.2", OTHER) == []


@pytest.mark.parametrize("theirs", [ONE, OTHER, SIX, "192.168.1.3", "127.0.0.1"])
def test_global_addresses_are_always_introduced(theirs: str) -> None:
    """Whoever the server sees at an IPv4 address may be reached at an IPv6 address."""
    own = [(SIX, 4000), (OTHER_SIX, 4000), (OTHER, 4000)]
    assert introducible(own, ONE, theirs) == own


def test_only_addresses_are_introduced() -> None:
    """The server passes on no candidate that is not an address, nor loopback in disguise."""
    offered = [("evil.example", 1), ("::ffff:127.0.0.1", 2), ("fe80::1%eth0", 3), ("10.0.0.1", 4)]
    assert introducible(offered, ONE, ONE) == [("10.0.0.1", 4)]


# -- the client's rules


def dialled(
    *candidates: Candidate,
    theirs: Candidate | None = (OTHER, 7000),
    mine: str = ONE,
    server_is_loopback: bool = False,
) -> list[Candidate]:
    """What is dialled of `candidates`, without the observed one."""
    dial, refused = dialable(
        candidates,
        server_is_loopback=server_is_loopback,
        mine=mine,
        theirs=theirs,
        own=[LISTENING],
    )
    assert all(reason for _, reason in refused)
    return [candidate for candidate in dial if candidate != theirs]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_is_dialled_only_beside_the_server(host: str) -> None:
    """A loopback candidate is dialled only if the link to the server is on loopback."""
    assert dialled((host, 5000), server_is_loopback=True, mine="127.0.0.1") == [(host, 5000)]
    assert dialled((host, 5000), mine="127.0.0.1") == []
    assert dialled((f"::ffff:{host}" if "." in host else host, 5000), mine=OTHER) == []


@pytest.mark.parametrize("host", ["192.168.1.3", "10.0.0.1", "100.64.0.1", "fd00::1"])
def test_private_is_dialled_only_within_the_network(host: str) -> None:
    """A private candidate needs equal observed addresses, or one of ours that is not global."""
    there = (host, 5000)
    assert dialled(there, mine=ONE, theirs=(OTHER, 1)) == []
    assert dialled(there, mine=ONE, theirs=None) == []
    assert dialled(there, mine=ONE, theirs=(f"::ffff:{ONE}", 1))[0] == there
    assert there in dialled(there, mine="192.168.1.2", theirs=(OTHER, 1))
    assert there in dialled(there, mine="127.0.0.1", theirs=None)


@pytest.mark.parametrize("mine", ["", "0.0.0.0", "localhost", "224.0.0.1", "2001:db8::1"])
def test_a_senseless_own_address_opens_nothing(mine: str) -> None:
    """A server that says nonsense about my address does not get private ones dialled."""
    assert dialled(("192.168.1.3", 5000), mine=mine) == []
    assert dialled(("192.168.1.3", 5000), mine=mine, theirs=(mine, 5000)) == []


@pytest.mark.parametrize(
    "host", f"{BY_KIND[Kind.LINK_LOCAL]} {BY_KIND[Kind.UNUSABLE]}".split() + NOT_ADDRESSES
)
def test_some_addresses_are_never_dialled(host: str) -> None:
    """Link-local, metadata, multicast, unspecified and unreadable hosts are never dialled."""
    for theirs in [None, (host, 5000)]:
        dial, refused = dialable(
            [(host, 5000)], server_is_loopback=True, mine="10.0.0.1", theirs=theirs, own=[]
        )
        assert dial == []
        assert len(refused) == 1


def test_a_third_party_is_not_dialled() -> None:
    """Where the server sees a global IPv4 address, no other global IPv4 address is dialled."""
    assert dialled(("1.1.1.1", 25), (OTHER, 25), (OTHER_SIX, 25)) == [(OTHER, 25), (OTHER_SIX, 25)]
    assert dialled((f"::ffff:{OTHER}", 25), ("::ffff:1.1.1.1", 25)) == [(OTHER, 25)]


@pytest.mark.parametrize("theirs", [None, (OTHER_SIX, 7000), ("192.168.1.3", 7000)])
def test_another_global_address_is_dialled_where_none_was_seen(theirs: Candidate | None) -> None:
    """Where the server sees no global IPv4 address, one that the other offers is dialled."""
    assert dialled(("1.1.1.1", 25), theirs=theirs, mine=SIX) == [("1.1.1.1", 25)]


def test_one_does_not_dial_oneself() -> None:
    """My own listener is refused in every spelling, and on loopback by its port alone."""
    assert dialled(LISTENING, ("::ffff:192.168.1.2", 4000), mine="192.168.1.2") == []
    assert dialled(("127.0.0.9", 4000), ("::1", 4000), server_is_loopback=True) == []
    other_port = ("192.168.1.2", 4001)
    assert dialled(other_port, mine="192.168.1.2") == [other_port]


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_ports_are_ports(port: int) -> None:
    """A port that does not exist is refused; the first and the last are dialled."""
    assert dialled((OTHER, port)) == []
    assert dialled((OTHER, 1), (OTHER, 65535)) == [(OTHER, 1), (OTHER, 65535)]


def test_the_observed_address_comes_last_and_once() -> None:
    """The other's observed address is added to the end, however it was offered before."""
    offered = [(f"::ffff:{OTHER}", 7000), (OTHER_SIX, 1), (OTHER, 2), (OTHER_SIX.upper(), 1)]
    dial, refused = dialable(
        offered, server_is_loopback=False, mine=ONE, theirs=(OTHER, 7000), own=[]
    )
    assert dial == [(OTHER_SIX, 1), (OTHER, 2), (OTHER, 7000)]
    assert refused == []


@pytest.mark.parametrize(
    ("theirs", "reason"),
    [
        (("127.0.0.1", 22), "on loopback, unlike the server"),
        (("192.168.1.3", 22), "private, in another network than ours"),
        (("169.254.169.254", 80), "link-local"),
        (("0.0.0.0", 80), "not an address of one machine on the internet"),
        (("localhost", 80), "not an IP address"),
        ((OTHER, 0), "not a port"),
        ((ONE, 9), "this chat itself listens there"),
    ],
)
def test_the_observed_address_keeps_to_the_rules(theirs: Candidate, reason: str) -> None:
    """What the server calls observed is refused like any other candidate, with the reason."""
    result = dialable([], server_is_loopback=False, mine=ONE, theirs=theirs, own=[(ONE, 9)])
    assert result == ([], [(theirs, reason)])


def test_candidates_are_limited() -> None:
    """At most eight are dialled, the observed one among them; the rest are reported."""
    many = [(OTHER_SIX, port) for port in range(1, limits.CANDIDATES + 2)]
    assert dialled(*many[:-1], theirs=None) == many[:-1]
    assert dialled(*many, theirs=None) == many[:-1]
    assert dialled(*many, theirs=("127.0.0.1", 1)) == many[:-1]
    dial, refused = dialable(many, server_is_loopback=False, mine=ONE, theirs=(OTHER, 7000), own=[])
    assert dial == [*many[:-2], (OTHER, 7000)]
    assert refused == [(each, "one of more than 8") for each in many[-2:]]


def test_reasons_are_safe_to_show() -> None:
    """A host that is no address comes back without anything that a terminal acts on."""
    _, refused = dialable(
        [("\x1b[2J" + "x" * 100, 1)], server_is_loopback=False, mine=ONE, theirs=None, own=[]
    )
    [((host, port), reason)] = refused
    assert host.startswith("␛[2Jxxx")
    assert len(host) == 45
    assert (port, reason) == (1, "not an IP address")


hosts = st.one_of(
    addresses,
    st.ip_addresses(v=4).map("::ffff:{}".format),
    st.sampled_from([spelling for spelling, _ in SPELLINGS]),
    st.sampled_from(NOT_ADDRESSES),
)
candidates = st.tuples(hosts, st.integers(-1, 65536))


@untimed
@given(
    st.lists(candidates, max_size=12),
    st.booleans(),
    hosts,
    st.none() | candidates,
    st.lists(candidates, max_size=3),
)
def test_whatever_comes_keeps_to_the_rules(
    offered: list[Candidate],
    server_is_loopback: bool,
    mine: str,
    theirs: Candidate | None,
    own: list[Candidate],
) -> None:
    """For any input, what is dialled is canonical, bounded, and of a kind that is allowed."""
    dial, refused = dialable(
        offered, server_is_loopback=server_is_loopback, mine=mine, theirs=theirs, own=own
    )
    everything = [*dial, *(candidate for candidate, _ in refused)]
    assert len(everything) == len(set(everything))
    assert len(dial) <= limits.CANDIDATES
    kinds = {kind(host) for host, _ in dial}
    assert not kinds & {Kind.LINK_LOCAL, Kind.UNUSABLE}
    assert server_is_loopback or Kind.LOOPBACK not in kinds
    assert all(canonical(host) == host and 1 <= port <= 65535 for host, port in dial)
    assert not set(dial) & set(own)

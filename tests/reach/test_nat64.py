"""IPv4 through a network that has IPv6 alone: prefixes, and that none is a way around a rule."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import Network

from chatd import limits
from chatd.engine.environment import Environment, Settings
from chatd.engine.gathering import OnTheInternet, ServerView
from chatd.peer.search import Plan
from chatd.peer.shared_port import Ports
from chatd.reach.nat64 import Nat64, embedded, prefixes, synthesized
from chatd.reach.relay_rules import RelayRules
from chatd.wire.server import Go

LENGTHS = [32, 40, 48, 56, 64, 96]
TABLE = [
    ("2001:db8::/32", "2001:db8:c000:221::"),
    ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
    ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
    ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
    ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
    ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
    ("64:ff9b::/96", "64:ff9b::192.0.2.33"),
]
"""RFC 6052, section 2.4, for 192.0.2.33."""
WELL_KNOWN = IPv6Network("64:ff9b::/96")
FAR = "2a0f:64:1:200::"


def network(length: int, address: str = FAR) -> IPv6Network:
    """The prefix of this length."""
    return IPv6Network((address, length), strict=False)


def answers(prefix: IPv6Network) -> list[str]:
    """What a name server of a network with this prefix says of `ipv4only.arpa`."""
    return [str(synthesized(prefix, IPv4Address(f"192.0.0.{n}"))) for n in (170, 171)]


@pytest.mark.parametrize(("prefix", "address"), TABLE)
def test_the_table_of_the_standard(prefix: str, address: str) -> None:
    """In both directions."""
    plain = IPv4Address("192.0.2.33")
    assert synthesized(IPv6Network(prefix), plain) == IPv6Address(address)
    assert embedded(IPv6Network(prefix), IPv6Address(address)) == plain


@given(st.ip_addresses(v=4), st.sampled_from(LENGTHS))
def test_there_and_back(address: IPv4Address, length: int) -> None:
    """No bit is lost, the byte that is 0 stays so, and the address is under the prefix."""
    prefix = network(length)
    made = synthesized(prefix, address)
    assert made in prefix
    assert made.packed[8] == 0
    assert embedded(prefix, made) == address


@pytest.mark.parametrize("length", LENGTHS)
def test_a_prefix_is_found(length: int) -> None:
    """By either address or both, of every length."""
    prefix = network(length)
    both = answers(prefix)
    for said in (both, both[::-1], both[:1], both[1:]):
        assert prefixes(said, []) == (prefix,)


def test_the_prefixes_that_any_network_may_have() -> None:
    """The well-known one, and one under that for local use."""
    for prefix in (WELL_KNOWN, IPv6Network("64:ff9b:1:7::/96")):
        assert prefixes(answers(prefix), ["10.0.0.1", "2a0f:1::5"]) == (prefix,)


def test_several_prefixes() -> None:
    """In the order in which they are said, and a few at most."""
    wanted = [network(96, f"2a0f:64:{n}::") for n in range(limits.NAT64_PREFIXES + 1)]
    said = [each for prefix in wanted for each in answers(prefix)]
    assert prefixes(said, []) == tuple(wanted[: limits.NAT64_PREFIXES])


def test_no_more_is_looked_at_than_the_limit() -> None:
    """What comes behind is as good as not said."""
    nothing, wanted = ["2a0f::1"], answers(network(96))[:1]
    assert prefixes(nothing * (limits.NAT64_ANSWERS - 1) + wanted, []) == (network(96),)
    assert prefixes(nothing * limits.NAT64_ANSWERS + wanted, []) == ()


def test_an_answer_that_could_be_several() -> None:
    """It counts only where an answer with the other address says which."""
    two_ways = "2a0f:64:c000:aa::c000:aa"
    assert prefixes([two_ways], []) == ()
    assert prefixes([two_ways, "2a0f:64:c000:aa::c000:ab"], []) == (
        IPv6Network("2a0f:64:c000:aa::/96"),
    )
    assert prefixes([two_ways, "2a0f:64:c000:ab::"], []) == (IPv6Network("2a0f:64::/32"),)


@pytest.mark.parametrize(
    "said",
    [
        "192.0.0.170",
        "2a0f::1",
        "nonsense",
        "",
        "::ffff:192.0.0.170",
        "fe80::192.0.0.170%eth0",
        "x" * 1000,
    ],
)
def test_what_says_nothing(said: str) -> None:
    """No prefix follows from it."""
    assert prefixes([said], []) == ()


@pytest.mark.parametrize(
    "prefix",
    [
        "::/96",
        "::ffff:0:0/96",
        "fd00:1::/96",
        "fe80::/96",
        "fe80::/64",
        "ff02::/96",
        "2001:db8::/96",
        "2001::/32",
        "2002:7f00:1::/48",
        "64:ff9a::/96",
        "64:ff9b:2::/96",
        "2a0f:1:2:3::/64",
        "2a0f:1:2:3::/96",
        "2a0f:1:2:300::/56",
        "2a0f:1:2::/48",
        "2a0f:1::/32",
    ],
)
def test_a_prefix_that_leads_near_is_none(prefix: str) -> None:
    """To this machine, its networks, or where nobody may be dialled."""
    own = ["192.168.1.2", "fe80::1", "2a0f:1:2:3:4:5:6:7", "2a0f:1:2:301::1"]
    assert prefixes(answers(IPv6Network(prefix)), own) == ()


@given(st.lists(st.ip_addresses(v=6).map(str), max_size=30), st.lists(st.ip_addresses().map(str)))
def test_whatever_is_said(said: list[str], own: list[str]) -> None:
    """It comes to a few usable prefixes, or to none."""
    found = prefixes(said, own)
    assert len(found) <= limits.NAT64_PREFIXES
    assert all(prefix.prefixlen in LENGTHS for prefix in found)


@pytest.mark.parametrize("length", LENGTHS)
def test_both_forms_of_an_address(length: int) -> None:
    """A global one is dialled under the prefix; what is under it is judged as what it leads to."""
    nat64 = Nat64([network(length), WELL_KNOWN])
    dialled = nat64.reached("44.0.2.1")
    assert IPv6Address(dialled) in network(length)
    assert nat64.plain(dialled) == "44.0.2.1"
    assert nat64.plain("64:ff9b::127.0.0.1") == "127.0.0.1"
    for host in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "2a0f::1", "nonsense", "192.0.2.1"):
        assert nat64.reached(host) == host
    for host in ("44.0.2.1", "2a0f::1", "nonsense", "fe80::1%eth0"):
        assert nat64.plain(host) == host


def test_without_a_prefix_everything_stays_as_it_is() -> None:
    """As on a machine with IPv4."""
    nat64 = Nat64()
    assert nat64.reached("44.0.2.1") == "44.0.2.1"
    assert nat64.plain("64:ff9b::44.0.2.1") == "64:ff9b::44.0.2.1"


def test_another_network() -> None:
    """What was known is forgotten, and what was asked in the one before is no answer."""
    nat64, asked = Nat64([WELL_KNOWN]), []
    nat64.ask = lambda: asked.append(nat64.round)
    nat64.changed()
    assert (nat64.prefixes, asked) == ((), [1])
    nat64.learn([WELL_KNOWN], 0)
    assert nat64.prefixes == ()
    nat64.learn([WELL_KNOWN], 1)
    assert nat64.prefixes == (WELL_KNOWN,)


def plan(nat64: Nat64, observed: list[str], local: list[str]) -> Plan:
    """What a client on this network dials, whose server names these addresses of somebody."""
    machine = Network(seed=1).host("2a0f:1::5")
    world = Environment(
        machine,
        bytes,
        addresses=lambda: ["2a0f:1::5"],
        free_port=machine.free_port,
        nat64=nat64,
    )
    view = ServerView(bytes(33), "64:ff9b::44.0.0.1", lambda: ["44.0.1.1"], 0)
    ports = Ports(world.reactor, world.free_port)
    where = OnTheInternet(Settings("s", lambda port: None), world, view, ports)  # type: ignore[arg-type]
    go = Go(
        bytes(16),
        "bob",
        bytes(33),
        b"",
        [(host, 4000) for host in observed],
        [(host, 4000) for host in local],
        None,
    )
    try:
        return where.plan(go)
    finally:
        where.listener.close()


def test_somebody_with_ipv4_is_dialled_through_the_prefix() -> None:
    """Also at the address that the server sees, again and again."""
    made = plan(Nat64([WELL_KNOWN]), ["44.0.2.1"], [])
    assert made.candidates == [("64:ff9b::2c00:201", 4000)]
    assert made.retried == made.candidates


@pytest.mark.parametrize("length", [*LENGTHS, 0])
@pytest.mark.parametrize(
    "hidden",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
    ],
)
def test_a_prefix_is_no_way_around_the_rules(length: int, hidden: str) -> None:
    """What would be refused as it is is refused under a prefix too, whoever names it: a person, a
    server that lies about where it has seen them, or one that names a relay."""
    prefix = network(length) if length else WELL_KNOWN
    nat64 = Nat64([prefix])
    host = str(synthesized(prefix, IPv4Address(hidden)))
    for observed, local in (([host], []), (["44.0.2.1"], [host]), ([host], [host])):
        made = plan(nat64, observed, local)
        assert {nat64.plain(where) for where, _ in made.candidates} <= {"44.0.2.1"}
        assert hidden in {where for (where, _), _ in made.refused}
    rules = RelayRules("64:ff9b::44.0.0.1", nat64)
    assert not rules.may_dial(host)
    assert not rules.may_lead_to(host)


def test_a_third_party_under_a_prefix_is_one() -> None:
    """It is dialled only where the server has seen the other person, as without a prefix."""
    made = plan(Nat64([WELL_KNOWN]), ["44.0.2.1"], ["64:ff9b::44.0.9.9", "44.0.9.9"])
    assert [host for host, _ in made.candidates] == ["64:ff9b::2c00:201"]
    assert made.refused == [(("44.0.9.9", 4000), "not where the server has seen them")]


def test_a_prefix_of_others_stays_unusable() -> None:
    """One that is not this network's leads nowhere that we know."""
    for nat64 in (Nat64(), Nat64([network(96)])):
        assert plan(nat64, ["64:ff9b::44.0.2.1"], []).candidates == []


def test_a_relay_through_a_prefix() -> None:
    """A public one is dialled, by its address or as its name leads there."""
    rules = RelayRules("64:ff9b::44.0.0.1", Nat64([WELL_KNOWN]))
    assert rules.may_dial("44.0.3.1")
    assert rules.may_lead_to("64:ff9b::44.0.3.1")
    assert not RelayRules("44.0.0.1").may_lead_to("64:ff9b::44.0.3.1")

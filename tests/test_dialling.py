"""Which addresses are passed on, and which are dialled (protocol, "Addresses")."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_addresses import BY_KIND, NOT_ADDRESSES, SPELLINGS

from chatd import limits
from chatd.addresses import Candidate, Kind, canonical, kind, kind_if_any
from chatd.dialling import at_one_address, dialable, introducible, offered, seen_there

ONE, OTHER = "8.8.8.8", "9.9.9.9"
SIX, NEIGHBOUR, OTHER_SIX = "2a00:1450::1", "2a00:1450::2", "2606:4700::1"
LISTENING = ("192.168.1.2", 4000)
untimed = settings(deadline=None)
addresses = st.ip_addresses().map(str)


# -- the server's rules


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ([ONE], [ONE], True),
        ([ONE], [f"::ffff:{ONE}"], True),
        ([ONE], [OTHER], False),
        ([SIX], [SIX.upper()], True),
        ([SIX], [NEIGHBOUR], False),
        ([SIX, ONE], [OTHER_SIX, ONE], True),
        ([SIX, ONE], [OTHER], False),
        (["192.168.1.2"], ["192.168.1.3"], False),
        (["192.168.1.2"], ["192.168.1.2"], True),
        (["127.0.0.1"], ["::1"], True),
        (["127.0.0.1"], ["192.168.1.2"], False),
        ([], [ONE], False),
        ([], [], False),
    ],
)
def test_who_is_at_one_address(one: list[str], other: list[str], together: bool) -> None:
    """In whatever family and spelling; all who are on the server's machine are."""
    assert at_one_address(one, other) is together
    assert at_one_address(other, one) is together


LOCAL = [("192.168.1.2", 4000), ("127.0.0.1", 4000), ("::1", 4000), (SIX, 4000)]


def test_loopback_is_introduced_only_on_loopback() -> None:
    """Loopback candidates go only between two people whom the server sees on loopback."""
    assert introducible(LOCAL[1:3], ["127.0.0.1"], ["::1"]) == LOCAL[1:3]
    for one, other in (("127.0.0.1", "192.168.1.3"), ("192.168.1.3", "127.0.0.1"), (ONE, ONE)):
        assert introducible(LOCAL[1:3], [one], [other]) == []


def test_private_addresses_are_introduced_to_whoever_is_at_the_same_address() -> None:
    """And to nobody else, the server's own network included: it has seen each of them there."""
    assert introducible(LOCAL[:1], [ONE], [ONE]) == LOCAL[:1]
    assert introducible(LOCAL[:1], [SIX, ONE], [OTHER_SIX, ONE]) == LOCAL[:1]
    for one, other in ((ONE, OTHER), ("192.168.1.2", OTHER), ("192.168.1.2", "192.168.1.3")):
        assert introducible(LOCAL[:1], [one], [other]) == []


def test_one_port_of_two_private_addresses_is_introduced() -> None:
    """Whoever names more does so in vain, or a network could be searched through others."""
    many = [(f"10.0.0.{number}", 4000) for number in range(1, 9)]
    assert introducible(many, [ONE], [ONE]) == many[:2]
    ports = [("10.0.0.1", port) for port in range(1, 9)]
    assert introducible(ports, [ONE], [ONE]) == ports[:1]
    assert introducible([*ports[:2], ("10.0.0.2", 1)], [ONE], [ONE]) == [ports[0], ("10.0.0.2", 1)]


@pytest.mark.parametrize("theirs", [ONE, OTHER, SIX, "192.168.1.3", "127.0.0.1"])
def test_global_addresses_are_introduced_where_their_owner_was_seen(theirs: str) -> None:
    """Of IPv6 the whole /64; nobody else's, whoever is told of it."""
    own = [(SIX, 4000), (NEIGHBOUR, 1), (OTHER_SIX, 4000), (ONE, 80), (OTHER, 4000)]
    assert introducible(own, [ONE], [theirs]) == [(ONE, 80)]
    assert introducible(own, [SIX], [theirs]) == own[:2]
    assert introducible(own, [SIX, ONE], [theirs]) == [*own[:2], (ONE, 80)]
    assert introducible(own, [], [theirs]) == []


def test_only_addresses_are_introduced() -> None:
    """The server passes on no candidate that is not an address, nor loopback in disguise."""
    given = [("evil.example", 1), ("::ffff:127.0.0.1", 2), ("fe80::1", 3), ("10.0.0.1", 4)]
    assert introducible(given, [ONE], [ONE]) == [("10.0.0.1", 4)]


# -- what a client offers


def test_the_address_that_leads_to_the_server_comes_first() -> None:
    """Of the private ones no more are offered than are passed on, and all global ones."""
    mine = ["10.1.0.1", "10.2.0.1", SIX, "192.168.1.2", "127.0.0.1", "fe80::1", ONE]
    ports = {"server_is_loopback": False, "first": "192.168.1.2"}
    hosts = [host for host, _ in offered(mine, 4000, **ports)]  # type: ignore[arg-type]
    assert hosts == ["192.168.1.2", "10.1.0.1", SIX, ONE]
    there = offered(["127.0.0.1", "::1", ONE], 4000, server_is_loopback=True, first="::1")
    assert there == [("::1", 4000), ("127.0.0.1", 4000), (ONE, 4000)]


def test_what_is_offered_is_bounded() -> None:
    """However many addresses a machine has."""
    many = [f"2a00:1450::{number}" for number in range(1, 20)]
    assert len(offered(many, 4000, server_is_loopback=False)) == limits.CANDIDATES


# -- the client's rules


def dialled(
    *candidates: Candidate,
    theirs: tuple[Candidate, ...] = ((OTHER, 7000),),
    mine: tuple[str, ...] = (ONE,),
    server_is_loopback: bool = False,
) -> list[Candidate]:
    """What is dialled of `candidates`, without the observed ones."""
    dial, refused = dialable(
        candidates,
        server_is_loopback=server_is_loopback,
        mine=mine,
        theirs=theirs,
        own=[LISTENING],
    )
    assert all(reason for _, reason in refused)
    return [candidate for candidate in dial if candidate not in theirs]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_is_dialled_only_beside_the_server(host: str) -> None:
    """A loopback candidate is dialled only if the link to the server is on loopback, and only of
    somebody whom the server sees there too."""
    there = (host, 5000)
    on_loopback = {"mine": ("127.0.0.1",), "theirs": (("127.0.0.1", 1),)}
    assert dialled(there, server_is_loopback=True, **on_loopback) == [there]  # type: ignore[arg-type]
    assert dialled(there, **on_loopback) == []  # type: ignore[arg-type]
    assert dialled(there, server_is_loopback=True, mine=("127.0.0.1",)) == []
    assert dialled((f"::ffff:{host}" if "." in host else host, 5000), mine=(OTHER,)) == []


@pytest.mark.parametrize("host", ["192.168.1.3", "10.0.0.1", "100.64.0.1", "fd00::1"])
def test_private_is_dialled_only_behind_the_same_address(host: str) -> None:
    """A private candidate needs an address at which the server sees both."""
    there = (host, 5000)
    assert dialled(there) == []
    assert dialled(there, theirs=()) == []
    assert dialled(there, theirs=((f"::ffff:{ONE}", 1),))[0] == there
    assert dialled(there, mine=(SIX, ONE), theirs=((OTHER_SIX, 1), (ONE, 1))) == [there]
    assert dialled(there, mine=("192.168.1.2",)) == []
    assert dialled(there, mine=("127.0.0.1",), theirs=()) == []


def test_a_neighbour_is_dialled_where_a_server_within_the_network_sees_them() -> None:
    """There alone; a server that is far away and claims so is not believed."""
    there, more = ("192.168.1.3", 5000), ("192.168.1.4", 5000)
    for mine, expected in (("192.168.1.2", [there]), ("127.0.0.1", [there]), (ONE, []), ("", [])):
        dial, _ = dialable(
            [more], server_is_loopback=False, mine=[mine] if mine else [], theirs=[there], own=[]
        )
        assert dial == expected


def test_a_network_is_not_searched_through_us() -> None:
    """One port of two private addresses is dialled in an introduction, whatever a server passes
    on; the one at which the server sees them does not count."""
    here = {"theirs": ((ONE, 9),)}
    many = [(f"10.0.0.{number}", 4000) for number in range(1, 9)]
    assert dialled(*many, **here) == many[:2]  # type: ignore[arg-type]
    assert dialled(*[("10.0.0.1", port) for port in range(1, 9)], **here) == [  # type: ignore[arg-type]
        ("10.0.0.1", 1)
    ]
    mixed = [("127.0.0.1", 1), ("10.0.0.1", 1), ("::1", 1), ("10.0.0.2", 1)]
    loopback = {"mine": ("127.0.0.1",), "theirs": (("::1", 9),), "server_is_loopback": True}
    assert dialled(*mixed, **loopback) == mixed[:2]  # type: ignore[arg-type]


@pytest.mark.parametrize("mine", ["", "0.0.0.0", "localhost", "224.0.0.1", "2001:db8::1"])
def test_a_senseless_own_address_opens_nothing(mine: str) -> None:
    """A server that says nonsense about my address does not get private ones dialled."""
    assert dialled(("192.168.1.3", 5000), mine=(mine,)) == []
    dial, _ = dialable(
        [], server_is_loopback=False, mine=[mine], theirs=[("192.168.1.3", 5000)], own=[]
    )
    assert dial == []


@pytest.mark.parametrize(
    "host", f"{BY_KIND[Kind.LINK_LOCAL]} {BY_KIND[Kind.UNUSABLE]}".split() + NOT_ADDRESSES
)
def test_some_addresses_are_never_dialled(host: str) -> None:
    """Link-local, metadata, multicast, unspecified and unreadable hosts are never dialled."""
    for theirs in ([], [(host, 5000)]):
        dial, refused = dialable(
            [(host, 5000)], server_is_loopback=True, mine=["10.0.0.1"], theirs=theirs, own=[]
        )
        assert dial == []
        assert len(refused) == 1


THIRD = [("1.1.1.1", port) for port in (22, 25, 80)] + [("2001:4860::8888", 53)]


@pytest.mark.parametrize(
    "theirs",
    [(), ((OTHER, 7000),), ((OTHER_SIX, 7000),), ((OTHER, 1), (OTHER_SIX, 1)), (("10.0.0.9", 1),)],
)
@pytest.mark.parametrize("mine", [(), (ONE,), (SIX,), (ONE, SIX), ("10.0.0.1",), ("127.0.0.1",)])
def test_a_third_party_is_not_dialled(mine: tuple[str, ...], theirs: tuple[Candidate, ...]) -> None:
    """Whatever the server has seen of either side, and also where it has seen nothing."""
    assert dialled(*THIRD, mine=mine, theirs=theirs) == []


def test_they_are_dialled_where_the_server_has_seen_them() -> None:
    """At that IPv4 address and in that /64, at whatever port they say."""
    there = [(OTHER, 25), ("2606:4700::abcd", 25), (OTHER_SIX, 4000)]
    assert dialled(*there, theirs=((OTHER, 7000), (OTHER_SIX, 7000))) == there
    assert dialled(*there) == there[:1]
    assert dialled((f"::ffff:{OTHER}", 25), ("::ffff:1.1.1.1", 25)) == [(OTHER, 25)]


def test_one_does_not_dial_oneself() -> None:
    """My own listener is refused in every spelling, and on loopback by its port alone."""
    here = {"mine": (ONE,), "theirs": ((ONE, 1),)}
    assert dialled(LISTENING, ("::ffff:192.168.1.2", 4000), **here) == []  # type: ignore[arg-type]
    on_loopback = {"mine": ("::1",), "theirs": (("::1", 1),), "server_is_loopback": True}
    assert dialled(("127.0.0.9", 4000), ("::1", 4000), **on_loopback) == []  # type: ignore[arg-type]
    other_port = ("192.168.1.2", 4001)
    assert dialled(other_port, **here) == [other_port]  # type: ignore[arg-type]


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_ports_are_ports(port: int) -> None:
    """A port that does not exist is refused; the first and the last are dialled."""
    assert dialled((OTHER, port)) == []
    assert dialled((OTHER, 1), (OTHER, 65535)) == [(OTHER, 1), (OTHER, 65535)]


def test_the_observed_addresses_come_last_and_once() -> None:
    """They are added to the end, however they were offered before."""
    given = [(f"::ffff:{OTHER}", 7000), (OTHER_SIX, 1), (OTHER, 2), (OTHER_SIX.upper(), 1)]
    seen = [(OTHER, 7000), (OTHER_SIX, 9)]
    dial, refused = dialable(given, server_is_loopback=False, mine=[ONE], theirs=seen, own=[])
    assert dial == [(OTHER_SIX, 1), (OTHER, 2), *seen]
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
def test_the_observed_addresses_keep_to_the_rules(theirs: Candidate, reason: str) -> None:
    """What the server calls observed is refused like any other candidate, with the reason."""
    result = dialable([], server_is_loopback=False, mine=[ONE], theirs=[theirs], own=[(ONE, 9)])
    assert result == ([], [(theirs, reason)])


def test_candidates_are_limited() -> None:
    """At most eight are dialled, the observed ones among them; the rest are reported."""
    many = [(OTHER_SIX, port) for port in range(1, limits.CANDIDATES + 2)]
    seen = [(OTHER, 7000), (OTHER_SIX, 7000)]
    dial, refused = dialable(many, server_is_loopback=False, mine=[ONE], theirs=seen, own=[])
    assert dial == [*many[:-3], *seen]
    assert refused == [(each, "one of more than 8") for each in many[-3:]]
    bad = [*seen[1:], ("127.0.0.1", 1)]
    dial, _ = dialable(many, server_is_loopback=False, mine=[ONE], theirs=bad, own=[])
    assert dial == [*many[:-2], seen[1]]


def test_reasons_are_safe_to_show() -> None:
    """A host that is no address comes back without anything that a terminal acts on."""
    _, refused = dialable(
        [("\x1b[2J" + "x" * 100, 1)], server_is_loopback=False, mine=[ONE], theirs=[], own=[]
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
    st.lists(hosts, max_size=2),
    st.lists(candidates, max_size=2),
    st.lists(candidates, max_size=3),
)
def test_whatever_comes_keeps_to_the_rules(
    given: list[Candidate],
    server_is_loopback: bool,
    mine: list[str],
    theirs: list[Candidate],
    own: list[Candidate],
) -> None:
    """For any input, what is dialled is canonical, bounded, of a kind that is allowed, and no third
    party's."""
    dial, refused = dialable(
        given, server_is_loopback=server_is_loopback, mine=mine, theirs=theirs, own=own
    )
    everything = [*dial, *(candidate for candidate, _ in refused)]
    assert len(everything) == len(set(everything))
    assert len(dial) <= limits.CANDIDATES
    kinds = {kind(host) for host, _ in dial}
    assert not kinds & {Kind.LINK_LOCAL, Kind.UNUSABLE}
    assert server_is_loopback or Kind.LOOPBACK not in kinds
    assert all(canonical(host) == host and 1 <= port <= 65535 for host, port in dial)
    assert not set(dial) & set(own)
    seen = [host for host, _ in theirs if kind_if_any(host) is not None]
    far = [host for host, _ in dial if kind(host) is Kind.GLOBAL]
    assert all(seen_there(host, seen) for host in far)
    near = [each for each in dial if kind(each[0]) is not Kind.GLOBAL]
    unseen = [each for each in near if each[0] not in map(canonical, seen)]
    assert len(unseen) <= limits.NEAR_CANDIDATES
    assert len({port for _, port in unseen}) <= 1

"""Addresses told within a conversation: which are named, and which dialled (protocol, "Within a
conversation")."""

from typing import Any

import pytest
from test_dialling import ONE, OTHER, OTHER_SIX, SIX, THIRD

from chatd import limits
from chatd.addresses import Candidate
from chatd.retelling import Introduced, Retelling

NOW = 1000.0
LISTENING = ("192.168.1.2", 4000)
TOGETHER = [(ONE, 9)]
APART = [(OTHER, 9)]
NEAR = [(f"10.0.0.{number}", 4000) for number in range(1, 20)]
NEXT_DOOR, MOVED = "2a00:1450::77", "2a02:8109::5"


def retelling(theirs: list[Candidate], **known: Any) -> Retelling:
    """Of somebody whom the server sees at `ONE` and `SIX`, with another one seen at `theirs`."""
    told: dict[str, Any] = {
        "server_is_loopback": False,
        "mine": [ONE, SIX],
        "theirs": theirs,
        "dialled": theirs,
        "offered": [],
    }
    return Retelling(Introduced(**(told | known)), lambda: [LISTENING], NOW)


# -- what is named


def test_private_addresses_are_named_to_whoever_is_at_the_same_address() -> None:
    """As a server passes them on: two of one port."""
    assert retelling(TOGETHER).mine(NEAR, ()) == NEAR[: limits.NEAR_CANDIDATES]
    assert retelling(APART).mine(NEAR, ()) == []
    assert retelling([]).mine(NEAR, ()) == []


@pytest.mark.parametrize("theirs", [TOGETHER, APART])
def test_a_global_address_is_named_where_the_other_has_seen_it(theirs: list[Candidate]) -> None:
    """That of the server's view, and that at which a link ended; no other, such as one beside a
    VPN."""
    own = [(ONE, 1), (NEXT_DOOR, 1), (MOVED, 1), ("1.1.1.1", 1)]
    assert retelling(theirs).mine(own, ()) == own[:2]
    assert retelling(theirs).mine(own, ["2a02:8109::4", "192.168.1.2"]) == own[:3]


def test_an_end_of_a_link_in_a_network_brings_nobody_closer() -> None:
    """Of two who are in one network by chance, neither names private addresses."""
    known = retelling([("192.168.1.3", 9)])
    assert known.mine(NEAR, ["192.168.1.3"]) == []


def test_what_the_introduction_said_is_known() -> None:
    """What was offered and not passed on is not."""
    offered = [*NEAR[:3], (NEXT_DOOR, 4000), (OTHER_SIX, 4000)]
    assert retelling(TOGETHER, offered=offered).offered == [*NEAR[:2], (NEXT_DOOR, 4000)]
    assert retelling(APART, offered=offered).offered == [(NEXT_DOOR, 4000)]


# -- what is dialled


def test_other_people_are_not_dialled() -> None:
    """Nor loopback, ourselves, what is link-local, or what the cloud says of its machines."""
    hostile = [
        *THIRD,
        ("127.0.0.1", 80),
        ("::1", 80),
        ("fe80::1", 80),
        ("169.254.169.254", 80),
        ("100.100.100.200", 80),
        ("224.0.0.1", 80),
        ("localhost", 80),
        (LISTENING[0], LISTENING[1]),
        (OTHER, 0),
    ]
    for theirs in (TOGETHER, APART):
        assert retelling(theirs).theirs(hostile, [OTHER_SIX], NOW) == []


def test_they_are_dialled_where_they_were_seen() -> None:
    """By the server, or at the other end of a link, in all of a /64; private ones behind the same
    address."""
    there = [(OTHER, 5), ("2606:4700::9", 5), (NEAR[0][0], 5)]
    assert retelling(APART).theirs(there, [], NOW) == there[:1]
    assert retelling(APART).theirs(there, [OTHER_SIX], NOW) == there[:2]
    assert retelling(TOGETHER).theirs(there, [], NOW) == there[2:]
    assert retelling([]).theirs(there, [], NOW) == []


def test_what_the_introduction_named_is_not_dialled_twice() -> None:
    """It is dialled already."""
    assert retelling(APART).theirs([(OTHER, 9), (f"::ffff:{OTHER}", 9)], [], NOW) == []


def test_a_network_is_not_searched_through_us() -> None:
    """One port of eight addresses in a whole conversation, those of the introduction included."""
    known = retelling(TOGETHER, dialled=NEAR[:2])
    found = [
        each
        for start in range(0, len(NEAR), 3)
        for each in known.theirs(NEAR[start : start + 3], [], NOW)
    ]
    assert found == NEAR[2 : limits.TOLD_NEAR]
    assert known.theirs([(NEAR[0][0], 22), (NEAR[3][0], 22)], [], NOW + 10**6) == []
    assert known.theirs(NEAR[12:], [], NOW + 10**6) == []


def test_ports_are_not_searched_through_us() -> None:
    """So many at once, and one more each hour; what was dialled before is dialled again."""
    known = retelling(APART)
    found = [each for port in range(1, 65) for each in known.theirs([(OTHER, 100 + port)], [], NOW)]
    assert found == [(OTHER, 100 + port) for port in range(1, limits.TOLD_CANDIDATES + 1)]
    assert known.theirs(found[-1:], [], NOW) == found[-1:]
    assert known.theirs([(OTHER, 7)], [], NOW + limits.TOLD_SECONDS - 1) == []
    assert known.theirs([(OTHER, 7), (OTHER, 8)], [], NOW + limits.TOLD_SECONDS) == [(OTHER, 7)]

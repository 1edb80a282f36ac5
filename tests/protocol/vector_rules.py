"""The vectors of what is read and what is refused: addresses, names, lines."""

from collections.abc import Callable, Iterable
from typing import Any

from onions import OURS, THEIRS, onion
from protocol_example import ENCAPSULATED, SEEN, door_token

from chatd import limits
from chatd.addresses import canonical, kind
from chatd.channel import SecureChannel
from chatd.dialling import dialable, introducible
from chatd.errors import ChatdError
from chatd.onion import is_onion
from chatd.reach.relay_rules import RelayRules
from chatd.rendezvous import directory
from chatd.rendezvous.refusals import BadName
from chatd.retelling import Introduced, Retelling
from chatd.wire import lines
from chatd.wire.fields import is_relay_host

Candidates = list[tuple[str, int]]

READ = """
    127.0.0.1 127.255.255.255 ::1 0:0:0:0:0:0:0:1 ::ffff:127.0.0.1 ::FFFF:7f00:1
    169.254.0.1 169.254.169.254 fe80::1 febf::1
    10.0.0.0 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 100.127.255.255
    fc00::1 fdff::1 ::ffff:192.168.1.1
    8.8.8.8 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 11.0.0.0 126.255.255.255
    128.0.0.0 169.253.0.1 192.167.0.1 223.255.255.255 2a00:1450::1 2A00:1450:0:0::0001 2001:200::1
    ::ffff:8.8.8.8 0:0:0:0:0:ffff:0808:0808
    0.0.0.0 224.0.0.1 240.0.0.1 255.255.255.255 192.0.0.1 192.0.2.1 198.51.100.1 203.0.113.1
    198.18.0.1 192.88.99.1 :: ff02::1 2001:db8::1 3fff::1 2002:7f00:1::1 2001::1 fec0::1 ::7f00:1
    ::ffff:0:127.0.0.1 64:ff9b::7f00:1 100::1 4000::1 ::ffff:0.0.0.0
    100.100.100.200 168.63.129.16 fd00:ec2::254 fd20:ce::254
"""
UNREAD = {
    "": "empty",
    "127.1": "fewer than four numbers",
    "2130706433": "one number",
    "0x7f.0.0.1": "hexadecimal",
    "127.0.0.01": "a leading zero",
    "127.0.0.256": "more than 255",
    "127.0.0.1 ": "a space",
    "127.0.0.1.": "a dot at the end",
    "127.0.0.1/8": "a network",
    "١٢٧.0.0.1": "other digits",
    "[::1]": "brackets",
    "fe80::1%eth0": "a zone",
    "1::2::3": "two gaps",
    "localhost": "a name",
}


def _unread(text: str, why: str) -> dict[str, str]:
    try:
        kind(text)
    except ValueError:
        return {"address": text, "why": why}
    raise AssertionError(text)


def _dialled(why: str, candidates: Candidates, **known: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "server_is_loopback": False,
        "mine": ["8.8.8.8"],
        "theirs": [("9.9.9.9", 7000)],
        "own": [("192.168.1.2", 4000)],
    } | known
    dialled, refused = dialable(candidates, **told)
    return {
        "about": why,
        **told,
        "candidates": candidates,
        "dialled": dialled,
        "refused": [{"candidate": each, "why": reason} for each, reason in refused],
    }


def _passed_on(why: str, local: Candidates, owner: list[str], other: list[str]) -> dict[str, Any]:
    return {
        "about": why,
        "local": local,
        "owner": owner,
        "other": other,
        "passed_on": introducible(local, owner, other),
    }


NEAR: Candidates = [(f"10.0.0.{last}", port) for last, port in ((1, 9), (2, 8), (2, 9), (3, 9))]
LOOPS: Candidates = [("127.0.0.1", 9), ("::1", 9)]
FAR: Candidates = [("9.9.9.9", 80), ("1.1.1.1", 80), ("2606:4700::2", 80), ("2606:4701::2", 80)]
SEEN_TWICE = [("9.9.9.9", 7000), ("2606:4700::1", 7000)]
TOGETHER: Any = {"theirs": [("8.8.8.8", 7000)]}
NEARBY: Any = {"theirs": [("10.0.0.1", 9)]}
ON_LOOPBACK: Any = {"mine": ["127.0.0.1"], "theirs": [("::1", 7000)], "server_is_loopback": True}


def dialling() -> list[dict[str, Any]]:
    """What a client dials of what `go` tells it."""
    return [
        _dialled("global ones where they were seen", FAR, theirs=SEEN_TWICE),
        _dialled("private ones in another network", NEAR),
        _dialled("one port of two private ones behind one address", NEAR, **TOGETHER),
        _dialled("loopback, with a server elsewhere", LOOPS, **TOGETHER),
        _dialled("loopback, with the server there", LOOPS + NEAR, **ON_LOOPBACK),
        _dialled("observed and private, by a server near us", [], mine=["10.0.0.9"], **NEARBY),
        _dialled("the same, by a server outside", [], **NEARBY),
        _dialled("link-local and unusable", [("fe80::1", 9), ("224.0.0.1", 9), ("0.0.0.0", 9)]),
        _dialled("its own listener", [("192.168.1.2", 4000), ("192.168.1.2", 4001)], **TOGETHER),
        _dialled("no port", [("9.9.9.9", 0)]),
        _dialled("no address, and an onion address", [("localhost", 9), (THEIRS, 9)]),
        _dialled("eight of more", [("9.9.9.9", port) for port in range(1, 11)]),
    ]


def passing_on() -> list[dict[str, Any]]:
    """What a server passes on of what a client offers, by where both were seen."""
    one, other = ["8.8.8.8"], ["9.9.9.9"]
    return [
        _passed_on("global ones where their owner was seen", FAR, ["9.9.9.9", "2606:4700::1"], one),
        _passed_on("private ones behind one address", NEAR, one, one),
        _passed_on("private ones behind two", NEAR, one, other),
        _passed_on("loopback, both seen there", LOOPS, ["127.0.0.1"], ["::1"]),
        _passed_on("loopback, one seen there", LOOPS, ["127.0.0.1"], one),
        _passed_on("names and onion addresses", [("a.example", 9), (OURS, 9)], one, one),
    ]


def _told(why: str, local: Candidates, ends: list[str], theirs: Candidates) -> dict[str, Any]:
    known = Introduced(False, ["8.8.8.8"], theirs, theirs, [])
    own: Candidates = [("192.168.1.2", 4000)]
    return {
        "about": why,
        "mine": known.mine,
        "theirs": theirs,
        "own": own,
        "ends": ends,
        "local": local,
        "named": Retelling(known, lambda: own, 0).mine(local, ends),
        "dialled": Retelling(known, lambda: own, 0).theirs(local, ends, 0),
    }


def told() -> list[dict[str, Any]]:
    """What of `local` one names to the other within a conversation, and what one dials of it."""
    apart, many = [("9.9.9.9", 7000)], [("9.9.9.9", port) for port in range(1, 21)]
    return [
        _told("global ones where the server saw them", [*FAR, ("8.8.8.8", 80)], [], apart),
        _told("and at the end of a link", FAR, ["2606:4700::1"], apart),
        _told("private ones of two networks", NEAR, ["10.0.0.1"], apart),
        _told("private ones behind one address", NEAR, [], [("8.8.8.8", 7000)]),
        _told("more than are dialled at once", many, [], apart),
    ]


RELAYS = {
    "8.8.8.8": "9.9.9.9 10.0.0.1 127.0.0.1 fe80::1 relay.example.org Relay.Example.org. relay "
    "printer.local a.home.arpa 127.1 2130706433 0x7f.1 relay.0x a..b",
    "10.0.0.1": "9.9.9.9 10.0.0.7 127.0.0.1 relay relay.local 169.254.169.254",
    "127.0.0.1": "10.0.0.7 127.0.0.1 localhost 224.0.0.1",
    "": f"9.9.9.9 10.0.0.7 relay.example.org relay {OURS}",
}


def addresses() -> dict[str, Any]:
    """Kinds, what is no address, onion addresses, and the rules that rest on them."""
    return {
        "read": [
            {"address": text, "canonical": canonical(text), "kind": kind(text).value}
            for text in READ.split()
        ],
        "refused": [_unread(text, why) for text, why in UNREAD.items()],
        "onions": [
            {"address": text, "is_one": is_onion(text)}
            for text in (OURS, onion(b"\1" * 32, version=2), OURS.upper(), "a" + OURS[1:])
        ],
        "passed_on": passing_on(),
        "dialled": dialling(),
        "told": told(),
        "relays": [
            {"server": server, "relay": host, "is_dialled": RelayRules(server).may_dial(host)}
            for server, hosts in RELAYS.items()
            for host in hosts.split()
            if is_relay_host(host)
        ],
    }


REFUSED_NAMES = {
    "": "empty",
    "-bob": "begins with -",
    "_bob": "begins with _",
    "bo b": "a space",
    "bob ": "a space",
    "bob\n": "a line break",
    "bob.": "a dot",
    "bób": "other than ASCII",
    "\u212aim": "the Kelvin sign, whose lower case is ASCII",
    "n" * 33: "33 characters",
}


def _refused_name(text: str, why: str) -> dict[str, str]:
    try:
        directory.canonical(text)
    except BadName:
        return {"typed": text, "why": why}
    raise AssertionError(text)


def names() -> dict[str, Any]:
    """Names as they are typed, with the one that is meant, and texts that are none."""
    return {
        "accepted": [
            {"typed": text, "name": directory.canonical(text)}
            for text in ("bob", "Bob", "BOB-2", "0", "a_b-c", "n" * 32)
        ],
        "refused": [_refused_name(text, why) for text, why in REFUSED_NAMES.items()],
    }


READERS: dict[str, Callable[[bytes], object]] = {
    "greeting": lines.read_greeting,
    "first": lines.read_first,
    "noise": lines.read_noise,
    "relay": lines.read_relay,
    "commitment": lines.read_commitment,
    "voucher": lines.read_voucher,
}


def _accepts(reader: str, line: str) -> bool:
    try:
        READERS[reader](line.encode("latin-1"))
    except ChatdError:
        return False
    return True


def _lines(reader: str, accepted: Iterable[str], refused: dict[str, str]) -> list[dict[str, Any]]:
    assert all(_accepts(reader, line) for line in accepted)
    assert not any(_accepts(reader, line) for line in refused)
    return [
        *({"reader": reader, "line": line, "why": None} for line in accepted),
        *({"reader": reader, "line": line, "why": why} for line, why in refused.items()),
    ]


def _length(size: int) -> dict[str, Any]:
    """Whether a line of so many bytes before CR LF is read at all."""
    return {"bytes": size, "is_read": size <= SecureChannel.MAX_LENGTH}


def read_lines() -> dict[str, Any]:
    """Lines that are read, lines that are not, and base64 in other than its one spelling."""
    seen = lines.encode(SEEN).decode()
    door, m2 = lines.encode(door_token(7)).decode(), lines.encode(ENCAPSULATED[0]).decode()
    labels = [f"s{number}" for number in range(limits.GREETED_SUITES + 1)]
    return {
        "lengths": [_length(limits.LINE), _length(limits.LINE + 1)],
        "lines": [
            *_lines(
                "greeting",
                [
                    f"CHATD/2 gcm,cbc {seen}",
                    f"CHATD/2 relay {seen}",
                    f"CHATD/2 unknown,gcm {seen}",
                    f"CHATD/2 {','.join(labels[:-1])} {seen}",
                    f"CHATD/2 {'a' * 16} {seen}",
                ],
                {
                    "NO full": "turned away: full",
                    "NO slow-down": "turned away: slow-down",
                    "NO closing": "turned away: closing",
                    "NO banned": "turned away: banned",
                    "NO way": "an unknown code",
                    f"CHATD/1 gcm,cbc {seen}": "an older version",
                    f"CHATD/3 gcm {seen}": "a newer version",
                    f"chatd/2 gcm {seen}": "lower case",
                    f"CHATD/02 gcm {seen}": "a leading zero",
                    f"CHATD/2  gcm {seen}": "two spaces",
                    f"CHATD/2 gcm {seen} ": "a space at the end",
                    f"CHATD/2 gcm, cbc {seen}": "a space between labels",
                    f"CHATD/2 GCM {seen}": "a label in upper case",
                    f"CHATD/2 {'a' * 17} {seen}": "a label of 17 characters",
                    f"CHATD/2 {','.join(labels)} {seen}": "17 labels",
                    f"CHATD/2 gcm {seen[:-4]}": "33 bytes or fewer",
                    "CHATD/2 gcm": "no address",
                },
            ),
            *_lines(
                "first",
                [f"NOISE gcm {m2} {door}", f"NOISE unknown {m2} {door}"],
                {
                    f"NOISE {m2}": "no suite",
                    f"NOISE gcm {m2}": "no door field",
                    f"NOISE gcm {m2} {door[:-4]}": "a door field that is too short",
                    f"NOISE GCM {m2} {door}": "a label in upper case",
                    f"NOISE gcm {m2} {door} ": "a space at the end",
                },
            ),
            *_lines(
                "noise",
                ["NOISE QQ==", "NOISE "],
                {
                    "NOISE QQ": "no padding",
                    "NOISE QR==": "bits behind the end",
                    "NOISE QQ== ": "a space at the end",
                    "NOISE Q-__": "another alphabet",
                    "noise QQ==": "lower case",
                    "NOISE  QQ==": "two spaces",
                },
            ),
            *_lines(
                "relay",
                ["RELAY " + lines.encode(bytes(77)).decode()],
                {"RELAY " + lines.encode(bytes(76)).decode(): "76 bytes"},
            ),
            *_lines(
                "commitment",
                ["SEEN " + lines.encode(bytes(32)).decode()],
                {"SEEN " + lines.encode(bytes(31)).decode(): "31 bytes"},
            ),
            *_lines(
                "voucher",
                ["SEEN " + lines.encode(bytes(38)).decode()],
                {"SEEN " + lines.encode(bytes(39)).decode(): "39 bytes"},
            ),
        ],
    }

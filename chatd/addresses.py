"""Classifies IP addresses, and says which of them are passed on and which are dialled.

An address comes from a socket, from the other person or from the server, and in several spellings.
It is read in one place, so that no spelling slips past a rule (protocol.md, "Addresses").
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from chatd import limits
from chatd.onion import is_onion
from chatd.text import safe_line

Candidate = tuple[str, int]
"""A host, as an IP address in text form, and a port."""

_LONGEST = 45
_IPV6_SOURCE = 64
"""Bits of an IPv6 address that tell sources apart: one customer is given all the rest."""


def without_zone(host: str) -> str:
    """The canonical form of a socket's address, which may carry a zone; ValueError as `parse`."""
    return canonical(host.partition("%")[0])


def written(candidate: Candidate) -> str:
    """A host and a port as people write them, IPv6 addresses in brackets."""
    host, port = candidate
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Kind(Enum):
    """Where an address leads."""

    LOOPBACK = "loopback"
    LINK_LOCAL = "link-local"
    PRIVATE = "private"
    GLOBAL = "global"
    UNUSABLE = "unusable"


# The first network that holds an address decides. Written out, since the `is_...` of ipaddress
# differ between versions of Python, and call 100.64/10 neither private nor global.
_NETWORKS: list[tuple[IPv4Network | IPv6Network, Kind]] = [
    (ip_network(network), where)
    for where, networks in (
        # The metadata services of cloud machines, by the address of each.
        (Kind.UNUSABLE, "100.100.100.200 168.63.129.16 fd00:ec2::254 fd20:ce::254"),
        (Kind.LOOPBACK, "127.0.0.0/8 ::1"),
        (Kind.LINK_LOCAL, "169.254.0.0/16 fe80::/10"),
        (Kind.PRIVATE, "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7"),
        # This network, protocol assignments, documentation, 6to4 relays, benchmarks, multicast,
        # reserved and broadcast.
        (Kind.UNUSABLE, "0.0.0.0/8 192.0.0.0/24 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24"),
        (Kind.UNUSABLE, "192.88.99.0/24 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4"),
        # Protocol assignments with Teredo, documentation, 6to4.
        (Kind.UNUSABLE, "2001::/23 2001:db8::/32 3fff::/20 2002::/16"),
        (Kind.GLOBAL, "0.0.0.0/0 2000::/3"),
        # All that is not assigned as global unicast: unspecified, IPv4-compatible, NAT64,
        # discard-only, site-local, multicast.
        (Kind.UNUSABLE, "::/0"),
    )
    for network in networks.split()
]


def parse(text: str) -> IPv4Address | IPv6Address:
    """The address that `text` spells, IPv4 for an IPv4-mapped one; ValueError if it is none.

    Scoped addresses (with "%eth0") are refused: they mean nothing on another machine.
    """
    if len(text) > _LONGEST or "%" in text:
        raise ValueError("not an IP address")
    try:
        address = ip_address(text)
    except ValueError:
        raise ValueError("not an IP address") from None  # the original quotes the text
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def canonical(text: str) -> str:
    """The one spelling of an address, by which two can be compared; ValueError if it is none."""
    return str(parse(text))


def source(text: str) -> str:
    """The IPv4 address or the IPv6 network for which bounds per address count the address `text`;
    ValueError if it is none."""
    address = parse(text)
    if address.version == 4:
        return str(address)
    return str(ip_network((address, _IPV6_SOURCE), strict=False))


def kind(text: str) -> Kind:
    """Where the address `text` leads; ValueError if it is none."""
    address = parse(text)
    return next(where for network, where in _NETWORKS if address in network)


def passes_locals(one_observed: str, other_observed: str) -> bool:
    """Whether the server shows two people each other's private addresses; ValueError as in `parse`.

    It does if it sees both at one address, or neither at a global one: they may share a network.
    """
    if canonical(one_observed) == canonical(other_observed):
        return True
    return Kind.GLOBAL not in {kind(one_observed), kind(other_observed)}


def introducible(
    local: Sequence[Candidate], owner_observed: str, other_observed: str
) -> list[Candidate]:
    """Those of the owner's own candidates that the server passes on; ValueError as in `parse`.

    Global addresses always, as the owner may have others than the one that the server sees;
    loopback addresses only if it sees both on loopback; onion addresses, which say nothing of
    where one is, always; anything else never.
    """
    passed = {Kind.GLOBAL}
    if passes_locals(owner_observed, other_observed):
        passed |= set(Kind) - {Kind.LOOPBACK}
    if {kind(owner_observed), kind(other_observed)} == {Kind.LOOPBACK}:
        passed |= {Kind.LOOPBACK}
    return [
        candidate
        for candidate in local
        if is_onion(candidate[0]) or kind_if_any(candidate[0]) in passed
    ]


def dialable(
    candidates: Sequence[Candidate],
    *,
    server_is_loopback: bool,
    mine: str,
    theirs: Candidate | None,
    own: Iterable[Candidate],
) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
    """The candidates of the other person that are dialled, and the others with the reason.

    `mine` is my address and `theirs` the other person's as the server sees them, `own` is where I
    listen. `theirs` comes last and keeps to the same rules, since a server can lie. All hosts are
    in canonical form and safe to show, each candidate is there once, the reasons are for people.
    """
    last = _shown(theirs) if theirs else None
    rules = _Rules(server_is_loopback, _is_near(mine, last), last, own)
    order = [each for each in dict.fromkeys(map(_shown, candidates)) if each != last]
    order += [last] if last else []
    reasons = {candidate: rules.refusal(candidate) for candidate in order}
    wanted = [candidate for candidate in order if not reasons[candidate]]
    room = limits.CANDIDATES - (last in wanted)
    for surplus in [candidate for candidate in wanted if candidate != last][room:]:
        reasons[surplus] = f"one of more than {limits.CANDIDATES}"
    dialled = [candidate for candidate, reason in reasons.items() if not reason]
    return dialled, [(candidate, reason) for candidate, reason in reasons.items() if reason]


class _Rules:
    """What this client may dial in one introduction; candidates are as `_shown` gives them."""

    def __init__(
        self, loopback: bool, private: bool, observed: Candidate | None, own: Iterable[Candidate]
    ) -> None:
        self._loopback = loopback
        self._private = private
        self._only = _global_ipv4(observed[0]) if observed else ""
        self._own = set(map(_shown, own))
        self._own_ports = {port for _, port in self._own}

    def refusal(self, candidate: Candidate) -> str:
        """Why a candidate is not dialled, or nothing."""
        host, port = candidate
        where = kind_if_any(host)
        if is_onion(host):
            return "an onion address, which only chat --tor reaches"
        if where is None:
            return "not an IP address"
        if not 1 <= port <= 65535:
            return "not a port"
        if self._is_own(candidate, where):
            return "this chat itself listens there"
        return self._refusal_of(host, where)

    def _is_own(self, candidate: Candidate, where: Kind) -> bool:
        # All of 127/8 leads to a listener on any address.
        loops = where is Kind.LOOPBACK and candidate[1] in self._own_ports
        return loops or candidate in self._own

    def _refusal_of(self, host: str, where: Kind) -> str:
        match where:
            case Kind.LOOPBACK:
                return "" if self._loopback else "on loopback, unlike the server"
            case Kind.PRIVATE:
                return "" if self._private else "private, in another network than ours"
            case Kind.GLOBAL:
                third = self._only and _global_ipv4(host) not in {"", self._only}
                return "not the address that the server sees" if third else ""
            case Kind.LINK_LOCAL:
                return "link-local"
            case Kind.UNUSABLE:
                return "not an address of one machine on the internet"


def _is_near(mine: str, theirs: Candidate | None) -> bool:
    """Whether a private address of the other person may mean a machine in my network."""
    if kind_if_any(mine) in {Kind.LOOPBACK, Kind.LINK_LOCAL, Kind.PRIVATE}:
        return True
    at_one_address = theirs is not None and theirs[0] == _shown((mine, 0))[0]
    return at_one_address and kind_if_any(mine) is Kind.GLOBAL


def _global_ipv4(host: str) -> str:
    """The canonical form of a global IPv4 address, empty for all else."""
    if kind_if_any(host) is not Kind.GLOBAL or parse(host).version != 4:
        return ""
    return canonical(host)


def kind_if_any(host: str) -> Kind | None:
    """As `kind`, and None for what is no address."""
    try:
        return kind(host)
    except ValueError:
        return None


def _shown(candidate: Candidate) -> Candidate:
    """The candidate in canonical form, or safe to show if its host is not an address."""
    host, port = candidate
    if is_onion(host):
        return candidate
    try:
        return canonical(host), port
    except ValueError:
        return safe_line(host, _LONGEST), port

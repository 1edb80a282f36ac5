"""Which addresses of one person the server passes on to another, and which of them are dialled
(protocol, "Addresses").

Both keep to the same rules, since a server can lie and a client as well: nobody is to be made to
dial a third party. A person's *places* are the addresses at which the server has seen them, one in
each family at most.
"""

from collections.abc import Iterable, Sequence

from chatd import limits
from chatd.addresses import Candidate, Kind, canonical, kind, kind_if_any, shown, source
from chatd.onion import is_onion

_NEAR = (Kind.PRIVATE, Kind.LOOPBACK)


def seen_there(host: str, places: Iterable[str]) -> bool:
    """Whether somebody with these places was seen at an address: this one, or, for IPv6, one of its
    /64; ValueError as `parse`."""
    return source(host) in {source(place) for place in places}


def at_one_address(one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether the server sees two people at one address, or both on its own machine; ValueError as
    `parse`."""
    return not {_spot(place) for place in one}.isdisjoint({_spot(place) for place in other})


def introducible(
    local: Sequence[Candidate], owner: Sequence[str], other: Sequence[str]
) -> list[Candidate]:
    """Those of the owner's own candidates that the server passes on; both sides' places are given.

    Global addresses where it has seen the owner; private ones and those on loopback only between
    two whom it sees at one address, one port of at most two of them; onion addresses always.
    ValueError for a place as `parse`.
    """
    near = Near()
    together = at_one_address(owner, other)
    on_loopback = all(Kind.LOOPBACK in map(kind, places) for places in (owner, other))

    def passes(candidate: Candidate) -> bool:
        where = kind_if_any(candidate[0])
        if where is Kind.GLOBAL:
            return seen_there(candidate[0], owner)
        allowed = on_loopback if where is Kind.LOOPBACK else together and where is Kind.PRIVATE
        return allowed and near.takes(candidate)

    return [each for each in local if is_onion(each[0]) or passes(each)]


def offered(
    addresses: Iterable[str], port: int, *, server_is_loopback: bool, first: str = ""
) -> list[Candidate]:
    """What a client offers of its own addresses: those of each kind that can be passed on.

    Of the private ones and those on loopback, the last only to a server on loopback, the one that
    is `first`, as it leads to the server, and one more.
    """
    kinds = {Kind.PRIVATE, Kind.GLOBAL} | ({Kind.LOOPBACK} if server_is_loopback else set())
    wanted = sorted(filter(lambda each: kind(each) in kinds, addresses), key=first.__ne__)
    near = [each for each in wanted if kind(each) in _NEAR][: limits.NEAR_CANDIDATES]
    far = [each for each in wanted if kind(each) is Kind.GLOBAL]
    return [(address, port) for address in (near + far)[: limits.CANDIDATES]]


def dialable(
    candidates: Sequence[Candidate],
    *,
    server_is_loopback: bool,
    mine: Sequence[str],
    theirs: Sequence[Candidate],
    own: Iterable[Candidate],
) -> tuple[list[Candidate], list[tuple[Candidate, str]]]:
    """The candidates of the other person that are dialled, and the others with the reason.

    `mine` are my places and `theirs` the other person's with their ports, as the server says;
    `own` is where I listen. `theirs` come last and keep to the same rules, since a server can lie.
    All hosts are in canonical form and safe to show, each candidate is there once, the reasons are
    for people.
    """
    last = list(dict.fromkeys(map(shown, theirs)))
    rules = Rules(server_is_loopback, mine, last, own, Near())
    order = [each for each in dict.fromkeys(map(shown, candidates)) if each not in last]
    reasons = {candidate: rules.refusal(candidate) for candidate in order + last}
    wanted = [candidate for candidate in order if not reasons[candidate]]
    room = limits.CANDIDATES - sum(not reasons[candidate] for candidate in last)
    for surplus in wanted[room:]:
        reasons[surplus] = f"one of more than {limits.CANDIDATES}"
    dialled = [candidate for candidate, reason in reasons.items() if not reason]
    return dialled, [(candidate, reason) for candidate, reason in reasons.items() if reason]


class Near:
    """Lets one port of a few addresses through."""

    def __init__(self, most: int = limits.NEAR_CANDIDATES) -> None:
        self._most = most
        self._port = 0
        self._hosts: set[str] = set()

    def takes(self, candidate: Candidate) -> bool:
        """Whether it is one of them; the first to come say which they are."""
        host, port = canonical(candidate[0]), candidate[1]
        self._port = self._port or port
        fits = len(self._hosts | {host}) <= self._most and port == self._port
        if fits:
            self._hosts.add(host)
        return fits


class Rules:
    """What this client may dial in one introduction; candidates are as `shown` gives them, and
    `came_from` has hosts at which the other person has shown their key."""

    def __init__(
        self,
        loopback: bool,
        mine: Sequence[str],
        observed: Sequence[Candidate],
        own: Iterable[Candidate],
        near: Near,
        came_from: Iterable[str] = (),
    ) -> None:
        self._loopback = loopback
        self._mine = [place for place in mine if kind_if_any(place) is not None]
        self._observed = observed
        self._theirs = [host for host, _ in observed if kind_if_any(host) is not None]
        self._came_from = [host for host in came_from if kind_if_any(host) is not None]
        self._own = set(map(shown, own))
        self._own_ports = {port for _, port in self._own}
        self._near = near

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
        return self._refusal_of(candidate, where)

    def _is_own(self, candidate: Candidate, where: Kind) -> bool:
        # All of 127/8 leads to a listener on any address.
        loops = where is Kind.LOOPBACK and candidate[1] in self._own_ports
        return loops or candidate in self._own

    def _refusal_of(self, candidate: Candidate, where: Kind) -> str:
        match where:
            case Kind.LOOPBACK if not self._loopback:
                return "on loopback, unlike the server"
            case Kind.PRIVATE | Kind.LOOPBACK:
                return self._refusal_nearby(candidate)
            case Kind.GLOBAL:
                seen = seen_there(candidate[0], [*self._theirs, *self._came_from])
                return "" if seen else "not where the server has seen them"
            case Kind.LINK_LOCAL:
                return "link-local"
            case _:
                return "not an address of one machine on the internet"

    def _refusal_nearby(self, candidate: Candidate) -> str:
        elsewhere = "private, in another network than ours"
        if at_one_address(self._mine, self._theirs):
            takes = candidate in self._observed or self._near.takes(candidate)
            return "" if takes else "one more private address or port than is tried"
        # A server within our network sees us both there.
        within = any(kind(place) in _NEAR for place in self._mine)
        return "" if within and candidate in self._observed else elsewhere


def _spot(place: str) -> str:
    return Kind.LOOPBACK.value if kind(place) is Kind.LOOPBACK else canonical(place)

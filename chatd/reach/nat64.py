"""IPv4 addresses as a machine dials them that has IPv6 alone (protocol, "Through NAT64"; RFC 6052,
RFC 7050).

A network for such machines has a prefix of its own: what is sent to an IPv6 address under it goes
on to the IPv4 address that is written in it. Everything is judged by that IPv4 address, so that no
prefix is a way around a rule.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from chatd import limits
from chatd.addresses import Kind, kind, parse, source

NAME = "ipv4only.arpa"
"""Has no IPv6 address but those that the network makes of its IPv4 ones (RFC 7050, section 3)."""
_ITS_ADDRESSES = (IPv4Address("192.0.0.170"), IPv4Address("192.0.0.171"))
_LENGTHS = (32, 40, 48, 56, 64, 96)
_ZERO = 8
"""The byte that is always 0, whatever the length of the prefix (RFC 6052, section 2.2)."""
_WELL_KNOWN = IPv6Network("64:ff9b::/96")
_LOCAL = IPv6Network("64:ff9b:1::/48")
"""For the use of any network (RFC 8215)."""


def synthesized(prefix: IPv6Network, address: IPv4Address) -> IPv6Address:
    """The IPv6 address for an IPv4 address under a prefix (RFC 6052, section 2.2)."""
    made = bytearray(prefix.network_address.packed)
    for place, byte in zip(_places(prefix.prefixlen), address.packed, strict=True):
        made[place] = byte
    return IPv6Address(bytes(made))


def embedded(prefix: IPv6Network, address: IPv6Address) -> IPv4Address:
    """The IPv4 address that is written in an address under a prefix."""
    return IPv4Address(bytes(address.packed[place] for place in _places(prefix.prefixlen)))


def prefixes(answers: Sequence[str], own: Iterable[str]) -> tuple[IPv6Network, ...]:
    """The prefixes of a network by its IPv6 addresses for `NAME`, as it gives them first.

    Whatever else is said is left out, and so are prefixes that lead into a network of this machine,
    by its `own` addresses, or to no address that may be dialled.
    """
    read = [_address(each) for each in answers[: limits.NAT64_ANSWERS]]
    found = [_candidates(each) for each in read if each is not None]
    near = {source(each) for each in own if parse(each).version == 6}
    chosen = [prefix for each in found if (prefix := _chosen(each, found)) is not None]
    usable = [each for each in dict.fromkeys(chosen) if _is_usable(each, near)]
    return tuple(usable[: limits.NAT64_PREFIXES])


class Nat64:
    """What is known of the network's prefixes: none where IPv4 has a way of its own."""

    def __init__(self, known: Sequence[IPv6Network] = ()) -> None:
        self.prefixes = tuple(known)
        self.round = 0
        """How often the network has changed: what was asked before is of no use then."""
        self.ask: Callable[[], None] = lambda: None
        """Have them looked for, if this machine has IPv6 alone."""

    def changed(self) -> None:
        """The network is another one: what is known of it is forgotten, and asked for anew."""
        self.prefixes = ()
        self.round += 1
        self.ask()

    def learn(self, known: Sequence[IPv6Network], asked: int) -> None:
        """These were found, and asked for in that round."""
        if asked == self.round:
            self.prefixes = tuple(known)

    def plain(self, host: str) -> str:
        """The IPv4 address to which an address under a prefix leads; anything else as it is."""
        address = _address(host)
        for prefix in self.prefixes:
            if address is not None and address in prefix:
                return str(embedded(prefix, address))
        return host

    def reached(self, host: str) -> str:
        """What is dialled for a global IPv4 address; anything else as it is."""
        try:
            address = parse(host)
        except ValueError:
            return host
        if not self.prefixes or address.version == 6 or kind(host) is not Kind.GLOBAL:
            return host
        return str(synthesized(self.prefixes[0], address))


def _places(length: int) -> list[int]:
    """In which bytes of an address the four of an IPv4 address are."""
    return [place for place in range(length // 8, 16) if place != _ZERO][:4]


def _address(text: str) -> IPv6Address | None:
    try:
        address = parse(text)
    except ValueError:
        return None
    return address if isinstance(address, IPv6Address) else None


def _candidates(answer: IPv6Address) -> dict[IPv6Network, IPv4Address]:
    """The prefixes under which an answer is one of the two addresses, with which of them."""
    return dict(_each_candidate(answer))


def _each_candidate(answer: IPv6Address) -> Iterator[tuple[IPv6Network, IPv4Address]]:
    for length in _LENGTHS:
        prefix = IPv6Network((answer, length), strict=False)
        address = embedded(prefix, answer)
        if address in _ITS_ADDRESSES and answer.packed[_ZERO] == 0:
            yield prefix, address


def _chosen(
    found: dict[IPv6Network, IPv4Address], every: Sequence[dict[IPv6Network, IPv4Address]]
) -> IPv6Network | None:
    """The one that an answer stands for: if it could be several, the one that an answer with the
    other address confirms."""
    if len(found) > 1:
        found = {
            prefix: address
            for prefix, address in found.items()
            if any(other.get(prefix, address) != address for other in every)
        }
    return next(iter(found)) if len(found) == 1 else None


def _is_usable(prefix: IPv6Network, near: Iterable[str]) -> bool:
    if prefix == _WELL_KNOWN or prefix.subnet_of(_LOCAL):
        return True
    is_far = not any(prefix.overlaps(IPv6Network(each)) for each in near)
    return kind(str(prefix.network_address)) is Kind.GLOBAL and is_far

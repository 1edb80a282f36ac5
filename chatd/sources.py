"""Where somebody comes from, as every bound counts it that holds for more than one key.

Keys are free, and so are addresses within an IPv6 network. What is scarce is an IPv4 address, and
the IPv6 networks that are given to a customer (/48) and to a provider (/32).
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from chatd.addresses import canonical, is_ipv4, parse

Source = tuple[tuple[str, int], ...]
"""The networks that count for one address, each with its weight: how many times the bound of one
IPv4 address holds for it."""
Network = IPv4Network | IPv6Network
_CUSTOMER, _PROVIDER = 48, 32
PROVIDER_WEIGHT = 16
"""What one IPv6 /32 may use, in bounds of one /48."""
NOWHERE: Source = (("", 1),)
"""The source of all connections that have no address."""
FAMILIES = ("ipv4", "ipv6", "shared", "nowhere")


class Sources:
    """The source of each address; `shared` are networks behind which there are many people, each
    with its weight, in place of those that the address would count as by itself.

    No address is an exception to a bound, those on loopback included.
    """

    def __init__(self, shared: Iterable[tuple[Network, int]] = ()) -> None:
        self.share(shared)

    def share(self, shared: Iterable[tuple[Network, int]]) -> None:
        """Let these be the shared networks for all addresses that are asked for from now on."""
        # The narrowest network that holds an address is the one that was meant for it.
        self._shared = sorted(shared, key=lambda each: -each[0].prefixlen)

    def of(self, host: str) -> Source:
        """The source of an IP address, in any spelling and with any zone; `NOWHERE` for others."""
        if not self._shared and is_ipv4(host):
            return ((host, 1),)
        try:
            address = parse(host.partition("%")[0])
        except ValueError:
            return NOWHERE
        for network, weight in self._shared:
            if address in network:
                return ((str(network), weight),)
        if address.version == 4:
            return ((canonical(host.partition("%")[0]), 1),)
        customer = str(ip_network((address, _CUSTOMER), strict=False))
        provider = str(ip_network((address, _PROVIDER), strict=False))
        return ((customer, 1), (provider, PROVIDER_WEIGHT))


def family(source: Source) -> str:
    """What kind of source it is: ipv4, ipv6, shared (a network that the operator named) or nowhere;
    each is one of `FAMILIES`."""
    if source == NOWHERE:
        return "nowhere"
    if len(source) > 1:
        return "ipv6"
    return "shared" if "/" in source[0][0] else "ipv4"

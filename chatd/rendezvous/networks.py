"""A set of networks, asked for addresses. Pure."""

from collections.abc import Iterable
from ipaddress import ip_network

from chatd.addresses import parse
from chatd.sources import Network


def network_of(text: str) -> Network:
    """The network, or the one address, that `text` is; raises `ValueError`."""
    return ip_network(text)


def written(network: Network) -> str:
    """The one way in which it is written: a network of one address as that."""
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)


class Networks:
    """It takes a step for each length of prefix that there is, however many networks there are."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        # By the bits of the address that are not looked at, those that are; for each version.
        self._held: dict[tuple[int, int], set[int]] = {}
        for each in networks:
            self.add(each)

    def __len__(self) -> int:
        return sum(map(len, self._held.values()))

    def add(self, network: Network) -> None:
        """There is one more; again is harmless."""
        key, bits = _taken_apart(network)
        self._held.setdefault(key, set()).add(bits)

    def remove(self, network: Network) -> None:
        """There is one less; harmless for one that is not there."""
        key, bits = _taken_apart(network)
        held = self._held.get(key, set())
        held.discard(bits)
        if not held:
            self._held.pop(key, None)

    def cover(self, host: str) -> bool:
        """Whether one of them has this IP address, in any spelling and with any zone."""
        if not self._held:
            return False
        try:
            address = parse(host.partition("%")[0])
        except ValueError:
            return False
        number = int(address)
        return any(
            number >> shift in held
            for (version, shift), held in self._held.items()
            if version == address.version
        )


def _taken_apart(network: Network) -> tuple[tuple[int, int], int]:
    shift = network.max_prefixlen - network.prefixlen
    return (network.version, shift), int(network.network_address) >> shift

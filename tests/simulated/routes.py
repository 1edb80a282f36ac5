"""Which host has which address, and which hosts cannot reach which."""

from enum import Enum

from simulated.addresses import Flow
from simulated.kernel import Kernel

Place = Kernel | str
"""A host, or one of its addresses."""


class Verdict(Enum):
    """What becomes of an attempt to connect."""

    PASS = "pass"
    BLOCK = "block"
    """No answer ever comes."""
    REFUSE = "refuse"


class Routes:
    """The map of the network, with the rules that hold attempts to connect back."""

    def __init__(self) -> None:
        self._kernels: dict[str, Kernel] = {}
        self._rules: dict[tuple[Place, Place], Verdict] = {}

    def add(self, kernel: Kernel) -> None:
        """Put a host on the map; raises `ValueError` where an address is taken."""
        for address in kernel.addresses:
            if address in self._kernels:
                raise ValueError(f"there is a host with the address {address}")
        self._kernels.update(dict.fromkeys(kernel.addresses, kernel))

    def rule(self, source: Place, target: Place, verdict: Verdict) -> None:
        """Let this be the answer to all attempts of `source` to reach `target`."""
        self._rules[source, target] = verdict

    def find(self, source: Kernel, address: str) -> Kernel | None:
        """Who has `address`, as `source` sees it: a loopback address is always its own."""
        return source if source.owns(address) else self._kernels.get(address)

    def verdict(self, flow: Flow, source: Kernel, target: Kernel) -> Verdict:
        """What the rules say, the hardest first."""
        sources: tuple[Place, ...] = (source, flow.local[0])
        targets: tuple[Place, ...] = (target, flow.remote[0])
        found = {self._rules.get((s, t)) for s in sources for t in targets}
        for verdict in (Verdict.BLOCK, Verdict.REFUSE):
            if verdict in found:
                return verdict
        return Verdict.PASS

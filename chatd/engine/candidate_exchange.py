"""What two clients tell each other of new addresses within a conversation."""

from collections.abc import Callable, Sequence

from chatd.addresses import Candidate
from chatd.engine.environment import Environment
from chatd.retelling import Introduced, Retelling


class CandidateExchange:
    """Of one introduction; `local` gives our own addresses at the moment, with the port of the
    listener."""

    def __init__(
        self,
        world: Environment,
        introduced: Introduced,
        local: Callable[[], list[Candidate]],
        port: int,
    ) -> None:
        self._world = world
        self._local = local
        self._port = port
        self._retelling = Retelling(introduced, self._own, self._now)

    @property
    def offered(self) -> list[Candidate]:
        """What the other side knows of us by the introduction."""
        return self._retelling.offered

    def ours(self, here: Sequence[str]) -> list[Candidate]:
        """What it may know now; `here` has our ends of the links that were in use."""
        return self._retelling.mine(self._local(), here)

    def theirs(self, told: Sequence[Candidate], there: Sequence[str]) -> list[Candidate]:
        """Which of its addresses are dialled; `there` has its ends of them."""
        plain, reached = self._world.nat64.plain, self._world.nat64.reached
        known, ends = [(plain(host), port) for host, port in told], list(map(plain, there))
        dialled = self._retelling.theirs(known, ends, self._now)
        return [(reached(host), port) for host, port in dialled]

    @property
    def _now(self) -> float:
        return float(self._world.reactor.seconds())

    def _own(self) -> list[Candidate]:
        return [(address, self._port) for address in self._world.addresses()]

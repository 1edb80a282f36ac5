"""The simulated network: hosts, what may reach what, cuts, and running all of it."""

from collections.abc import Callable
from itertools import islice
from typing import cast

from twisted.python.failure import Failure

from simulated.addresses import canonical
from simulated.connection import Connection
from simulated.cuts import Cut
from simulated.host import Host
from simulated.kernel import Kernel
from simulated.routes import Place, Verdict
from simulated.world import Range, World

SHOWN_EVENTS = 40
"""Events in the text of a run that did not come to its end."""

Where = Host | str
"""A host, or one of the addresses of one."""


class Network(World):
    """Hosts in one process, on one clock, with one source of randomness.

    `latency` is the least and the most time that anything takes in one direction, in seconds.
    With `split`, reads find arbitrary pieces of what has arrived. `cut_probability` applies to
    each delivery, with one of `cuts`. `keepalive` is the time after which a kernel notices that a
    connection was cut silently (None: never).
    """

    # -- setting the scene

    def host(self, *addresses: str) -> Host:
        """A new host with these addresses, and 127.0.0.1 and ::1 of its own.

        Raises `ValueError` for what is no address, and for one that is taken.
        """
        kernel = Kernel(map(canonical, addresses), self.random)
        self.routes.add(kernel)
        return Host(self, kernel)

    def name(self, name: str, *addresses: str) -> None:
        """Let a name lead to these addresses, instead of those that it led to before."""
        self.names[name] = [canonical(address) for address in addresses]

    def block(self, source: Where, target: Where) -> None:
        """Leave attempts of `source` to connect to `target` without an answer."""
        self.routes.rule(_place(source), _place(target), Verdict.BLOCK)

    def refuse(self, source: Where, target: Where) -> None:
        """Refuse attempts of `source` to connect to `target`."""
        self.routes.rule(_place(source), _place(target), Verdict.REFUSE)

    def allow(self, source: Where, target: Where) -> None:
        """Take back what `block` or `refuse` said about these two."""
        self.routes.rule(_place(source), _place(target), Verdict.PASS)

    def set_latency(self, source: Host, target: Host, latency: Range) -> None:
        """Let the way from `source` to `target` have a latency of its own."""
        self.latencies[source.kernel, target.kernel] = latency

    def cut_after(
        self, delivery: int, how: Cut = Cut.RESET, *, connection: int | None = None
    ) -> None:
        """Cut a connection after that delivery (1 is the first of the whole network).

        Without a number it is the connection on which the delivery happens.
        """
        self.cuts.after(delivery, how, connection)

    # -- looking

    @property
    def connections(self) -> list[Connection]:
        """Those of which at least one end is open."""
        return cast("list[Connection]", list(self.live.values()))

    @property
    def errors(self) -> list[Failure]:
        """What protocols and timers raised; a reactor logs such a thing and goes on."""
        return self.loop.errors

    def seconds(self) -> float:
        """The time, in seconds since the network was made."""
        return self.loop.seconds()

    # -- running

    def run(self, until: Callable[[], object], seconds: float) -> None:
        """Go on until `until()` holds; raises `AssertionError` with the trace if it never does."""
        deadline = self.seconds() + seconds
        while not until():
            if not self.loop.step(deadline):
                raise AssertionError(self._story(f"nothing came of it in {seconds} seconds"))

    def advance(self, seconds: float) -> None:
        """Let this much time pass."""
        deadline = self.seconds() + seconds
        while self.loop.step(deadline):
            pass

    def settle(self, seconds: float = 60.0) -> None:
        """Go on until nothing is in flight and nothing is due now; timers may be left."""
        self.run(self._is_settled, seconds)

    def _is_settled(self) -> bool:
        next_time = self.loop.next_time()
        return not self.loop.in_flight and (next_time is None or next_time > self.seconds())

    def _story(self, title: str) -> str:
        skipped = max(0, len(self.trace) - SHOWN_EVENTS)
        lines = [title, *map(str, islice(self.trace, skipped, None))]
        lines += (failure.getTraceback() for failure in self.errors)
        return "\n".join(lines)


def _place(where: Where) -> Place:
    return where.kernel if isinstance(where, Host) else canonical(where)

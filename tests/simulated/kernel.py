"""What one simulated host knows of its sockets: addresses, bindings, listeners and flows."""

import errno
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from random import Random
from typing import Any, Protocol

from simulated.addresses import ANY, ANY_IPV4, Address, Binding, Flow, is_ipv6

LOOPBACK = ("127.0.0.1", "::1")
EPHEMERAL = range(32768, 61000)
"""The ports that Linux gives to whoever does not ask for one."""


class Listener(Protocol):
    """Who takes the connections that arrive at a binding."""

    @property
    def binding(self) -> Binding:
        """Where it listens."""
        ...

    def accept(self, connection: Any, flow: Flow) -> None:
        """Take a connection whose handshake is complete; `flow` is how this side sees it."""
        ...


class Kernel:
    """The sockets of one host. Errors are `OSError`, with the numbers that Linux uses."""

    def __init__(self, addresses: Iterable[str], random: Random) -> None:
        self.addresses = tuple(addresses)
        self.listeners: list[Listener] = []
        self.flows: dict[Flow, object] = {}
        """Who holds each flow: an attempt to connect, a half-open connection, or a transport."""
        self._random = random
        self._bound: defaultdict[int, list[Binding]] = defaultdict(list)
        self._dialed: dict[Flow, Binding] = {}
        self._next_port = EPHEMERAL.start

    def owns(self, host: str) -> bool:
        """Whether packets to this address stay here or come here."""
        return host in self.addresses or host in LOOPBACK

    def bind(self, wanted: Binding) -> Binding:
        """Reserve an address and a port; raises EADDRNOTAVAIL and EADDRINUSE."""
        if wanted.host not in (ANY, ANY_IPV4) and not self.owns(wanted.host):
            raise os_error(errno.EADDRNOTAVAIL)
        binding = wanted if wanted.port else self._ephemeral(wanted)
        if not self._is_free(binding):
            raise os_error(errno.EADDRINUSE)
        self._bound[binding.port].append(binding)
        return binding

    def free_port(self, wanted: int) -> int:
        """What a listener that does not share its port could have; raises EADDRINUSE."""
        binding = self.bind(Binding(ANY, wanted, reuse_address=bool(wanted), listening=True))
        self.unbind(binding)
        return binding.port

    def unbind(self, binding: Binding) -> None:
        """Give back what `bind` reserved."""
        self._bound[binding.port].remove(binding)

    def dial(self, binding: Binding, remote: Address, holder: object) -> Flow:
        """The flow of a bound socket that connects to `remote`; `release` also unbinds it.

        Raises ENETUNREACH, EAFNOSUPPORT, and EADDRNOTAVAIL where that flow exists.
        """
        flow = Flow((self._source(binding, remote[0]), binding.port), remote)
        if flow in self.flows:
            raise os_error(errno.EADDRNOTAVAIL)
        self.flows[flow] = holder
        self._dialed[flow] = binding
        return flow

    def release(self, flow: Flow, holder: object) -> None:
        """Forget a flow and what was bound for it, unless somebody else has it by now."""
        if self.flows.get(flow) is not holder:
            return
        del self.flows[flow]
        binding = self._dialed.pop(flow, None)
        if binding is not None:
            self.unbind(binding)

    def listener_at(self, address: Address) -> Listener | None:
        """Who listens there: the most exact binding, by chance among those that share it."""
        host, port = address
        found = [
            listener
            for listener in self.listeners
            if listener.binding.port == port and listener.binding.covers(host)
        ]
        exact = [listener for listener in found if listener.binding.host == host]
        best = exact or found
        return self._random.choice(best) if best else None

    def _ephemeral(self, wanted: Binding) -> Binding:
        ports = chain(
            range(self._next_port, EPHEMERAL.stop), range(EPHEMERAL.start, self._next_port)
        )
        for port in ports:
            binding = replace(wanted, port=port)
            if not self._bound[port] or self._is_free(binding):
                self._next_port = port + 1
                return binding
        raise os_error(errno.EADDRINUSE)

    def _is_free(self, binding: Binding) -> bool:
        return not any(other.excludes(binding) for other in self._bound[binding.port])

    def _source(self, binding: Binding, remote: str) -> str:
        if binding.host not in (ANY, ANY_IPV4):
            if is_ipv6(binding.host) != is_ipv6(remote):
                raise os_error(errno.EAFNOSUPPORT)
            return binding.host
        if self.owns(remote):
            return remote
        for host in self.addresses:
            if is_ipv6(host) == is_ipv6(remote):
                return host
        raise os_error(errno.ENETUNREACH)


def os_error(number: int) -> OSError:
    """The exception that a system call raises with this number."""
    return OSError(number, os.strerror(number))

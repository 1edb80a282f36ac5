"""The requests that are open, in both directions, as this client knows them."""

import math
from collections.abc import Iterator

from msgspec import Struct

from chatd import limits
from chatd.errors import Unexpected
from chatd.wire.server import Request


class Outgoing(Struct):
    """We ask `name` until `deadline`; `id` is the server's, None until it has answered; `secret`
    is the one behind the proof that the request carries."""

    name: str
    deadline: float
    id: bytes | None = None
    secret: bytes = b""

    @property
    def ends(self) -> float:
        """When it is over, also if the server does not say so."""
        return self.deadline + (limits.ANSWER_SECONDS if self.id is not None else 0)

    def left(self, now: float) -> int:
        """The whole seconds that are left, rounded up."""
        return max(0, math.ceil(self.deadline - now))

    def message(self, now: float, proof: bytes | None = None) -> Request:
        """What asks the server for it, or asks again."""
        return Request(self.name, min(max(1, self.left(now)), limits.REQUEST_SECONDS), proof)


class Incoming(Struct, frozen=True):
    """`name` asks us until `deadline`; `secret` is that of the card which it holds."""

    id: bytes
    name: str
    key: bytes
    deadline: float
    secret: bytes = b""


class Requests:
    """Outgoing requests by name, incoming ones by id."""

    def __init__(self) -> None:
        self.outgoing: dict[str, Outgoing] = {}
        self.incoming: dict[bytes, Incoming] = {}

    def ask(self, name: str, now: float) -> Outgoing:
        """Open a request to `name`."""
        self.outgoing[name] = Outgoing(name, now + limits.REQUEST_SECONDS)
        return self.outgoing[name]

    def asked(self, id: bytes) -> Outgoing | None:
        """The outgoing request with this id."""
        return next((out for out in self.outgoing.values() if out.id == id), None)

    def add(self, request: Incoming) -> None:
        """Keep an incoming request; raises `Unexpected` for a repeated one, and for more than a
        server lets through."""
        if len(self.incoming) >= limits.ASKED or request.id in self.incoming:
            raise Unexpected
        self.incoming[request.id] = request

    def from_name(self, name: str) -> Incoming | None:
        """The newest incoming request from `name`."""
        found = [request for request in self.incoming.values() if request.name == name]
        return found[-1] if found else None

    def clear(self) -> list[Outgoing]:
        """Forget all outgoing requests and return them."""
        ended = list(self.outgoing.values())
        self.outgoing.clear()
        return ended

    def server_lost(self) -> None:
        """Ids mean nothing any more; what waits for us is delivered again after the login."""
        self.incoming.clear()
        for out in self.outgoing.values():
            out.id = None

    @property
    def unanswered(self) -> Outgoing | None:
        """The oldest of which the server has not said whether it is open."""
        return next((out for out in self.outgoing.values() if out.id is None), None)

    def expire(self, now: float) -> Iterator[Outgoing | Incoming]:
        """Remove and return what has run out: incoming, and outgoing that no server answers for.

        One that the server knows of is for it to end, and is waited for a little longer.
        """
        for request in [r for r in self.incoming.values() if r.deadline <= now]:
            yield self.incoming.pop(request.id)
        for out in [o for o in self.outgoing.values() if o.ends <= now]:
            yield self.outgoing.pop(out.name)

    @property
    def deadline(self) -> float | None:
        """When `expire` wants to be called."""
        deadlines = [request.deadline for request in self.incoming.values()]
        deadlines += [out.ends for out in self.outgoing.values()]
        return min(deadlines, default=None)


class Withdrawn:
    """Introductions that we withdrew and whose "go" may be on its way; the newest ones count."""

    def __init__(self) -> None:
        self._ids: dict[bytes, None] = {}

    def add(self, id: bytes) -> None:
        """Remember one, and forget the oldest if there are too many."""
        self._ids[id] = None
        if len(self._ids) > limits.WITHDRAWN:
            del self._ids[next(iter(self._ids))]

    def discard(self, id: bytes) -> None:
        """Forget one."""
        self._ids.pop(id, None)

    def __contains__(self, id: bytes) -> bool:
        return id in self._ids

    def __len__(self) -> int:
        return len(self._ids)

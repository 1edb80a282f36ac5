"""The word to a guest that our side of the conversation ended with an earlier run of the program
(protocol, "After the end"): it would wait to be asked until it gives up."""

from collections.abc import Iterable

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions.effects import Effect
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.request import Outgoing
from chatd.store.past import Past
from chatd.wire import server as wire

Effects = list[Effect]


class Farewells:
    """Asks at the server that no person reads on either side, a few at a time."""

    def __init__(self, proofs: Proofs) -> None:
        self._proofs = proofs
        self._due: list[tuple[Past, float]] = []
        """To whom there is still one to be said, and until when."""
        self._asks: dict[str, Outgoing] = {}
        self._waited_for: set[str] = set()
        """Whom the person asks, as soon as the server has answered."""

    def say(self, pasts: Iterable[Past], now: float) -> Effects:
        """Tell the guests of these conversations, if they come to the server in time."""
        self._due += [(past, now + limits.REQUEST_SECONDS) for past in pasts]
        return self._next(now)

    def receive(self, message: wire.FromServer, now: float) -> Effects | None:
        """What the server says of them; None for everything else."""
        match message:
            case wire.Asked(id, name, _, crossing) if self._is_unanswered(name):
                return self._asked(name, id, now, crossing=crossing)
            case wire.Accepted(id) | wire.Ended(id) if (name := self._under(id)) is not None:
                self._gone(name)
                is_made = isinstance(message, wire.Accepted)
                return [*([do.Send(wire.Cancel(id))] if is_made else []), *self._next(now)]
            case wire.Refused("request", name) if name and self._is_unanswered(name):
                self._gone(name)
                return self._next(now)
        return None

    def make_way(self, name: str) -> Effects:
        """The person asks someone now: if that is whom we say farewell to, it is taken back, as the
        server takes one ask at a time for a name."""
        self._due = [(past, until) for past, until in self._due if past.name != name]
        ask = self._asks.get(name)
        if ask is None:
            return []
        if ask.id is None:
            self._waited_for.add(name)
            return []
        self._gone(name)
        return [do.Send(wire.Cancel(ask.id))]

    @property
    def in_the_way(self) -> set[str]:
        """Whom the person cannot ask before the server has answered."""
        return self._waited_for

    def server_lost(self) -> None:
        """The server has forgotten them."""
        self._due.clear()
        self._asks.clear()
        self._waited_for.clear()

    # -- inside

    def _next(self, now: float) -> Effects:
        sent: Effects = []
        while self._due and len(self._asks) < limits.RESUMING_AT_A_TIME:
            past, until = self._due.pop(0)
            self._asks[past.name] = ask = Outgoing(past.name, until)
            sent.append(do.Send(ask.message(now, self._proofs.farewell(past.secret, past.key))))
        return sent

    def _under(self, id: bytes) -> str | None:
        return next((name for name, ask in self._asks.items() if ask.id == id), None)

    def _is_unanswered(self, name: str) -> bool:
        return name in self._asks and self._asks[name].id is None

    def _gone(self, name: str) -> None:
        del self._asks[name]
        self._waited_for.discard(name)

    def _asked(self, name: str, id: bytes, now: float, *, crossing: bool) -> Effects:
        self._asks[name].opened(id)
        makes_way = name in self._waited_for
        if crossing or makes_way:
            self._gone(name)
        # Where they ask themselves, there is nothing of ours to take back.
        cancel = [do.Send(wire.Cancel(id))] if makes_way and not crossing else []
        return [*cancel, *self._next(now)]

"""The word to a guest that our side of the conversation ended with an earlier run of the program
(protocol, "After the end"): it would wait to be asked until it gives up."""

from chatd.engine.decisions import effects as do
from chatd.engine.decisions.conversations import Effects
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.requests import Outgoing
from chatd.store.past import Past
from chatd.wire import server as wire


class Farewell:
    """One ask at the server that no person reads on either side."""

    def __init__(self, proofs: Proofs) -> None:
        self._proofs = proofs
        self._ask: Outgoing | None = None
        self._then: Effects = []
        """What is to follow as soon as the server has answered."""

    def say(self, past: Past, now: float, until: float) -> Effects:
        """Tell the guest of this conversation, if it comes to the server in time."""
        self._ask = Outgoing(past.name, until)
        proof = self._proofs.farewell(past.secret, past.key)
        return [do.Send(self._ask.message(now, proof))]

    def receive(self, message: wire.FromServer) -> Effects | None:
        """What the server says of it; None for everything else."""
        ask = self._ask
        match message:
            case _ if ask is None:
                return None
            case wire.Asked(id, name, _, crossing) if name == ask.name and ask.id is None:
                ask.id = id
                return self._asked(ask, crossing=crossing)
            case wire.Accepted(id) if id == ask.id:
                self._ask = None
                return [do.Send(wire.Cancel(id))]
            case wire.Ended(id) if id == ask.id:
                self._ask = None
                return []
            case wire.Refused("request", name) if name == ask.name and ask.id is None:
                self._ask = None
                return self._follow()
        return None

    def before(self, name: str, asking: Effects) -> Effects:
        """The person asks someone now, with these effects: if that is whom we say farewell to,
        they come after its end, as the server takes one ask at a time for a name."""
        ask = self._ask
        if ask is None or ask.name != name:
            return asking
        if ask.id is None:
            self._then = asking
            return []
        self._ask = None
        return [do.Send(wire.Cancel(ask.id)), *asking]

    def server_lost(self) -> None:
        """The server has forgotten it."""
        self._ask, self._then = None, []

    # -- inside

    def _asked(self, ask: Outgoing, *, crossing: bool) -> Effects:
        if crossing or self._then:
            self._ask = None
        # Where they ask themselves, there is nothing of ours to take back.
        cancel = [] if crossing or ask.id is None else [do.Send(wire.Cancel(ask.id))]
        return [*cancel, *self._follow()] if self._then else []

    def _follow(self) -> Effects:
        then, self._then = self._then, []
        return then

"""What the server says of requests and introductions, and an introduction until "go"."""

from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.asking import Asking, changed
from chatd.engine.decisions.conversations import Conversations, Effects
from chatd.engine.decisions.states import Preparing
from chatd.errors import Unexpected
from chatd.wire import server as wire


class Introductions:
    """How requests become an introduction, or end."""

    def __init__(self, conversations: Conversations, asking: Asking) -> None:
        self._conversations = conversations
        self._asking = asking

    @property
    def _made(self) -> Preparing | None:
        """The introduction that is being made."""
        state = self._conversations.state
        return state if isinstance(state, Preparing) else None

    def receive(self, message: wire.FromServer, now: float) -> Effects:
        """One message of the server; raises `Unexpected` for what no honest server sends now."""
        match message:
            case wire.Asked():
                return self._asking.asked(message, now)
            case wire.Requested():
                return self._asking.requested(message, now)
            case wire.Accepted():
                return self._accepted(message, now)
            case wire.Ended(id, reason):
                return self._ended(id, reason)
            case wire.Go():
                return self._go(message)
        raise Unexpected

    def refused(self, refused: wire.Refused) -> Effects:
        """A request was not taken, or an acceptance."""
        if refused.to == "request":
            return self._asking.refused(refused)
        return self._unmade("not-now") if self._made and self._made.id == refused.id else []

    def give_up(self, why: events.Unmade) -> Effects:
        """Withdraw the introduction; harmless when there is none."""
        if self._made is None:
            return []
        return [self._asking.withdraw(self._made.id), *self._unmade(why)]

    def offer_failed(self, why: str) -> Effects:
        """Our own part of it could not be made; harmless when there is none."""
        made = self._made
        if made is None:
            return []
        return [do.Send(wire.Decline(made.id, "no-port")), *self._unmade("no-port", why)]

    def tick(self, now: float) -> Effects:
        """Give up what takes too long; between introductions, end requests that have run out."""
        if self._made is None:
            return self._asking.expire(now)
        return self.give_up("no-answer") if now >= self._made.deadline else []

    # -- inside

    def _accepted(self, accepted: wire.Accepted, now: float) -> Effects:
        asking = self._asking
        out = asking.requests.asked(accepted.id)
        if out is None:
            return [asking.withdraw(accepted.id)]
        del asking.requests.outgoing[out.name]
        if (refused := asking.refusal(out.name, accepted.key)) is not None:
            return [refused, asking.withdraw(accepted.id)]
        # The server ends our other requests. Had we just accepted someone else, it refuses that.
        ended = [*self._conversations.unmade("not-now"), *asking.forget_all()]
        made = self._conversations.prepare(
            accepted.id, out.name, accepted.key, True, now, out.secret
        )
        return [*ended, *made]

    def _ended(self, id: bytes, reason: wire.Ending) -> Effects:
        if self._made is not None and self._made.id == id:
            return self._unmade("no-port-there" if reason == "no-port" else reason)
        return self._asking.ended(id, reason)

    def _go(self, go: wire.Go) -> Effects:
        made = self._made
        if made is None or made.id != go.id:
            if go.id not in self._asking.withdrawn:
                raise Unexpected
            self._asking.withdrawn.discard(go.id)
            return self._back([], "server-lost")
        if (go.name, go.key) != (made.name, made.key):
            return self._back([changed(made.name, made.key, go.key)], "cancelled")
        self._asking.forget()
        return self._conversations.race(go)

    def _unmade(self, why: events.Unmade, detail: str = "") -> Effects:
        """It came to nothing; so have our other requests, if it was us who accepted."""
        return [*self._conversations.unmade(why, detail), *self._asking.end_all()]

    def _back(self, shown: Effects, why: events.Unmade) -> Effects:
        """The server has let go of us: return to it, and ask again what we were asking."""
        self._asking.requests.server_lost()
        unmade = self._conversations.unmade(why)
        return [do.CloseServer(None), *shown, *unmade, *self._conversations.back()]

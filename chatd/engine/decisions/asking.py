"""Requests in both directions, until one of them becomes an introduction."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.conversations import Conversations, Effects
from chatd.engine.decisions.effects import Show
from chatd.engine.decisions.misplaced import choose, misplaced, occupied
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.requests import Incoming, Outgoing, Requests, Withdrawn
from chatd.engine.decisions.states import Away, Free
from chatd.noise.keys import fingerprint
from chatd.store.contacts import (
    Blocked,
    Judgement,
    KeyChanged,
    KnownAs,
    petname,
    resembled,
    standing,
)
from chatd.store.hearing import Hears, is_heard
from chatd.wire import server as wire


class Asking:
    """The requests of one client.

    `identity` is our key, `judge` says what we know about a name with a key, `proofs` who holds a
    card of whom, `hears` whom the person wants to hear.
    """

    def __init__(
        self,
        conversations: Conversations,
        identity: bytes,
        judge: Callable[[str, bytes], Judgement],
        proofs: Proofs,
        hears: Callable[[], Hears],
    ) -> None:
        self._proofs = proofs
        self.identity = identity
        self.requests = Requests()
        self.withdrawn = Withdrawn()
        self._hears = hears
        self._conversations = conversations
        self._judge = judge

    # -- the person

    def chat(self, name: str, now: float) -> Effects:
        """Ask someone for a conversation, or accept their request."""
        if not isinstance(self._conversations.state, Free | Away):
            return [occupied(self._conversations.state)]
        if self.requests.from_name(name):
            return self.accept(name, now)
        if name in self.requests.outgoing:
            return [misplaced(f"you are asking {name} already", "cancel, or wait")]
        if len(self.requests.outgoing) >= limits.ASKING:
            return [misplaced("you are asking as many people as you can", "cancel one first")]
        self._conversations.again = None
        out = self.requests.ask(name, now)
        if isinstance(self._conversations.state, Away):
            return [Show(events.AskingLater(name))]
        return [self._request(out, now)]

    def accept(self, name: str | None, now: float) -> Effects:
        """Accept a request; without a name the only one."""
        if not isinstance(self._conversations.state, Free):
            return [occupied(self._conversations.state)]
        request = self._incoming(name)
        return self._accept(request, now) if isinstance(request, Incoming) else [request]

    def decline(self, name: str | None) -> Effects:
        """Decline a request; without a name the only one."""
        request = self._incoming(name)
        if not isinstance(request, Incoming):
            return [request]
        del self.requests.incoming[request.id]
        shown = Show(events.RequestEnded(request.name, "declined-by-us"))
        return [do.Send(wire.Decline(request.id, "declined")), shown]

    def cancel(self, name: str | None) -> Effects:
        """Withdraw a request; without a name the only one."""
        outgoing = self.requests.outgoing
        if name is None and len(outgoing) == 1:
            name = next(iter(outgoing))
        if name is None or name not in outgoing:
            return [choose("you are asking: {}", "you ask nobody", outgoing, "cancel")]
        return [*self._drop(outgoing[name]), Show(events.AskingEnded(name, "cancelled"))]

    def drop_all(self, key: bytes, names: Iterable[str]) -> Effects:
        """Withdraw our requests to someone under these names, and give theirs no answer."""
        incoming = self.requests.incoming
        for request in [each for each in incoming.values() if each.key == key]:
            del incoming[request.id]
        asking = [name for name in names if name in self.requests.outgoing]
        return [effect for name in asking for effect in self.cancel(name)]

    # -- the server

    def ask_again(self, now: float) -> Effects:
        """Ask for all that we want, with the time that is left."""
        return [self._request(out, now) for out in self.requests.outgoing.values()]

    def end_all(self) -> Effects:
        """Withdraw all requests of ours, and say so."""
        cancels = [self.withdraw(out.id) for out in self.requests.outgoing.values() if out.id]
        return [*cancels, *self.forget_all()]

    def forget_all(self) -> Effects:
        """Say that all requests of ours are over, where the server knows."""
        ended = self.requests.clear()
        return [Show(events.AskingEnded(out.name, "withdrawn")) for out in ended]

    def expire(self, now: float) -> Effects:
        """Say which requests have run out."""
        over = list(self.requests.expire(now))
        cancels = [self.withdraw(out.id) for out in over if isinstance(out, Outgoing) and out.id]
        return [*cancels, *(Show(_expired(request)) for request in over)]

    def refused(self, refused: wire.Refused) -> Effects:
        """A request was not taken; nothing is said of one that was cancelled meanwhile."""
        name = refused.name or ""
        if self.requests.outgoing.pop(name, None) is None:
            return []
        return [Show(events.Refused(refused.to, name, refused.code, refused.seconds))]

    def asked(self, asked: wire.Asked, now: float) -> Effects:
        """A request is open."""
        out = self.requests.outgoing.get(asked.name)
        if out is None:
            # Cancelled before the server had answered; a crossing one is not ours to withdraw.
            return [] if asked.crossing else [self.withdraw(asked.id)]
        out.id = asked.id
        if asked.crossing:
            return []  # their request is here, or comes next, and is accepted by itself
        return [Show(events.Asking(out.name, asked.here, out.left(now)))]

    def requested(self, message: wire.Requested, now: float) -> Effects:
        """Someone asks us; raises `Unexpected` for more than a server lets through.

        Nothing is answered by itself, or whoever asks would learn whom we know; it expires.
        """
        request = Incoming(message.id, message.name, message.key, now + message.seconds)
        judged = self._judge(request.name, request.key)
        out = self.requests.outgoing.get(request.name)
        secret = self._proofs.behind(message.proof, message.key) if message.proof else None
        heard = is_heard(self._hears(), judged, holds_card=secret is not None)
        if isinstance(judged, Blocked) or not (heard or out):
            return []  # no answer, as if nobody were there; it expires
        if message.proof is not None:
            if secret is None:
                # The link would need the secret, so that nothing could come of it.
                return [Show(events.StaleCard(message.name))]
            request = replace(request, secret=secret)
        if (refused := self.refusal(request.name, request.key)) is not None:
            return [refused, *(self._drop(out) if out else [])]
        self.requests.add(request)
        if out is not None and isinstance(self._conversations.state, Free):
            return self._accept(request, now)
        return [self._arrived(message, request)]

    def ended(self, id: bytes, reason: wire.Ending) -> Effects:
        """A request is over; of what was withdrawn nothing is said."""
        if (out := self.requests.asked(id)) is not None:
            if reason == "closing":
                out.id = None  # the server will be back, and is asked again then
                return []
            del self.requests.outgoing[out.name]
            if reason == "no-port":
                self._conversations.again = out.name
            return [Show(events.AskingEnded(out.name, reason))]
        if (request := self.requests.incoming.pop(id, None)) is not None:
            return [Show(events.RequestEnded(request.name, reason))]
        return []

    def forget(self) -> None:
        """Both have left the server, which forgets all requests."""
        self.requests = Requests()

    def withdraw(self, id: bytes) -> do.Send:
        """Cancel a request or an introduction, whose "go" may be on its way."""
        self.withdrawn.add(id)
        return do.Send(wire.Cancel(id))

    def refusal(self, name: str, key: bytes) -> Show | None:
        """Why this name with this key is not to be talked to."""
        if key == self.identity:
            return Show(events.OwnKey(name))
        judged = self._judge(name, key)
        if isinstance(judged, Blocked):
            return Show(events.Misplaced(f"{name} is blocked", f"unblock {name}"))
        return changed(name, judged.expected, key) if isinstance(judged, KeyChanged) else None

    # -- inside

    def _accept(self, request: Incoming, now: float) -> Effects:
        del self.requests.incoming[request.id]
        if (refused := self.refusal(request.name, request.key)) is not None:
            return [refused]
        self.requests.outgoing.pop(request.name, None)
        return self._conversations.prepare(
            request.id, request.name, request.key, False, now, request.secret
        )

    def _request(self, out: Outgoing, now: float) -> do.Send:
        proof = self._proofs.ask(out.name)
        out.secret = proof.secret if proof else b""
        return do.Send(out.message(now, proof.data if proof else None))

    def _drop(self, out: Outgoing) -> Effects:
        del self.requests.outgoing[out.name]
        return [self.withdraw(out.id)] if out.id else []

    def _incoming(self, name: str | None) -> Incoming | Show:
        waiting = {request.name: request for request in self.requests.incoming.values()}
        if name is None and len(waiting) == 1:
            return next(iter(waiting.values()))
        if name is None or name not in waiting:
            return choose("asking you: {}", "nobody asks you", waiting, "accept")
        return waiting[name]

    def _arrived(self, message: wire.Requested, request: Incoming) -> Show:
        judged = self._judge(request.name, request.key)
        known_as = judged.name if isinstance(judged, KnownAs) else None
        who = fingerprint(request.key)
        return Show(
            events.RequestArrived(
                request.name,
                who,
                standing(judged),
                known_as,
                message.seconds,
                petname(judged),
                holds_card=bool(request.secret),
                resembles=resembled(judged),
            )
        )


def changed(name: str, expected: bytes, found: bytes) -> Show:
    """Say loudly that a name came with another key."""
    return Show(events.KeyChanged(name, fingerprint(expected), fingerprint(found)))


def _expired(request: Outgoing | Incoming) -> events.Event:
    if isinstance(request, Outgoing):
        return events.AskingEnded(request.name, "expired")
    return events.RequestEnded(request.name, "expired")

"""Requests in both directions, until one of them becomes an introduction."""

from collections.abc import Callable, Container, Iterable, Sequence

from msgspec.structs import replace

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.between import Again, Agreed, Between
from chatd.engine.decisions.effects import Effect, Show, choose, failed
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.request import Ask, Incoming, Outgoing
from chatd.errors import Unexpected
from chatd.noise.keys import fingerprint
from chatd.store.contact import (
    Blocked,
    Hears,
    Judgement,
    KeyChanged,
    KnownAs,
    is_heard,
    petname,
    resembled,
    standing,
)
from chatd.wire import codes
from chatd.wire import server as wire

Steps = list[Effect | Between]


class Requests:
    """Those of one client: outgoing by name, incoming by id.

    `identity` is our key, `judge` says what we know about a name with a key, `proofs` who holds a
    card of whom, `hears` whom the person wants to hear.
    """

    def __init__(
        self,
        identity: bytes,
        judge: Callable[[str, bytes], Judgement],
        proofs: Proofs,
        hears: Callable[[], Hears],
    ) -> None:
        self.outgoing: dict[str, Outgoing] = {}
        self.incoming: dict[bytes, Incoming] = {}
        self._accepted: Incoming | None = None
        """The one that we accepted last, as the server may refuse that and keep it."""
        self.identity = identity
        self._judge = judge
        self._proofs = proofs
        self._hears = hears

    # -- the person

    def ask(self, name: str, now: float, *, is_free: bool) -> Steps:
        """Ask someone for a conversation, as soon as the server is free for it, or accept their
        request."""
        request = self.from_name(name)
        if request is not None and request.is_there and is_free:
            return self._accept(request)
        if name in self.outgoing:
            return [failed("asking-already", name)]
        if len(self.outgoing) >= limits.ASKING:
            return [failed("too-many-asked")]
        self.outgoing[name] = Outgoing(name, now + limits.REQUEST_SECONDS)
        return [] if is_free else [Show(events.AskingLater(name))]

    def chosen(self, name: str | None) -> Incoming | Show:
        """The request to us from this name, or the only one; else what to say."""
        waiting = {request.name: request for request in self.incoming.values()}
        if name is None and len(waiting) == 1:
            return next(iter(waiting.values()))
        if name is None or name not in waiting:
            return choose("several-ask", "nobody-asks", waiting)
        return waiting[name]

    def decline(self, name: str | None) -> Steps:
        """Decline a request; without a name the only one."""
        request = self.chosen(name)
        if not isinstance(request, Incoming):
            return [request]
        del self.incoming[request.id]
        sent: Steps = []
        if request.is_there:
            sent = [do.Send(wire.Decline(request.id, "declined"))]
        return [*sent, Show(events.RequestEnded(request.name, "declined-by-us"))]

    def cancel(self, name: str | None) -> Steps:
        """Withdraw a request; without a name the only one."""
        outgoing = self.outgoing
        if name is None and len(outgoing) == 1:
            name = next(iter(outgoing))
        if name is None or name not in outgoing:
            return [choose("several-asked", "nobody-asked", outgoing)]
        return [*self._drop(outgoing[name]), Show(events.AskingEnded(name, "cancelled"))]

    def drop_all(self, key: bytes, names: Iterable[str]) -> Steps:
        """Withdraw our requests to someone under these names, and give theirs no answer."""
        self.drop_from(key)
        asking = [name for name in names if name in self.outgoing]
        return [effect for name in asking for effect in self.cancel(name)]

    def drop_from(self, key: bytes) -> None:
        """Give no answer to what this person asks."""
        self.incoming = {id: each for id, each in self.incoming.items() if each.key != key}
        if self._accepted is not None and self._accepted.key == key:
            self._accepted = None

    # -- the server

    def send(self, now: float, waiting: Container[str] = ()) -> Steps:
        """The server is free for what it was not told yet; those `waiting` are left for later."""
        steps: Steps = []
        for out in [out for out in self.unsent if out.name not in waiting]:
            request = self.from_name(out.name)
            if request is not None and request.is_there:
                return [*steps, *self._accept(request)]
            steps.append(self._request(out, now))
        return steps

    def end_all(self) -> Steps:
        """Withdraw all requests of ours that the server has, and say so."""
        cancels = [do.Send(wire.Cancel(out.id)) for out in self.outgoing.values() if out.id]
        return [*cancels, *self.forget_all()]

    def forget_all(self) -> Steps:
        """Say that all requests of ours that the server had are over, as it knows."""
        ended = [out for out in self.outgoing.values() if out.stage is not Ask.WANTED]
        self.outgoing = {out.name: out for out in self.unsent}
        return [Show(events.AskingEnded(out.name, "withdrawn")) for out in ended]

    @property
    def unsent(self) -> list[Outgoing]:
        """Those of ours that the server does not know of."""
        return [out for out in self.outgoing.values() if out.stage is Ask.WANTED]

    def ended_there(self) -> None:
        """The server has ended those of ours without a word: they are to be made again."""
        for out in self.outgoing.values():
            out.ended_there()

    def server_lost(self) -> None:
        """Ids mean nothing any more; what waits for us is delivered again after the login."""
        self.incoming.clear()
        self._accepted = None
        self.ended_there()

    def left(self) -> None:
        """We have left the server; it keeps those to us, and they can be accepted."""
        kept = (replace(each, is_there=False) for each in self.incoming.values())
        self.incoming = {each.id: each for each in kept}
        self.ended_there()

    def expire(self, now: float) -> Steps:
        """Say which requests have run out: incoming, and outgoing that no server answers for.

        One that the server knows of is for it to end, and is waited for a little longer.
        """
        to_us = [each for each in self.incoming.values() if each.deadline <= now]
        ours = [out for out in self.outgoing.values() if out.ends <= now]
        for each in to_us:
            del self.incoming[each.id]
        cancels = [effect for out in ours for effect in self._drop(out)]
        ended = [Show(events.RequestEnded(each.name, "expired")) for each in to_us]
        return [*cancels, *ended, *(Show(events.AskingEnded(o.name, "expired")) for o in ours)]

    @property
    def deadline(self) -> float | None:
        """When `expire` wants to be called."""
        deadlines = [request.deadline for request in self.incoming.values()]
        deadlines += [out.ends for out in self.outgoing.values()]
        return min(deadlines, default=None)

    @property
    def unanswered(self) -> Outgoing | None:
        """The oldest of which the server has not said whether it is open."""
        return next((out for out in self.outgoing.values() if out.stage is Ask.SENT), None)

    def asked_under(self, id: bytes) -> Outgoing | None:
        """The outgoing request with this id."""
        return next((out for out in self.outgoing.values() if out.id == id), None)

    def from_name(self, name: str) -> Incoming | None:
        """The newest incoming request from `name`."""
        found = [request for request in self.incoming.values() if request.name == name]
        return found[-1] if found else None

    def from_key(self, key: bytes) -> Incoming | None:
        """An incoming request of whoever has this key."""
        return next((each for each in self.incoming.values() if each.key == key), None)

    def refused(self, refused: wire.Refused) -> Steps:
        """A request was not taken; nothing is said of one that was cancelled meanwhile."""
        name = refused.name or ""
        if self.outgoing.pop(name, None) is None:
            return []
        return [Show(events.Refused(refused.to, name, refused.code, refused.seconds))]

    def accept_refused(self, id: bytes | None) -> None:
        """We are in another introduction: the server keeps what we accepted, and so do we."""
        kept, self._accepted = self._accepted, None
        if kept is not None and kept.id == id:
            self.incoming[kept.id] = kept

    def asked(self, asked: wire.Asked, now: float) -> Steps:
        """A request is open."""
        out = self.outgoing.get(asked.name)
        if out is None:
            # Cancelled before the server had answered; a crossing one is not ours to withdraw.
            return [] if asked.crossing else [do.Send(wire.Cancel(asked.id))]
        out.opened(asked.id)
        if asked.crossing:
            return []  # their request is here, or comes next, and is accepted by itself
        return [Show(events.Asking(out.name, asked.here, out.left(now)))]

    def requested(self, message: wire.Requested, now: float, *, is_free: bool) -> Steps:
        """Someone asks us; raises `Unexpected` for more than a server lets through.

        Nothing is answered by itself, or whoever asks would learn whom we know; it expires.
        """
        request = Incoming(message.id, message.name, message.key, now + message.seconds)
        judged = self._judge(request.name, request.key)
        out = self.outgoing.get(request.name)
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
        is_news = self._add(request)
        if out is not None and is_free:
            return self._accept(request)
        return [self._arrived(message, request)] if is_news else []

    def accepted(self, accepted: wire.Accepted) -> Steps:
        """Our request was accepted: an introduction begins, if it is with whom we know."""
        out = self.asked_under(accepted.id)
        if out is None:
            return [do.Send(wire.Cancel(accepted.id))]
        del self.outgoing[out.name]
        if (refused := self.refusal(out.name, accepted.key)) is not None:
            return [refused, do.Send(wire.Cancel(accepted.id))]
        return [Agreed(accepted.id, out.name, accepted.key, True, out.secret)]

    def ended(self, id: bytes, reason: codes.Ending) -> Steps:
        """A request is over; of what was withdrawn nothing is said."""
        if (out := self.asked_under(id)) is not None:
            if reason == "closing":
                out.ended_there()  # the server will be back, and is asked again then
                return []
            del self.outgoing[out.name]
            again: Sequence[Between] = [Again(out.name)] if reason == "no-port" else []
            return [*again, Show(events.AskingEnded(out.name, reason))]
        if (request := self.incoming.pop(id, None)) is not None:
            return [Show(events.RequestEnded(request.name, reason))]
        return []

    def refusal(self, name: str, key: bytes) -> Show | None:
        """Why this name with this key is not to be talked to."""
        if key == self.identity:
            return Show(events.OwnKey(name))
        judged = self._judge(name, key)
        if isinstance(judged, Blocked):
            return failed("blocked", name)
        return changed(name, judged.expected, key) if isinstance(judged, KeyChanged) else None

    # -- inside

    def _add(self, request: Incoming) -> bool:
        """Whether it is another one than those that were here before we left."""
        kept = [each for each in self.incoming.values() if not each.is_there]
        there = len(self.incoming) - len(kept)
        known = [each for each in kept if (each.name, each.key) == (request.name, request.key)]
        for each in known or kept[: there + len(kept) + 1 - limits.ASKED]:
            del self.incoming[each.id]
        if there >= limits.ASKED or request.id in self.incoming:
            raise Unexpected
        self.incoming[request.id] = request
        return not known

    def _accept(self, request: Incoming) -> Steps:
        del self.incoming[request.id]
        if (refused := self.refusal(request.name, request.key)) is not None:
            return [refused]
        self.outgoing.pop(request.name, None)
        self._accepted = request
        return [Agreed(request.id, request.name, request.key, False, request.secret)]

    def _request(self, out: Outgoing, now: float) -> do.Send:
        proof = self._proofs.ask(out.name)
        out.secret = proof.secret if proof else b""
        return do.Send(out.message(now, proof.data if proof else None))

    def _drop(self, out: Outgoing) -> Steps:
        del self.outgoing[out.name]
        return [do.Send(wire.Cancel(out.id))] if out.id else []

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

"""What the server says to a client: each message goes to the machine that it concerns."""

from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.between import Again
from chatd.engine.decisions.effects import Effect, Show
from chatd.engine.decisions.presence import At
from chatd.engine.decisions.proofs import Proofs
from chatd.engine.decisions.wiring import Effects, Steps, Wiring
from chatd.errors import Unexpected
from chatd.wire import server as wire
from chatd.wire.close import Close, Reason


class ServerSide:
    """Of a client whose machines are `wired`; `server` is what the person calls theirs."""

    def __init__(self, wired: Wiring, proofs: Proofs, server: str) -> None:
        self._wired = wired
        self._presence, self._requests = wired.presence, wired.requests
        self._introductions, self._conversations = wired.introductions, wired.conversations
        self._farewells = wired.farewells
        self._proofs = proofs
        self._server = server
        self._is_away_told = False

    def logged_in(self, welcome: wire.Welcome, now: float) -> Effects:
        """The server answered our login; raises `Unexpected` if it did so before, or wrongly."""
        shown = self._presence.welcomed(welcome, self._server)
        self._is_away_told = False
        self._wired.unsaid = [each for each in shown if self._conversations and _greets(each)]
        shown = [each for each in shown if each not in self._wired.unsaid]
        return self._wired.settled([*shown, *self._here(now)], now)

    def _here(self, now: float) -> Steps:
        """The server may know us by name, for the first time or again."""
        if not self._presence.is_known:
            return []
        steps = self._requests.send(now, self._farewells.in_the_way)
        cut = self._proofs.cut()
        for past in cut:
            told = events.EndedWithTheProgram(past.name)
            steps += [Again(past.name), Show(told)]
        steps += self._farewells.say([past for past in cut if past.is_host], now)
        return [*steps, *self._wired.resume(now)]

    def lost(self, why: str, seconds: float, *, is_grave: bool = False) -> Effects:
        """The server link is gone, and the next try comes in `seconds`; the person is told in any
        case of what `is_grave`."""
        was_away = self._presence.at is At.AWAY
        if not self._presence.goes("link lost"):
            return []
        asking = [] if was_away else list(self._requests.outgoing)
        steps = [*self._wired.forgotten_there(), *self._introductions.server_lost()]
        is_known = was_away and self._conversations.want_server and not self._requests.outgoing
        is_quiet = (is_known or self._wired.is_visiting) and not is_grave
        if not is_quiet and not self._is_away_told:
            self._is_away_told = True
            steps.append(Show(events.ServerAway(self._server, why, seconds, asking)))
        return self._wired.settled(steps)

    def receive(self, message: wire.FromServer, now: float) -> Effects:
        """One message of the server; raises `Unexpected` for what no honest server sends now."""
        if isinstance(message, Close):
            return self._closed(message.reason)
        if self._presence.at is not At.IN:
            raise Unexpected
        steps = self._farewells.receive(message, now)
        return self._wired.settled(self._received(message, now) if steps is None else [*steps], now)

    def _received(self, message: wire.FromServer, now: float) -> Steps:
        resumed = self._conversations.receive(message, now, is_free=self._wired.is_free)
        match message:
            case wire.Ended(id, reason) if resumed is not None or self._introductions.makes(id):
                return [*(resumed or []), *self._introductions.ended(id, reason)]
            case _ if resumed is not None:
                return resumed
            case wire.Ended(id, reason):
                return self._requests.ended(id, reason)
            case wire.Asked():
                return self._requests.asked(message, now)
            case wire.Requested():
                is_free = self._wired.is_free and self._wired.has_room
                anew = self._conversations.anew(message)
                return [*anew, *self._requests.requested(message, now, is_free=is_free)]
            case wire.Accepted():
                return self._requests.accepted(message)
            case wire.Go():
                return self._go(message)
            case wire.Refused("accept", _, id):
                self._requests.accept_refused(id)
                return self._introductions.refused(id)
            case wire.Refused("request"):
                return self._requests.refused(message)
            case wire.Refused():
                return self._refused(message, now)
            case wire.Named():
                return self._named(message, now)
            case wire.Released() | wire.Found():
                return [*self._presence.answered(message)]
        raise Unexpected

    def _go(self, go: wire.Go) -> Steps:
        if self._introductions.makes(go.id):
            steps = self._introductions.go(go)
            if steps is not None:
                return steps
        elif go.id not in self._wired.withdrawn:
            raise Unexpected
        self._wired.withdrawn.discard(go.id)
        # The server has let go of us: return to it, and ask again what we were asking.
        self._presence.goes("let go")
        lost = self._wired.forgotten_there()
        let_go = self._introductions.let_go(go)
        return [do.CloseServer(None), *lost, *let_go, do.Connect()]

    def _closed(self, reason: Reason) -> Effects:
        # Whoever left the server for a conversation has no session that could be replaced.
        if reason != "replaced" or self._presence.at not in (At.AWAY, At.IN):
            return []
        self._wired.status, self._wired.is_quitting, self._wired.is_replaced = 1, True, True
        return self._wired.settled(
            [Show(events.Replaced()), *self._introductions.give_up("cancelled")]
        )

    def _named(self, named: wire.Named, now: float) -> Steps:
        before, answered = self._presence.name, self._presence.answered(named)
        if named.name == before:
            return [*answered]
        # What we asked under another name, the server has ended without a word.
        self._requests.ended_there()
        back = self._conversations.ended_there()
        here = self._here(now) if before is None else self._requests.send(now)
        return [*answered, *back, *here]

    def _refused(self, refused: wire.Refused, now: float) -> Steps:
        shown = self._presence.refused(refused, now)
        if self._presence.wanted:
            return [*shown]
        # Without a name nobody can be asked, so nothing is left waiting for one.
        ended = [Show(events.AskingEnded(name, "withdrawn")) for name in self._requests.outgoing]
        self._requests.outgoing.clear()
        return [*shown, *ended]


def _greets(effect: Effect) -> bool:
    """Whether it says that we are back on the server, which is not where the person is."""
    return isinstance(effect, Show) and isinstance(effect.event, events.LoggedIn)

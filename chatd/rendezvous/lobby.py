"""The people who are logged in: joins names, introductions and links (protocol.md, "Login").

It has no protocol of its own and no I/O but through its sessions.
"""

import math
from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.python.failure import Failure

from chatd import limits
from chatd.errors import ChatdError, Unexpected
from chatd.rendezvous.allowance import Allowance
from chatd.rendezvous.directory import canonical
from chatd.rendezvous.effects import Effect, Part, Send
from chatd.rendezvous.introductions import Introductions
from chatd.rendezvous.names import Names
from chatd.rendezvous.refusals import Denied, NotNow, SlowDown
from chatd.rendezvous.tickets import Tickets, no_tickets
from chatd.wire import server as wire
from chatd.wire.close import Reason

FEATURES: list[str] = []
"""The features of a server link that this version has, sorted."""


class Session(Protocol):
    """One link whose handshake is done."""

    key: bytes
    address: tuple[str, int]
    name: str | None

    def send(self, message: wire.FromServer) -> None:
        """Send one message."""

    since: float

    def pause(self) -> None:
        """Read nothing more until `resume`; what was read already may still come."""

    def resume(self) -> None:
        """Read again."""

    def close(self, reason: Reason) -> None:
        """Say CLOSE; the session is to be forgotten."""

    def dismiss(self, reason: Reason) -> None:
        """Say CLOSE and wait for nothing; the session is to be forgotten."""


class Lobby:
    """Everyone who is logged in, one session per key."""

    def __init__(
        self,
        clock: IReactorTime,
        random_bytes: Callable[[int], bytes],
        max_clients: int = limits.MAX_CLIENTS,
        tickets: Tickets | None = None,
        names: Names | None = None,
    ) -> None:
        self._clock = clock
        self._max_clients = max_clients
        self._sessions: dict[bytes, Session] = {}
        self._allowances: dict[bytes, Allowance] = {}
        self._timer: IDelayedCall | None = None
        # What came from someone whose name is being stored: it waits for the answer to that.
        self._held: dict[Session, list[wire.FromClient]] = {}
        self.names = Names(clock.seconds) if names is None else names
        self.introductions = Introductions(random_bytes, self._holder, tickets or no_tickets)
        self.introduced = 0

    @property
    def max_links(self) -> int:
        """How many links there may be, with those that have not logged in and those that end."""
        return self._max_clients + limits.UNNAMED_LINKS

    @property
    def here(self) -> int:
        """How many people are logged in."""
        return len(self._sessions)

    def login(self, session: Session, login: wire.Login) -> bool:
        """Let someone in; False if there is no room, or not for this key, and the session was told
        so."""
        if self.names.bans.key(session.key):
            session.close("banned")
            return False
        old = self._sessions.pop(session.key, None)
        if old is not None:
            self._replace(old)
            self._run(self.introductions.gone(session.key, self._now))
        elif self.here >= self._max_clients:
            session.close("full")
            return False
        self._arrive(session)
        self._welcome(session, login.name)
        return True

    def _replace(self, old: Session) -> None:
        """End the session that a new one takes the place of, at once if it is as new itself:
        else one key could hold any number of links that are on their way out."""
        if self._now - old.since < limits.ABORT_SECONDS:
            old.dismiss("replaced")
        else:
            old.close("replaced")

    def receive(self, session: Session, message: wire.FromClient) -> None:
        """One message of someone who is logged in; raises `Unexpected`."""
        if self._sessions.get(session.key) is not session:
            return  # it crossed the end of the session
        if session in self._held:
            self._held[session].append(message)
            return
        match message:
            case wire.Username() | wire.Release() | wire.Search() | wire.Request():
                self._limited(session, message)
            case wire.Login():
                raise Unexpected
            case _:
                self._introduce(session, message)

    def lost(self, session: Session) -> None:
        """A link is gone, or is not to be used any more."""
        if self._sessions.get(session.key) is session:
            self._forget(session.key)
            self._run(self.introductions.gone(session.key, self._now))

    def close(self, reason: Reason) -> None:
        """End every session; at once they would all come back at once."""
        seconds = spread(self.here)
        for session in list(self._sessions.values()):
            self._forget(session.key)
            session.send(wire.Closing(seconds))
            session.close(reason)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def take_away(self, name: str) -> Deferred[str]:
        """Unbind a name for the operator; raises `ChatdError`, fails with `NotStored`."""
        holder = self._holder(name)
        if holder is None:
            raise ChatdError("nobody holds that name", "chatctl names")
        session = self._sessions.get(holder)
        if session is not None and session.name == name:
            raise ChatdError("the name is in use now", "chatctl ban ends the session")
        return self.names.release(name, holder)

    def ban(self, what: str) -> Deferred[None]:
        """Keep a name or a key away, from now on; raises `BadBan`, fails with `BanNotStored`."""
        storing = self.names.ban(what)
        for session in list(self._sessions.values()):
            if self.names.bans.key(session.key) or session.name == what:
                self.lost(session)
                session.close("banned")
        return storing

    def closing(self) -> None:
        """No new introductions; those that were accepted may finish."""
        self._run(self.introductions.closing(self._now))

    # -- coming and going

    @property
    def _now(self) -> float:
        return self._clock.seconds()

    def _arrive(self, session: Session) -> None:
        now, key = self._now, session.key
        self._sessions[key] = session
        session.since = now
        self._keep_allowance(key, now)
        self.names.arrived(key)
        self._run(self.introductions.arrived(key, session.address, now))

    def _keep_allowance(self, key: bytes, now: float) -> None:
        """It outlives the session, so that a new login does not renew it; the newest are kept."""
        kept = self._allowances
        kept[key] = kept.pop(key) if key in kept else Allowance(now)
        if len(kept) > 2 * self._max_clients + limits.UNNAMED_LINKS:
            gone = next((each for each in kept if each not in self._sessions), None)
            if gone is not None:
                del kept[gone]

    def _forget(self, key: bytes) -> None:
        del self._sessions[key]
        self.names.left(key)

    def _welcome(self, session: Session, name: str | None) -> None:
        if name is None:
            self._let_in(session, None)
            return

        def refused(denied: Denied) -> None:
            self._let_in(session, None)
            session.send(wire.Refused("username", name, None, denied.code, denied.seconds))

        try:
            self._take_token(session.key)
            claiming = self._claim(session, name)
        except Denied as denied:
            refused(denied)
        else:
            self._after(session, claiming, lambda claimed: self._let_in(session, claimed), refused)

    def _let_in(self, session: Session, name: str | None) -> None:
        session.name = name
        session.send(wire.Welcome(session.address[0], name, FEATURES))
        if name is not None:
            self._run(self.introductions.named(session.key, name, self._now))

    # -- waiting for the disk

    def _after(
        self,
        session: Session,
        storing: Deferred[str],
        stored: Callable[[str], None],
        refused: Callable[[Denied], None],
    ) -> None:
        """Go on with a session once a name is stored; until then it is not read from."""
        self._held[session] = []
        session.pause()

        def failed(failure: Failure) -> None:
            failure.trap(Denied)
            if self._sessions.get(session.key) is session and isinstance(failure.value, Denied):
                refused(failure.value)

        def done(name: str) -> None:
            if self._sessions.get(session.key) is session:
                stored(name)

        storing.addCallbacks(done, failed)
        storing.addBoth(lambda _: self._go_on(session))

    def _go_on(self, session: Session) -> None:
        held = self._held.pop(session)
        session.resume()
        for place, message in enumerate(held):
            self.receive(session, message)
            if session in self._held:
                self._held[session] += held[place + 1 :]
                return

    # -- commands

    def _limited(
        self,
        session: Session,
        message: wire.Username | wire.Release | wire.Search | wire.Request,
    ) -> None:
        def refused(denied: Denied) -> None:
            to: wire.RefusedCommand = _COMMANDS[type(message)]
            session.send(wire.Refused(to, message.name, None, denied.code, denied.seconds))

        try:
            self._take_token(session.key)
            self._command(session, message, refused)
        except Denied as denied:
            refused(denied)

    def _take_token(self, key: bytes) -> None:
        if seconds := self._allowances[key].commands.take(self._now):
            raise SlowDown(seconds)

    def _command(
        self,
        session: Session,
        message: wire.Username | wire.Release | wire.Search | wire.Request,
        refused: Callable[[Denied], None],
    ) -> None:
        key, now = session.key, self._now
        match message:
            case wire.Username(name):
                claiming = self._claim(session, name)
                self._after(session, claiming, lambda name: self._rename(session, name), refused)
            case wire.Release(name):
                releasing = self._release(session, name)
                self._after(
                    session, releasing, lambda name: session.send(wire.Released(name)), refused
                )
            case wire.Search(name):
                wanted = canonical(name)
                session.send(wire.Found(wanted, self.introductions.is_here(wanted)))
            case wire.Request(name, seconds, proof):
                self._run(self.introductions.request(key, name, seconds, now, proof))

    def _rename(self, session: Session, name: str) -> None:
        before, session.name = session.name, name
        session.send(wire.Named(name))
        if name != before:
            self._run(self.introductions.named(session.key, name, self._now))

    def _claim(self, session: Session, name: str) -> Deferred[str]:
        if self.introductions.is_locked(session.key):
            raise NotNow
        return self.names.claim(name, session.key, session.address[0])

    def _release(self, session: Session, name: str) -> Deferred[str]:
        wanted = canonical(name)
        if wanted == session.name:
            raise NotNow
        return self.names.release(wanted, session.key)

    def _introduce(self, session: Session, message: wire.FromClient) -> None:
        key, now, introductions = session.key, self._now, self.introductions
        if self._allowances[key].answers.take(now):
            raise Unexpected  # no honest client has so much to answer
        match message:
            case wire.Accept(id, offer, candidates):
                self._run(introductions.accept(key, id, offer, candidates, now))
            case wire.OfferMade(id, offer, candidates):
                self._run(introductions.offer(key, id, offer, candidates, now))
            case wire.Decline(id):
                self._run(introductions.decline(key, id, now))
            case wire.Cancel(id):
                self._run(introductions.cancel(key, id, now))
            case _:
                raise Unexpected

    def _holder(self, name: str) -> bytes | None:
        return self.names.holder(name)

    # -- effects

    def _run(self, effects: list[Effect]) -> None:
        for effect in effects:
            session = self._sessions.get(effect.key)
            match effect:
                case Send(message=message) if session is not None:
                    session.send(message)
                case Part() if session is not None:
                    self._forget(effect.key)
                    session.close("introduced")
                    self.introduced += 1
        self._set_timer()

    def _set_timer(self) -> None:
        deadline = self.introductions.next_deadline()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if deadline is not None:
            self._timer = self._clock.callLater(max(0.0, deadline - self._now), self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._run(self.introductions.tick(self._now))


_COMMANDS: dict[type, wire.RefusedCommand] = {
    wire.Username: "username",
    wire.Release: "release",
    wire.Search: "search",
    wire.Request: "request",
}


def spread(people: int) -> int:
    """Seconds in which a server can let so many people in."""
    return min(limits.CLOSING_SECONDS, math.ceil(people * limits.LOGIN_CPU_SECONDS))

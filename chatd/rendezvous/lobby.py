"""The people who are logged in: joins names, introductions and links (protocol, "Login").

It has no protocol of its own and no I/O but through its sessions.
"""

import math
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from chatd import limits
from chatd.errors import ChatdError
from chatd.rendezvous.command_pace import CommandPace
from chatd.rendezvous.commands import Commands
from chatd.rendezvous.effects import Effect, Part, Send
from chatd.rendezvous.introductions import Introductions
from chatd.rendezvous.logged_in import Session
from chatd.rendezvous.names import Names, rank
from chatd.rendezvous.places import UNNAMED, Places, Seat
from chatd.rendezvous.refusals import Denied
from chatd.rendezvous.tickets import Tickets, no_tickets
from chatd.rendezvous.tokens import Tokens
from chatd.rendezvous.vouchers import Vouchers
from chatd.timer import Timer
from chatd.watch.tally import Tally
from chatd.wire import server as wire
from chatd.wire.close import Reason
from chatd.wire.seeds import SEED, Seeds
from chatd.wire.token import LASTING

STAY = "stay"
"""A login that lasts through conversations."""
FEATURES: list[str] = [STAY]
"""The features of a server link that this version has, sorted."""


class Lobby:
    """Everyone who is logged in, one session per key."""

    def __init__(
        self,
        clock: IReactorTime,
        random_bytes: Callable[[int], bytes],
        max_clients: int = limits.MAX_CLIENTS,
        tickets: Tickets | None = None,
        names: Names | None = None,
        tokens: Tokens | None = None,
        vouchers: Vouchers | None = None,
        tally: Tally | None = None,
    ) -> None:
        self.tally = tally or Tally()
        self._clock = clock
        self.max_clients = max_clients
        self._sessions: dict[bytes, Session] = {}
        self._places: Places[bytes] = Places()
        self._timer = Timer(clock, self._tick)
        self._still: list[Session] = []
        self.names = Names(clock.seconds) if names is None else names
        self._pace = CommandPace(lambda *who: self.names.is_held(*who), max_clients)
        self._commands = Commands(self)
        unkept = Seeds.fresh(random_bytes(SEED), 0)
        self.tokens = tokens or Tokens(unkept, lambda: 0, random_bytes)
        self.vouchers = vouchers or Vouchers(unkept, lambda: 0)
        self.introductions = Introductions(
            random_bytes,
            self._holder,
            tickets or no_tickets,
            most_holds=limits.HOLDS_PER_CLIENT * max_clients,
            report=self.tally.introduction,
        )
        self.introduced = 0
        self.notice = ""
        """What people are to read after their login."""
        self._unwelcomed: set[bytes] = set()
        """Whose login waits for the disk."""

    def resize(self, max_clients: int) -> None:
        """So many people may be here from now on; whoever is here beyond stays."""
        self.max_clients = max_clients
        self._pace.resize(max_clients)
        self.introductions.holds.remember(limits.HOLDS_PER_CLIENT * max_clients)

    @property
    def here(self) -> int:
        """How many people are logged in."""
        return len(self._sessions)

    @property
    def sessions(self) -> list[Session]:
        """All of them."""
        return list(self._sessions.values())

    def tell(self, session: Session) -> None:
        """Have somebody who is still here read the notice, if there is still one; to those who were
        not welcomed yet it comes with that."""
        if self.notice and self.has(session) and session.key not in self._unwelcomed:
            session.send(wire.Notice(self.notice))

    def has(self, session: Session) -> bool:
        """Whether a session is in, and not on its way out."""
        return self._sessions.get(session.key) is session

    def login(self, session: Session, login: wire.Login) -> bool:
        """Let someone in; False if there is no room, or not for this key, and the session was told
        so."""
        access = self.names.access
        if objection := access.objection(session.key, None, session.address[0]):
            session.close(objection)
            return False
        old = self._sessions.get(session.key)
        if old is not None and old.turn > session.turn:
            session.close("replaced")  # it waited for its turn, and the other one came meanwhile
            return False
        if old is not None:
            del self._sessions[session.key]
            self._replace(old)
            self.run(self.introductions.gone(session.key, self.now))
        elif self.here >= self.max_clients and not self._make_room(session, login.name):
            session.close("full")
            return False
        self._arrive(session, unlisted=login.unlisted, stays=STAY in login.features)
        self._welcome(session, login.name)
        return True

    def _make_room(self, newcomer: Session, name: str | None) -> bool:
        """Let somebody else give up a place, if the newcomer has the better right to it."""
        key = self._places.giving_way(newcomer.source, self._named_since(newcomer, name))
        if key is None:
            return False
        session = self._sessions[key]
        self.lost(session)
        session.close("full")
        return True

    def _named_since(self, session: Session, wanted: str | None) -> float:
        """Since when somebody holds a name; from now on if they can have the one that they want."""
        age = self.names.age(session.key)
        if age is not None:
            return self.now - age
        is_free = wanted is not None and self.names.may_claim(wanted, session.source)
        return self.now if is_free else UNNAMED

    def _replace(self, old: Session) -> None:
        """End the session that a new one takes the place of, at once if it is as new itself:
        else one key could hold any number of links that are on their way out."""
        if self.now - old.since < limits.ABORT_SECONDS:
            old.dismiss("replaced")
        else:
            old.close("replaced")

    def turn(self, session: Session, message: wire.FromClient) -> float:
        """In how many seconds a message is to be carried out: it, and what follows, waits so long.
        Whoever does not carry it out gives the turn back."""
        return self._pace.turn(session, message, self.now)

    def give_back(self, session: Session, message: wire.FromClient) -> None:
        """A message whose turn was taken will not be carried out."""
        self._pace.give_back(session, message)

    def receive(self, session: Session, message: wire.FromClient) -> None:
        """One message of someone who is logged in, in its turn; raises `Unexpected`."""
        self._commands.receive(session, message)

    def lost(self, session: Session) -> None:
        """A link is gone, or is not to be used any more."""
        if self._sessions.get(session.key) is session:
            self._forget(session.key)
            self.run(self.introductions.gone(session.key, self.now))

    def close(self, reason: Reason) -> None:
        """End every session; at once they would all come back at once."""
        seconds = spread(self.here)
        for session in list(self._sessions.values()):
            self._forget(session.key)
            session.send(wire.Closing(seconds))
            session.close(reason)
        self._timer.stop()

    def take_away(self, name: str) -> Deferred[str]:
        """Unbind a name for the operator; raises `ChatdError`, fails with `NotStored`."""
        holder = self._holder(name)
        if holder is None:
            raise ChatdError("nobody holds that name", "chatctl names")
        session = self._sessions.get(holder)
        if session is not None and session.name == name:
            raise ChatdError("the name is in use now", "chatctl ban ends the session")
        return self.names.release(name, holder)

    def stand_still(self) -> None:
        """Read nothing of anybody until `go_on`: another process has the names."""
        self._still = list(self._sessions.values())
        for session in self._still:
            session.pause()
        self.introductions.foresee(self.now)

    def go_on(self) -> None:
        """Go on with what waits; harmless at any time."""
        still, self._still = self._still, []
        for session in still:
            session.resume()

    def closing(self) -> None:
        """No new introductions; those that were accepted may finish."""
        self.run(self.introductions.closing(self.now))

    # -- coming and going

    @property
    def now(self) -> float:
        """The clock of all of this, in seconds."""
        return self._clock.seconds()

    def _arrive(self, session: Session, *, unlisted: bool, stays: bool) -> None:
        now, key = self.now, session.key
        self._sessions[key] = session
        session.since = now
        self.names.arrived(key)
        age = self.names.age(key)
        self.seat(session, age)
        is_settled = rank(age) == LASTING
        self.run(
            self.introductions.arrived(
                key,
                session.address,
                now,
                session.source,
                is_settled=is_settled,
                unlisted=unlisted,
                stays=stays,
            )
        )

    def seat(self, session: Session, age: float | None) -> None:
        """Give a place to somebody who has held a name for so long; None for no name."""
        named = UNNAMED if age is None else self.now - age
        self._places.enter(session.key, Seat(session.source, named, session.since))

    def _forget(self, key: bytes) -> None:
        del self._sessions[key]
        self._unwelcomed.discard(key)
        self._places.leave(key)
        self.names.left(key)

    def _welcome(self, session: Session, name: str | None) -> None:
        if name is None:
            self._let_in(session, None)
            return

        def refused(denied: Denied) -> None:
            self._let_in(session, None)
            session.send(wire.Refused("username", name, None, denied.code, denied.seconds))

        try:
            claiming = self._commands.claim(session, name)
        except Denied as denied:
            refused(denied)
        else:
            self._unwelcomed.add(session.key)
            self._commands.after(
                session,
                claiming,
                lambda claimed: self._let_in(session, self._commands.usable(session, claimed)),
                refused,
            )

    def _let_in(self, session: Session, name: str | None) -> None:
        session.name = name
        self._unwelcomed.discard(session.key)
        age = self.names.age(session.key)
        if name is not None:
            self.seat(session, age)
        tokens = self.tokens.fresh(session.key, rank(age))
        session.send(wire.Welcome(name, FEATURES, tokens))
        if self.notice:
            session.send(wire.Notice(self.notice))
        if name is not None:
            self.run(self.introductions.named(session.key, name, self.now))

    def _holder(self, name: str) -> bytes | None:
        return self.names.holder(name)

    # -- effects

    def run(self, effects: list[Effect]) -> None:
        """Carry out what introductions decided."""
        for effect in effects:
            session = self._sessions.get(effect.key)
            match effect:
                case Send(message=message) if session is not None:
                    session.send(message)
                    self.introduced += isinstance(message, wire.Go)
                case Part() if session is not None:
                    self._forget(effect.key)
                    session.close("introduced")
        self._set_timer()

    def _set_timer(self) -> None:
        deadline = self.introductions.next_deadline()
        if deadline != self._timer.due:
            self._timer.set(deadline)

    def _tick(self, now: float) -> None:
        self.run(self.introductions.tick(now))


def spread(people: int) -> int:
    """Seconds in which a server can let so many people in."""
    return min(limits.CLOSING_SECONDS, math.ceil(people * limits.LOGIN_CPU_SECONDS))

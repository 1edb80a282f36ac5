"""What somebody who is logged in asks for (protocol, "Commands and refusals")."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatd.errors import Unexpected
from chatd.rendezvous.directory import canonical
from chatd.rendezvous.logged_in import Session
from chatd.rendezvous.refusals import Banned, Denied, NotNow
from chatd.wire import server as wire
from chatd.wire.codes import RefusedCommand

if TYPE_CHECKING:
    from chatd.rendezvous.lobby import Lobby

_COMMANDS: dict[type, RefusedCommand] = {
    wire.Username: "username",
    wire.Release: "release",
    wire.Search: "search",
    wire.Request: "request",
}


class Commands:
    """Carries them out, for all who are in one lobby."""

    def __init__(self, lobby: "Lobby") -> None:
        self._lobby = lobby

    def receive(self, session: Session, message: wire.FromClient) -> None:
        """One message of someone who is logged in, in its turn; raises `Unexpected`."""
        if not self._lobby.has(session):
            return  # it crossed the end of the session
        match message:
            case wire.Username() | wire.Release() | wire.Search() | wire.Request():
                self._answer(session, message)
            case wire.ShowVoucher(voucher, random):
                self._see(session, voucher, random)
            case wire.Login():
                raise Unexpected
            case _:
                self._introduce(session, message)

    def _answer(
        self,
        session: Session,
        message: wire.Username | wire.Release | wire.Search | wire.Request,
    ) -> None:
        def refused(denied: Denied) -> None:
            to: RefusedCommand = _COMMANDS[type(message)]
            session.send(wire.Refused(to, message.name, None, denied.code, denied.seconds))

        try:
            self._command(session, message, refused)
        except Denied as denied:
            refused(denied)

    def _command(
        self,
        session: Session,
        message: wire.Username | wire.Release | wire.Search | wire.Request,
        refused: Callable[[Denied], None],
    ) -> None:
        key, now = session.key, self._lobby.now
        match message:
            case wire.Username(name):
                claiming = self.claim(session, name)
                self.after(session, claiming, lambda name: self._rename(session, name), refused)
            case wire.Release(name):
                releasing = self._release(session, name)
                self.after(
                    session, releasing, lambda name: session.send(wire.Released(name)), refused
                )
            case wire.Search(name):
                wanted = canonical(name)
                session.send(wire.Found(wanted, self._lobby.introductions.shows(wanted, now)))
            case wire.Request(name, seconds, proof):
                self._lobby.run(self._lobby.introductions.request(key, name, seconds, now, proof))

    def _see(self, session: Session, voucher: bytes, random: bytes) -> None:
        place = self._lobby.vouchers.read(voucher, random, session.address[0])
        if place is not None:
            self._lobby.introductions.seen(session.key, place, self._lobby.now)
        session.send(wire.SeenAt(place))

    def _rename(self, session: Session, name: str) -> None:
        before, session.name = session.name, self.usable(session, name)
        self._lobby.seat(session, self._lobby.names.age(session.key))
        session.send(wire.Named(name))
        if name != before:
            self._lobby.run(self._lobby.introductions.named(session.key, name, self._lobby.now))

    def _introduce(self, session: Session, message: wire.FromClient) -> None:
        key, now, introductions = session.key, self._lobby.now, self._lobby.introductions
        match message:
            case wire.Accept(id, offer, candidates):
                self._lobby.run(introductions.accept(key, id, offer, candidates, now))
            case wire.OfferMade(id, offer, candidates):
                self._lobby.run(introductions.offer(key, id, offer, candidates, now))
            case wire.Decline(id, reason):
                self._lobby.run(introductions.decline(key, id, reason, now))
            case wire.Cancel(id):
                self._lobby.run(introductions.cancel(key, id, now))
            case _:
                raise Unexpected

    # -- names, which wait for the disk

    def claim(self, session: Session, name: str) -> Deferred[str]:
        """Have a name stored as this person's; raises `Denied`, and fails with it."""
        if self._lobby.introductions.is_locked(session.key):
            raise NotNow
        return self._lobby.names.claim(name, session.key, session.source)

    def usable(self, session: Session, name: str) -> str:
        """A name that has been stored; raises `Denied` if it is not to be used by what came
        meanwhile."""
        if self._lobby.introductions.is_locked(session.key):
            raise NotNow
        if self._lobby.names.access.bans.name(name):
            raise Banned
        return name

    def _release(self, session: Session, name: str) -> Deferred[str]:
        wanted = canonical(name)
        if wanted == session.name:
            raise NotNow
        return self._lobby.names.release(wanted, session.key)

    def after(
        self,
        session: Session,
        storing: Deferred[str],
        stored: Callable[[str], None],
        refused: Callable[[Denied], None],
    ) -> None:
        """Go on with a session once a name is stored; until then nothing more of it comes."""
        waits = not storing.called
        if waits:
            session.pause()

        def done(result: str | Failure) -> None:
            try:
                if self._lobby.has(session):
                    _tell(result, stored, refused)
            finally:
                if waits:
                    session.resume()

        storing.addBoth(done)


def _tell(
    result: str | Failure, stored: Callable[[str], None], refused: Callable[[Denied], None]
) -> None:
    if isinstance(result, str):
        try:
            stored(result)
        except Denied as denied:
            refused(denied)
    elif isinstance(result.value, Denied):
        refused(result.value)
    else:
        result.raiseException()

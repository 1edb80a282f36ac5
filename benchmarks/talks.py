"""Two ends of a conversation in one process, on sockets of loopback: chatd's, and the floors."""

from collections.abc import Callable
from random import Random
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint
from twisted.internet.protocol import Factory

from benchmarks.bare_talk import Bare, Cbc, Gcm, Straight
from chatd import limits
from chatd.noise.keys import REAL, encode_identity
from chatd.peer.connector import Connector
from chatd.peer.conversation_link import ConversationLink
from chatd.peer.ending import Ending
from chatd.peer.link import PeerLink
from chatd.peer.listener import Listener
from chatd.peer.local_port import free_port
from chatd.peer.message import Message
from chatd.peer.offer import new_offer, party
from chatd.peer.role import Role
from chatd.peer.search import Plan
from chatd.wire.codec import encode
from chatd.wire.keying import Introduction

LOOPBACK = "127.0.0.1"
SUITES = {"gcm": Gcm, "cbc": Cbc}


class Saying:
    """Says one text after the other, as what was said before is found to be there."""

    def __init__(self, say: Callable[[], object], count: int, at_once: int) -> None:
        self._say = say
        self._unsaid = count
        self._missing = count
        self.done: Deferred[None] = Deferred()
        self._say_some(min(at_once, count))

    def there(self, count: int) -> None:
        """So many more are there."""
        self._missing -= count
        if self._missing == 0:
            self.done.callback(None)
        else:
            self._say_some(min(count, self._unsaid))

    def _say_some(self, count: int) -> None:
        self._unsaid -= count
        for _ in range(count):
            self._say()


class Floor:
    """Two ends of bare Twisted."""

    def __init__(self, near: Any, far: Any) -> None:
        self._near, self._far = near, far

    async def connect(self, reactor: Any) -> "Floor":
        """Have them talk."""
        server = TCP4ServerEndpoint(reactor, 0, interface=LOOPBACK)
        port = await server.listen(Factory.forProtocol(lambda: self._far))
        client = TCP4ClientEndpoint(reactor, LOOPBACK, port.getHost().port)
        await client.connect(Factory.forProtocol(lambda: self._near))
        return self

    def say(self, count: int, text: str, at_once: int) -> Deferred[None]:
        """Say a text so many times, so many of them at a time at most; fires when all are
        acknowledged."""
        saying = Saying(lambda: self._near.say(text), count, at_once)
        self._near.heard = saying.there
        return saying.done


def bare() -> Floor:
    """Texts and answers."""
    return Floor(Bare(), Bare())


def straight_line(suite: str) -> Floor:
    """Records without a limit."""
    one, other, under = bytes(32), bytes(31) + b"\1", SUITES[suite]
    return Floor(Straight(under, one, other), Straight(under, other, one))


class Cryptography:
    """What of the straight line is done inside the libraries, and nothing else: each text is sealed
    and opened, its acknowledgement as well where it is alone, and keys are replaced."""

    def __init__(self, suite: str) -> None:
        self._suite = SUITES[suite]

    def say(self, count: int, text: str, at_once: int) -> Deferred[None]:
        """As `Floor.say`; it is done at once."""
        body, answer, key = text.encode(), bytes(limits.PADDING), bytes(32)
        for _ in range(count):
            key = self._pass(key, body)
            if at_once == 1:
                self._pass(key, answer)
        return succeed(None)

    def _pass(self, key: bytes, body: bytes) -> bytes:
        near, far = self._suite(key), self._suite(key)
        far.unseal(0, near.seal(0, body))
        near.next_key()
        return far.next_key()


class Person:
    """One end of chatd's: what a conversation tells its user."""

    def __init__(self, reactor: Any, role: Role) -> None:
        self.met_someone: Deferred[None] = Deferred()
        self.saying: Saying | None = None
        self.listener = Listener(reactor, free_port(), (LOOPBACK,))
        self.talk = ConversationLink(reactor, self, is_host=role.is_host)
        self._reactor, self._role = reactor, role

    def meet(self, *places: tuple[str, int]) -> None:
        """Look for the other one."""
        plan, carrier, random = Plan(places), self.talk.carrier, Random()
        make = (self._reactor, self.listener, self._role, plan, carrier, self.not_met, random)
        Connector(*make).start()

    def met(self, link: PeerLink) -> None:
        """There is a link."""
        self.met_someone.callback(None)

    def delivered(self, numbers: list[int]) -> None:
        """The other side has these."""
        assert self.saying is not None
        self.saying.there(len(numbers))

    def arrived(self, number: int, message: Message) -> None:
        """It is enough that it came."""

    def meet_wanted(self) -> None:
        """Nobody does."""

    def remember(self, secrets: tuple[bytes, ...]) -> None:
        """Nothing is interrupted."""

    def moved(self, before: PeerLink, link: PeerLink) -> None:
        """There is one link."""

    def not_met(self, reasons: list[tuple[str, str]]) -> None:
        """It cannot be measured."""
        raise SystemExit(f"the two did not meet: {reasons}")

    def over(self, ending: Ending, detail: str, undelivered: list[Message]) -> None:
        """It cannot be measured."""
        raise SystemExit(f"the conversation ended: {ending} {detail}")

    def broken(self, ending: Ending, detail: str) -> None:
        """It cannot be measured."""
        raise SystemExit(f"the conversation broke: {ending} {detail}")

    def left(self, undelivered: list[Message]) -> None:
        """Nobody leaves."""


class Chatd:
    """A host and a guest who were introduced."""

    def __init__(self, reactor: Any, suite: str) -> None:
        host, guest = (REAL.dh.generate_keypair() for _ in range(2))
        offers = [encode(new_offer([suite], Random().randbytes)) for _ in range(2)]
        parties = [
            party(name, encode_identity(static.public), offer)
            for name, static, offer in zip(("alice", "bob"), (host, guest), offers, strict=True)
        ]
        key = encode_identity(REAL.dh.generate_keypair().public)
        known = Introduction(key, bytes(16), parties[0], parties[1], suite)
        self._host = Person(reactor, Role(known, True, host))
        self._guest = Person(reactor, Role(known, False, guest))

    async def connect(self) -> "Chatd":
        """Have them meet."""
        self._host.meet()
        self._guest.meet((LOOPBACK, self._host.listener.port))
        await self._host.met_someone
        await self._guest.met_someone
        return self

    def say(self, count: int, text: str, at_once: int) -> Deferred[None]:
        """As `Floor.say`, from the guest to the host."""
        guest, message = self._guest, Message(text)
        guest.saying = Saying(lambda: guest.talk.say(message), count, at_once)
        return guest.saying.done

"""What one simulated person does next, by a seed. Pure: acts are for somebody else to do."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from soak.link_record import NOBODY

from chatd import limits
from chatd.wire import server as wire
from chatd.wire.close import Close

Depth = Literal["silent", "line", "first", "handshake", "login"]
"""How far somebody goes who comes: no word, half a line, the first message, no login, all of it."""
Manner = Literal["close", "half a record", "end", "reset"]
"""How somebody goes: with a word, in the middle of one, or by the end or the reset of the link."""


@dataclass(frozen=True)
class Come:
    """Open a link; one that is open becomes the one before."""

    depth: Depth
    login: wire.Login = wire.Login(None, False, [])  # noqa: RUF009


@dataclass(frozen=True)
class Say:
    """Send a message."""

    message: wire.FromClient


@dataclass(frozen=True)
class Spoil:
    """Send a record that is none."""


@dataclass(frozen=True)
class Go:
    """Leave, in some manner."""

    manner: Manner


@dataclass(frozen=True)
class Carry:
    """Pass these bytes to the other side through the relay."""

    place: wire.Relay
    id: bytes
    data: bytes


Act = Come | Say | Spoil | Go | Carry
CANDIDATES = wire.Candidates("none", 1, [])
BESIDE: tuple[Depth, ...] = ("silent", "line", "first", "handshake")


class Visitor:
    """Comes, takes names, asks, answers and goes; `names` are those that it wants sometimes."""

    def __init__(self, random: Random, names: list[str], others: list[str]) -> None:
        self._random = random
        self._own = names
        self._others = others
        self.here = False
        self._name: str | None = None
        self._asked: list[bytes] = []
        self._waiting: list[bytes] = []
        self._accepted: bytes | None = None

    # -- when

    def pause(self) -> float:
        """Seconds until the next act of one's own."""
        return self._random.expovariate(2.0 if self.here else 1.5)

    # -- what

    def act(self) -> list[Act]:
        """What it does by itself now."""
        return self._active() if self.here else self._coming()

    def leave(self) -> list[Act]:
        """All have to go."""
        return [self._leaving()] if self.here else []

    def _coming(self) -> list[Act]:
        if self._random.random() < 0.2:
            return [Come(self._random.choice(BESIDE))]
        return [self._come()]

    def _come(self) -> Come:
        other = self._random.choice(self._others)
        name = self._random.choice([*self._own[:1] * 8, *self._own, other, None])
        self.came()
        return Come("login", wire.Login(name, self._random.random() < 0.1, []))

    def came(self) -> None:
        """A link is open, and nothing is known on it yet."""
        self.here, self._name = True, None
        self._asked, self._waiting, self._accepted = [], [], None

    def gone(self) -> None:
        """The link is lost."""
        self.here = False

    def _active(self) -> list[Act]:
        roll = self._random.random()
        if roll < 0.03:
            return [self._leaving()]
        if roll < 0.05:
            return [self._come()]  # a second link of the same key
        if roll < 0.06:
            self.here = False
            return [Spoil()]
        if roll < 0.25 and self._waiting:
            return self._answer(self._waiting.pop())
        if roll < 0.32 and self._asked:
            return [Say(wire.Cancel(self._asked.pop(0)))]
        if roll < 0.34 and self._accepted is not None:
            return [Say(wire.Cancel(self._accepted))]
        return [Say(self._command())]

    def _command(self) -> wire.FromClient:
        roll, random = self._random.random(), self._random
        if roll < 0.6:
            proof = random.randbytes(limits.PROOF) if random.random() < 0.5 else None
            return wire.Request(random.choice(self._others), random.randint(1, 30), proof)
        if roll < 0.75:
            wanted = [*self._own, *self._own, random.choice(self._others), "No Name!"]
            return wire.Username(random.choice(wanted))
        if roll < 0.82:
            return wire.Release(random.choice(self._own))
        if roll < 0.97:
            around = [random.choice(self._others), random.choice(self._own), NOBODY]
            return wire.Search(random.choice([*around, self._name or NOBODY]))
        return wire.ShowVoucher(
            random.randbytes(limits.VOUCHER), random.randbytes(limits.VOUCHER_RANDOM)
        )

    def _leaving(self) -> Go:
        self.here = False
        manners: list[Manner] = ["close", "half a record", "end", "reset"]
        return Go(self._random.choice(manners))

    # -- answers

    def hear(self, message: wire.FromServer) -> list[Act]:
        """What it does about a message of the server's."""
        match message:
            case wire.Welcome(name) | wire.Named(name):
                self._name = name
            case wire.Asked(id, _, _, False):
                self._asked.append(id)
            case wire.Requested(id):
                return self._answer(id) if self._random.random() < 0.7 else self._put_off(id)
            case wire.Accepted(id):
                return self._finish(id)
            case wire.Ended(id):
                self._forget(id)
            case wire.Go(id, relay=relay) if relay is not None:
                return self._talk(id, relay)
            case Close():
                self.here = False
        return []

    def _put_off(self, id: bytes) -> list[Act]:
        self._waiting.append(id)
        return []

    def _answer(self, id: bytes) -> list[Act]:
        if self._random.random() < 0.2:
            return [Say(wire.Decline(id, self._random.choice(("declined", "no-port"))))]
        self._accepted = id
        return [Say(wire.Accept(id, self._offer(), CANDIDATES))]

    def _finish(self, id: bytes) -> list[Act]:
        self._accepted, roll = id, self._random.random()
        if roll < 0.75:
            return [Say(wire.OfferMade(id, self._offer(), CANDIDATES))]
        if roll < 0.85:
            return [Say(wire.Cancel(id))]
        return [self._leaving()] if roll < 0.95 else []  # or lets the time run out

    def _talk(self, id: bytes, relay: wire.Relay) -> list[Act]:
        if self._random.random() < 0.2:
            return []
        return [Carry(relay, id, self._random.randbytes(self._random.randint(1, 20_000)))]

    def _offer(self) -> bytes:
        return self._random.randbytes(24)

    def _forget(self, id: bytes) -> None:
        for some in (self._asked, self._waiting):
            if id in some:
                some.remove(id)
        if self._accepted == id:
            self._accepted = None

"""A rush at a door: attackers, strangers and returning people, one server of one core, and time.

The door, its shares and the order of work are those of the daemon. The costs of CPU were measured
on a machine of two cores; times on the way and pauses are drawn from a seed.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from chatd import limits
from chatd.rendezvous.door import Door, Room
from chatd.shares import Shares
from chatd.sources import Source, Sources

ACCEPT, M1, M3 = 0.00012, 0.00055, 0.0006
IN_TIME = 2.0
"""Whoever is in after so many seconds has got in."""
HONEST_RATE = 4.0
"""Strangers a second, and as many returning people."""
_FROM = Sources().of


@dataclass(eq=False)
class Link:
    """One connection; how far it goes, and what it shows."""

    source: Source
    delay: float
    steps: int
    identity: bytes | None = None
    visit: "Visit | None" = None
    done: int = 0
    dropped: bool = False


@dataclass(eq=False)
class Visit:
    """Somebody honest who wants in, by one link after the other."""

    kind: str
    host: str
    identity: bytes | None
    began: float
    tries: int = 0
    in_at: float | None = None


@dataclass(frozen=True)
class Attack:
    """So many links a second, in all, from the addresses of `hosts` in turn.

    `steps`: 0 says nothing, 1 sends m1, 2 logs in. `names`: tokens of so many identities.
    """

    rate: float
    hosts: Callable[[int], str]
    steps: tuple[int, ...] = (1,)
    names: int = 0


def sources(number: int) -> Callable[[int], str]:
    """So many addresses of IPv4."""
    return lambda n: f"10.{(n % number) >> 16}.{((n % number) >> 8) & 255}.{n % number & 255}"


def network(bits: int) -> Callable[[int], str]:
    """All that one network of IPv6 has, a customer's (48) or a provider's (32)."""
    if bits == 48:
        return lambda n: f"2001:db8:1:{n % 65_536:x}::1"
    return lambda n: f"2001:db8:{n % 65_536:x}:{n // 65_536 % 65_536:x}::1"


def server_of_today(links: dict[Link, None]) -> bool:
    """Whether the rule that came before refuses one more link: 256 in all."""
    return len(links) >= 256


@dataclass
class Outcome:
    """Who got in, and what the attacker cost."""

    waits: dict[str, list[float | None]] = field(default_factory=dict)
    accepting: float = 0.0
    working: float = 0.0

    def part_in(self, kind: str) -> float:
        """The part of these people who were in within `IN_TIME`."""
        waits = self.waits[kind]
        return sum(wait is not None and wait <= IN_TIME for wait in waits) / len(waits)


class Rush:
    """One run. `rooms` is whether the door's rules hold, or those that came before."""

    def __init__(self, seed: int, attack: Attack | None, *, rooms: bool = True) -> None:
        self._random = random.Random(seed)
        self._attack = attack
        self._rooms = rooms
        self._now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._serial = count()
        shares = [Shares(2, 60, limits.COUNTED) for _ in range(2)]
        places = {Room.KNOWN: 1000, Room.FRESH: 256, Room.REST: 256}
        self._door: Door[Link] = Door(places, shares[0], shares[1], self._drop)
        self._old: dict[Link, None] = {}
        self._queue: list[Link] = []
        self._span = limits.REST_SPAN_MILLISECONDS / 1000
        self._ceiling = Shares(limits.REST_PERCENT / 100 * self._span, self._span, 1)
        self._visits: list[Visit] = []
        self._used = {"accept": 0.0, "work": 0.0}

    def run(self, seconds: float, behind: str | None = None, measured_from: float = 0) -> Outcome:
        """So many seconds; `behind`: the address that the honest share, instead of their own."""
        for kind in ("strangers", "returning"):
            self._people(kind, seconds, behind)
        if self._attack is not None:
            self._attackers(seconds, self._attack)
        while self._events and self._now < seconds + IN_TIME:
            self._turn()
        outcome = Outcome(accepting=self._used["accept"] / seconds)
        outcome.working = self._used["work"] / seconds
        for visit in self._visits:
            if visit.began >= measured_from:
                wait = None if visit.in_at is None else visit.in_at - visit.began
                outcome.waits.setdefault(visit.kind, []).append(wait)
        return outcome

    # -- people

    def _people(self, kind: str, seconds: float, behind: str | None) -> None:
        for number, when in enumerate(self._moments(HONEST_RATE, seconds)):
            host = behind or f"172.{kind == 'returning':d}.{number >> 8}.{number & 255}"
            identity = b"%d" % number if kind == "returning" else None
            visit = Visit(kind, host, identity, when)
            self._visits.append(visit)
            self._at(when, lambda visit=visit: self._dial(visit))

    def _dial(self, visit: Visit) -> None:
        visit.tries += 1
        delay = self._random.uniform(0.02, 0.2)
        link = Link(_FROM(visit.host), delay, 2, visit.identity, visit)
        self._at(self._now + delay / 2, lambda: self._came(link))

    def _attackers(self, seconds: float, attack: Attack) -> None:
        for number, when in enumerate(self._moments(attack.rate, seconds)):
            steps = attack.steps[number % len(attack.steps)]
            identity = b"x%d" % (number % attack.names) if attack.names else None
            link = Link(_FROM(attack.hosts(number)), 0.05, steps, identity)
            self._at(when, lambda link=link: self._came(link))

    def _moments(self, rate: float, seconds: float) -> Iterator[float]:
        now = self._random.expovariate(rate)
        while now < seconds:
            yield now
            now += self._random.expovariate(rate)

    # -- the server

    def _at(self, when: float, what: Callable[[], None]) -> None:
        heappush(self._events, (when, next(self._serial), what))

    def _turn(self) -> None:
        """What has arrived by now, then a little of the work that waits."""
        if not self._waiting and self._events[0][0] > self._now:
            self._now = self._events[0][0]
        until = self._now
        while self._events and self._events[0][0] <= until:
            heappop(self._events)[2]()
        start = self._now
        while (
            self._now - start < limits.TURN_MILLISECONDS / 1000
            and (link := self._next()) is not None
        ):
            self._work(link)
        if self._now == until and self._waiting:
            self._now += 0.0005  # the last room has had its part

    @property
    def _waiting(self) -> bool:
        return self._door.has_lines if self._rooms else bool(self._queue)

    def _next(self) -> Link | None:
        if not self._rooms:
            return self._queue.pop(0) if self._queue else None
        return self._door.next(rest=self._ceiling.wait((("rest", 1),), self._now, 0) == 0)

    def _came(self, link: Link) -> None:
        self._use(link, "accept", ACCEPT)
        if self._rooms:
            self._door.came(link, link.source, self._now)
            if link.identity is not None:
                self._door.showed(link, link.identity, self._now)
        elif server_of_today(self._old):
            self._drop(link)
            return
        else:
            self._old[link] = None
        self._at(self._now + limits.HANDSHAKE_SECONDS, lambda: self._too_slow(link))
        if link.steps and not link.dropped:
            # A client that knows the server speaks first; the others have read the greeting.
            first = 0.0 if link.identity is not None else link.delay
            self._at(self._now + first, lambda: self._asks(link))

    def _asks(self, link: Link) -> None:
        if link.dropped:
            return
        if self._rooms:
            self._door.asks(link)
        else:
            self._queue.append(link)

    def _work(self, link: Link) -> None:
        is_rest = self._door.room(link) is Room.REST
        seconds = M3 if link.done else M1
        self._use(link, "work", seconds)
        if is_rest:
            self._ceiling.spend((("rest", 1),), self._now, seconds)
        link.done += 1
        if link.done == 2:
            self._logged_in(link)
        elif link.steps == 2:
            self._at(self._now + link.delay, lambda: self._asks(link))

    def _use(self, link: Link, what: str, seconds: float) -> None:
        self._now += seconds
        if link.visit is None:
            self._used[what] += seconds

    def _logged_in(self, link: Link) -> None:
        self._door.left(link)
        self._old.pop(link, None)
        if link.visit is not None:
            link.visit.in_at = self._now + link.delay / 2

    def _too_slow(self, link: Link) -> None:
        if link.done < 2 and not link.dropped:
            self._door.left(link)
            self._old.pop(link, None)
            self._drop(link)

    def _drop(self, link: Link) -> None:
        link.dropped = True
        visit = link.visit
        if visit is not None:
            most = min(1.0 * 2 ** (visit.tries - 1), 60.0)
            pause = link.delay / 2 + self._random.uniform(most / 2, most)
            self._at(self._now + pause, lambda: self._dial(visit))

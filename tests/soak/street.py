"""The simulated people on real sockets: does what `Visitor` wants, and tells `Promises` of it."""

import heapq
import itertools
import os
import selectors
import socket
import struct
import threading
import time
from collections import Counter
from random import Random

from daemon.person import Line, Person
from soak.link_record import LinkRecord
from soak.passage import Passage
from soak.passing import Passing
from soak.promises import BAN, FULL, STOP, UPGRADE, Promises
from soak.residents import Link, Resident
from soak.visitor import Act, Carry, Come, Go, Manner, Say, Spoil

from chatd import limits
from chatd.errors import ChatdError
from chatd.wire import server as wire
from chatd.wire.close import Close
from chatd.wire.server_opening import ClientSide

RESET = struct.pack("ii", 1, 0)
SLOW_SECONDS = 5.0
"""Whoever took so long to open a link was too slow for a server that waits ten."""
HELD_SECONDS = 3.0
"""How long somebody hangs around at the door, at most."""
TURN_SECONDS = 0.05


class Street:
    """Some residents, moved by `run` for some time and sent away by `empty`, in one thread;
    `lock` is for what all streets share."""

    def __init__(
        self,
        port: int,
        promises: Promises,
        passing: Passing,
        residents: list[Resident],
        random: Random,
        lock: threading.Lock,
    ) -> None:
        self._port = port
        self._promises = promises
        self._residents = residents
        self._random = random
        self._selector = selectors.DefaultSelector()
        self._links: set[Link] = set()
        self._held: list[tuple[float, int, Line]] = []
        self._due: list[tuple[float, int, Resident]] = []
        self._count = itertools.count()
        self._passing = passing
        self._lock = lock
        self.counts: Counter[str] = Counter()
        """What happened, for the report."""
        self.visits: Counter[str] = Counter()
        """How often each has come."""

    # -- time

    def run(self, seconds: float) -> None:
        """Let them live so long."""
        now = time.monotonic()
        over = now + seconds
        for resident in self._residents:
            self._plan(resident, now)
        while (now := time.monotonic()) < over:
            self._turn(now)
        self._due.clear()

    def _turn(self, now: float) -> None:
        self._read(TURN_SECONDS)
        while self._held and self._held[0][0] <= now:
            heapq.heappop(self._held)[2].close()
        # Those who are late wait for the others: what comes in is read between any two.
        if self._due and self._due[0][0] <= now:
            resident = heapq.heappop(self._due)[2]
            self._do(resident, resident.visitor.act())
            self._plan(resident, now)

    def _plan(self, resident: Resident, now: float) -> None:
        entry = now + resident.visitor.pause(), next(self._count), resident
        heapq.heappush(self._due, entry)

    def empty(self) -> None:
        """All go, each in some manner, and nothing is left open."""
        for resident in self._residents:
            self._do(resident, resident.visitor.leave())
        for key in list(self._selector.get_map().values()):
            self._drop(key.data)
        for _, _, line in self._held:
            line.close()
        self._held.clear()

    # -- reading

    def _read(self, seconds: float) -> None:
        due = self._due and self._due[0][0] <= time.monotonic()
        ready = [key.data for key, _ in self._selector.select(0 if due else seconds)]
        # What a server wrote first is read first.
        for each in sorted(ready, key=lambda each: _number(each)):
            if isinstance(each, Link):
                self._hear(each)
            elif not each.receive():
                self.counts["relayed"] += each.joined
                self._drop(each)

    def _hear(self, link: Link) -> None:
        goes_on = False
        try:
            goes_on = link.person.read()
            while link in self._links and (message := link.person.next()) is not None:
                self._heard(link, message)
        except ChatdError as error:
            self._promises.faults.append(f"{link.resident.who} cannot read the server: {error!r}")
        except OSError:
            pass
        if not goes_on and link in self._links:
            link.record.ended()
            self._drop(link)

    def _heard(self, link: Link, message: wire.FromServer) -> None:
        resident = link.resident
        self.counts[_word(message)] += 1
        with self._lock:
            link.record.heard(message)
        if isinstance(message, wire.Welcome):
            resident.tokens = list(message.tokens)
        is_latest = resident.link is link
        acts = resident.visitor.hear(message) if is_latest else []
        if isinstance(message, Close):
            self._drop(link)
        self._do(resident, acts)

    # -- acts

    def _do(self, resident: Resident, acts: list[Act]) -> None:
        for act in acts:
            match act:
                case Come("login", login):
                    self._log_in(resident, login)
                case Come(depth):
                    self._hang_around(resident, depth)
                case Carry():
                    self._carry(resident, act)
                case _ if (link := resident.link) is not None:
                    self._go_on(link, act)

    def _go_on(self, link: Link, act: Act) -> None:
        match act:
            case Say(message):
                self._say(link, message)
            case Spoil():
                link.record.wrong = True
                link.person.send(b"\0\0\x60" + bytes(96))
                self._leave(link)
            case Go(manner):
                self._go(link, manner)

    def _log_in(self, resident: Resident, login: wire.Login) -> None:
        with self._lock:
            record = LinkRecord(self._promises, resident.who)
        began = time.monotonic()
        suite = self._random.choice(("gcm", "cbc"))
        token = resident.tokens.pop() if resident.tokens else None
        try:
            person = Person(
                self._port, resident.static, (suite,), source=resident.source, token=token
            )
        except (OSError, ChatdError) as error:
            self._kept_out(resident, record.number, began, error)
            return
        link = Link(resident, person, record)
        self._links.add(link)
        self._selector.register(person.socket, selectors.EVENT_READ, link)
        resident.link = link
        self.visits[resident.who] += 1
        self._say(link, login)

    def _say(self, link: Link, message: wire.FromClient) -> None:
        with self._lock:
            link.record.said(message)
        link.person.say(message)

    def _hang_around(self, resident: Resident, depth: str) -> None:
        number, began = self._link(), time.monotonic()
        try:
            line = self._at_the_door(resident, depth)
        except (OSError, ChatdError) as error:
            self._kept_out(resident, number, began, error)
            return
        self.counts[f"came for {depth}"] += 1
        until = time.monotonic() + self._random.uniform(0, HELD_SECONDS)
        heapq.heappush(self._held, (until, next(self._count), line))

    def _link(self) -> int:
        """The number of one more link."""
        with self._lock:
            return self._promises.link()

    def _at_the_door(self, resident: Resident, depth: str) -> Line:
        if depth == "handshake":
            return Person(self._port, resident.static, ("gcm",), source=resident.source)
        line = Line(self._port, resident.source)
        if depth == "line":
            line.send(b"NOISE gcm QUJD")
        if depth == "first":
            door = os.urandom(limits.DOOR)
            opening = ClientSide(resident.static, ["gcm"], lambda _: None, door, remembered=["gcm"])
            line.send(b"\r\n".join([*opening.start(), b""]))
        return line

    def _kept_out(self, resident: Resident, number: int, began: float, error: Exception) -> None:
        """Nobody may be: but an upgrade may cut a handshake off, as a server may that has become
        smaller, and a stop closes the door."""
        resident.visitor.gone()
        spans, faults = self._promises.spans, self._promises.faults
        self.counts["kept out"] += 1
        if isinstance(error, ConnectionRefusedError) and not spans.concern(number, STOP):
            faults.append(f"{resident.who} found the door closed")
        elif time.monotonic() - began > SLOW_SECONDS:
            self.counts["too slow to come in"] += 1
        elif not spans.concern(number, STOP, UPGRADE, FULL, BAN):
            faults.append(f"{resident.who} was not let in: {type(error).__name__}: {error}")

    # -- going

    def _go(self, link: Link, manner: Manner) -> None:
        link.record.wrong = True
        if manner == "close":
            self._say(link, Close("quit"))
        if manner == "half a record":
            link.person.send(bytes(9))
        if manner == "reset":
            link.person.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.counts[f"left by {manner}"] += 1
        self._drop(link)

    def _leave(self, link: Link) -> None:
        """The link may still be read."""
        if link.resident.link is link:
            link.resident.link = None
            link.resident.visitor.gone()

    def _drop(self, each: "Link | Passage") -> None:
        line = each.person if isinstance(each, Link) else each.line
        self._selector.unregister(line.socket)
        if isinstance(each, Link):
            self._links.discard(each)
            self._leave(each)
        line.close()

    # -- the relay

    def _carry(self, resident: Resident, act: Carry) -> None:
        number, began = self._link(), time.monotonic()
        try:
            line = Line(self._port, resident.source)
            shared = self._promises, self._passing
            passage = Passage(resident.who, line, act.place, number, *shared)
        except OSError as error:
            self._kept_out(resident, number, began, error)
            return
        passage.carry(act.id, act.data)
        self._selector.register(line.socket, selectors.EVENT_READ, passage)


def _number(each: Link | Passage) -> int:
    return each.record.number if isinstance(each, Link) else each.number


def _word(message: wire.FromServer) -> str:
    if isinstance(message, wire.Refused):
        return f"refused {message.to} {message.code}"
    if isinstance(message, wire.Ended | Close):
        return f"{type(message).__name__.lower()} {message.reason}"
    return type(message).__name__.lower()

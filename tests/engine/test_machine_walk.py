"""Random walks: whatever comes in whatever order, a client stays sane and small."""

from collections.abc import Callable
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from interrupted_cases import INTERRUPTED, SECRET, proof
from machine_cases import (
    BOB,
    CAROL,
    DAVE,
    ID,
    ID2,
    ID3,
    NOW,
    OFFER,
    OTHER,
    OURS,
    STATES,
    WELCOME,
    go,
    state,
)
from welcomes import welcome

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.dialog import Stage
from chatd.engine.decisions.machine import Machine
from chatd.engine.decisions.presence import At
from chatd.errors import Unexpected
from chatd.peer.ending import Ending
from chatd.wire import server as wire
from chatd.wire.close import Close

names = st.sampled_from(["alice", "bob", "carol", "dave"])
optional_names = st.none() | names
keys = st.sampled_from([OURS, BOB, CAROL, DAVE, OTHER])
ids = st.sampled_from([ID, ID, ID, ID2, ID3]) | st.binary(min_size=16, max_size=16)
refusals = st.sampled_from(["taken", "not-now", "too-many", "slow-down"])
endings = st.sampled_from(get_args(wire.Ending))
commands = st.sampled_from(["username", "release", "search", "request", "accept"])

messages = st.one_of(
    st.just(WELCOME),
    st.builds(wire.Named, names),
    st.builds(wire.Released, names),
    st.builds(wire.Found, names, st.booleans()),
    st.builds(wire.Refused, commands, optional_names, st.none() | ids, refusals, st.none()),
    st.builds(wire.Asked, ids, names, st.booleans(), st.booleans()),
    st.builds(wire.Requested, ids, names, keys, st.integers(0, 300), st.none()),
    st.builds(
        wire.Requested,
        ids,
        names,
        keys,
        st.integers(0, 300),
        st.sampled_from([proof(), proof(0), proof(3, 9)]),
    ),
    st.builds(wire.Accepted, ids, keys),
    st.builds(wire.Ended, ids, endings),
    st.just(go()),
    st.builds(wire.Go, ids, names, keys, st.just(OFFER), st.none(), st.just([])),
    st.builds(Close, st.sampled_from(["closing", "full", "unexpected"])),
)
server_steps = st.one_of(
    messages.map(lambda message: ("receive", message)),
    optional_names.map(lambda name: ("logged_in", welcome(name))),
)
person_steps = st.one_of(
    st.tuples(st.sampled_from(["username", "release", "search"]), names),
    st.tuples(st.sampled_from(["chat", "accept"]), names),
    st.tuples(st.sampled_from(["decline", "cancel"]), optional_names),
    st.tuples(st.just("say"), st.sampled_from(["", "hi"])),
    st.sampled_from([("leave",), ("quit",)]),
)
others = st.sampled_from([("bob", BOB), ("carol", CAROL), ("dave", DAVE)])
their_keys = st.sampled_from([BOB, BOB, CAROL, DAVE, OTHER])
world_steps = st.one_of(
    st.sampled_from([("server_lost", "it broke", 1.0), ("tick",), ("later",), ("stay",)]),
    st.tuples(st.just("offer_failed"), their_keys, st.just("no port")),
    st.tuples(st.just("met"), their_keys, st.just("gcm"), st.just("p"), st.just((SECRET,))),
    st.tuples(st.just("not_met"), their_keys, st.just([])),
    st.tuples(st.just("over"), their_keys, st.just(Ending.CUT_OFF), st.just(""), st.just([])),
    st.tuples(st.just("left"), their_keys, st.just([])),
    st.tuples(st.just("broken"), their_keys, st.just(Ending.LOST), st.just("")),
    st.tuples(st.just("carried"), their_keys, st.booleans()),
    st.tuples(st.sampled_from(["meet_wanted"]), their_keys),
    st.sampled_from([("network_changed",)]),
    st.tuples(st.just("begin"), others),
)
steps = st.lists(st.one_of(server_steps, person_steps, world_steps), max_size=60)
starts = st.sampled_from([state for state in [*STATES, *INTERRUPTED] if state != "stopped"])
TIMED = {
    "meet_wanted",
    "network_changed",
    "receive",
    "logged_in",
    "chat",
    "accept",
    "offer_failed",
    "not_met",
    "broken",
    "tick",
}


class Walk:
    """A client that things happen to; whatever it opens it must close again."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.now = NOW
        self.listening = {BOB} if state(machine) in ("Preparing", "Racing") else set()
        """With whom a listener is open for an introduction."""
        self.abandoned: list[bytes] = []
        self.is_linked = machine.at is At.IN
        """Whether there is a server link as far as the machine says."""

    def step(self, name: str, *arguments: object) -> None:
        """Let one thing happen; only the server may be told that it was unexpected."""
        match name:
            case "later":
                self.now += 20
            case "stay":
                self.happen(lambda: self.machine.stay(stays=not self.machine.stays))
            case "carried":
                key, is_wanted = arguments
                self.happen(lambda: self.machine.carried(key, self.now, is_wanted=is_wanted))  # type: ignore[arg-type]
            case "begin":
                self.begin(*arguments[0])  # type: ignore[misc]
            case _:
                timed = [self.now] if name in TIMED else []
                self.happen(lambda: getattr(self.machine, name)(*arguments, *timed), name)

    def begin(self, name: str, key: bytes) -> None:
        """Somebody is asked, accepts, and is introduced."""
        id = key[1:17]
        self.step("logged_in", welcome("alice"))
        self.step("chat", name)
        self.step("receive", wire.Asked(id, name, here=True, crossing=False))
        self.step("receive", wire.Accepted(id, key))
        self.step("receive", go(id, name, key))
        self.step("met", key, "gcm", "p", (key[:32],))

    def happen(self, what: Callable[[], list[do.Effect]], name: str = "") -> None:
        try:
            effects = what()
        except Unexpected:
            assert name in ("receive", "logged_in")
            effects = []
        for effect in effects:
            self.follow(effect)
        while self.abandoned:
            self.step("abandoned", self.abandoned.pop(), ["lost"])
        self.check()

    def follow(self, effect: do.Effect) -> None:
        match effect:
            case do.Prepare(key) | do.RaceAgain(key):
                self.listening.add(key)
            case do.Unprepare(key) | do.Pin(_, key):
                self.listening.discard(key)  # once met it is the conversation's
            case do.Show(e.Resumed(conversation=key)):
                self.listening.discard(key)
            case do.Abandon(key):
                self.abandoned.append(key)
            case do.Leave(key, "quit", at_once=True):
                self.step("left", key, [])
            case do.Race(key):
                assert key in self.listening
            case do.Stop():
                assert state(self.machine) == "Stopped"
                assert not self.machine.conversations

    def check(self) -> None:
        machine = self.machine
        racing = {each.key for each in machine.conversations if each.stage is Stage.RACING}
        made = {machine.making.key} if machine.making is not None else set()
        assert racing | made <= self.listening <= machine.keys
        assert len(machine.keys) <= limits.CONVERSATIONS
        assert len(machine.requests.outgoing) <= limits.ASKING
        assert len(machine.requests.incoming) <= limits.ASKED
        assert len(machine._wired.withdrawn) <= limits.WITHDRAWN
        assert len(machine._wired.presence._patient) <= limits.PATIENT_COMMANDS
        assert all(len(each.held) <= limits.HELD_LINES for each in machine.conversations)
        longest = max(limits.REQUEST_SECONDS, limits.RESUME_SECONDS)
        assert machine.deadline is None or machine.deadline <= self.now + longest
        self.check_presence()

    def check_presence(self) -> None:
        """Who talks is at the server for a reason alone."""
        machine = self.machine
        if not machine.conversations or machine.stays:
            return
        wants = [(each.resumption or each.beside).wants_server for each in machine.conversations]
        needed = machine.making or machine.requests.outgoing or machine._wired.presence.is_needed
        assert machine.at not in (At.IN, At.AWAY) or any(wants) or needed


def begin(start: str) -> Walk:
    """A client in this state."""
    return Walk({**STATES, **INTERRUPTED}[start]())


@settings(max_examples=300, deadline=None)
@given(starts, steps)
def test_any_order_of_events(start: str, steps: list[tuple[object, ...]]) -> None:
    """Nothing raises but for the server's fault; listeners are closed; memory is bounded."""
    walk = begin(start)
    for name, *arguments in steps:
        walk.step(str(name), *arguments)


@settings(max_examples=100, deadline=None)
@given(starts, steps)
def test_every_walk_can_come_to_its_end(start: str, steps: list[tuple[object, ...]]) -> None:
    """Three times quit ends the client from wherever it is, and closes what is open."""
    walk = begin(start)
    for name, *arguments in steps:
        walk.step(str(name), *arguments)
    for _ in range(3):
        walk.step("quit")
    assert state(walk.machine) == "Stopped"
    assert not walk.listening


def test_a_flood_of_everything_stays_small() -> None:
    """Hundreds of every kind of message leave no more than the limits allow."""
    walk = Walk(STATES["free"]())
    for n in range(500):
        id = n.to_bytes(16, "big")
        for message in (
            wire.Accepted(id, BOB),
            wire.Asked(id, "zoe", here=True, crossing=False),
            wire.Requested(id, "bob", BOB, 300, None),
        ):
            walk.step("receive", message)
    assert len(walk.machine._wired.withdrawn) == limits.WITHDRAWN
    assert len(walk.machine.requests.incoming) == limits.ASKED

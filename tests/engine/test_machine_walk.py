"""Random walks: whatever comes in whatever order, a client stays sane and small."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from interrupted_cases import INTERRUPTED, proof
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
)
from welcomes import welcome

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.machine import Machine, Preparing, Racing, Stopped
from chatd.errors import Unexpected
from chatd.peer.conversation import Ending
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
world_steps = st.sampled_from(
    [
        ("server_lost", "it broke", 1.0),
        ("offer_failed", "no port"),
        ("met", "gcm", "p"),
        ("not_met", []),
        ("over", Ending.CUT_OFF, "", []),
        ("left", []),
        ("broken", Ending.LOST, ""),
        ("tick",),
        ("later",),
    ]
)
steps = st.lists(st.one_of(server_steps, person_steps, world_steps), max_size=60)
starts = st.sampled_from([state for state in [*STATES, *INTERRUPTED] if state != "stopped"])
TIMED = {"receive", "logged_in", "chat", "accept", "offer_failed", "not_met", "broken", "tick"}


class Walk:
    """A client that things happen to; whatever it opens it must close again."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.now = NOW
        self.listening = isinstance(machine.state, Preparing | Racing)
        self.abandoned = False

    def step(self, name: str, *arguments: object) -> None:
        """Let one thing happen; only the server may be told that it was unexpected."""
        if name == "later":
            self.now += 20
            return
        timed = [self.now] if name in TIMED else []
        try:
            effects = getattr(self.machine, name)(*arguments, *timed)
        except Unexpected:
            assert name in ("receive", "logged_in")
            effects = []
        for effect in effects:
            self.follow(effect)
        if self.abandoned:
            self.abandoned = False
            self.step("abandoned", ["lost"])
        self.check()

    def follow(self, effect: do.Effect) -> None:
        match effect:
            case do.Prepare():
                assert not self.listening
                self.listening = True
            case do.Unprepare():
                self.listening = False
            case do.Pin() | do.Show(e.Resumed()):
                self.listening = False  # the meeting is over, as far as the machine is concerned
            case do.RaceAgain():
                assert not self.listening
                self.listening = True
            case do.Abandon():
                self.abandoned = True
            case do.Leave("quit", at_once=True):
                self.step("left", [])
            case do.Race():
                assert self.listening
            case do.Stop():
                assert self.machine.state == Stopped()

    def check(self) -> None:
        machine = self.machine
        assert self.listening == isinstance(machine.state, Preparing | Racing)
        assert len(machine.requests.outgoing) <= limits.ASKING
        assert len(machine.requests.incoming) <= limits.ASKED
        assert len(machine._asking.withdrawn) <= limits.WITHDRAWN
        assert len(machine._presence._patient) <= limits.PATIENT_COMMANDS
        assert len(getattr(machine.state, "held", [])) <= limits.HELD_LINES
        longest = max(limits.REQUEST_SECONDS, limits.RESUME_SECONDS)
        assert machine.deadline is None or machine.deadline <= self.now + longest


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
    assert walk.machine.state == Stopped()
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
    assert len(walk.machine._asking.withdrawn) == limits.WITHDRAWN
    assert len(walk.machine.requests.incoming) == limits.ASKED

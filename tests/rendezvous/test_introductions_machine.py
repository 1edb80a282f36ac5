"""Introductions among a few people in random order, watched from outside by what is sent."""

from collections.abc import Sequence
from random import Random
from typing import Literal, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from introducing import NO_ADDRESS, person

from chatd import limits
from chatd.errors import Unexpected
from chatd.rendezvous.directory import Directory
from chatd.rendezvous.effects import Effect, Part, Send
from chatd.rendezvous.introductions import Introductions
from chatd.rendezvous.refusals import Denied
from chatd.watch.tally import OUTCOMES
from chatd.wire.codes import Declining
from chatd.wire.server import Accepted, Asked, Ended, Go, Refused, Requested

PEOPLE = [person(number) for number in range(6)]
NAMES = [f"n{number}" for number in range(12)]
UNKNOWN = b"?" * 16

people = st.sampled_from(PEOPLE)
names = st.sampled_from(NAMES)
# Evenly distributed, unlike what hypothesis draws: repetition makes poor company.
chances = st.randoms(use_true_random=True)


class Client:
    """What one session knows: its own requests, those that it was told of, and its lock."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.asked: dict[bytes, str] = {}
        self.told: dict[bytes, bytes] = {}
        self.locked: tuple[bytes, bytes] | None = None

    def is_locked_in(self, id: bytes) -> bool:
        """Whether this is the accepted introduction."""
        return self.locked is not None and self.locked[0] == id

    def forget(self, id: bytes) -> None:
        """An introduction is over."""
        if self.is_locked_in(id):
            self.locked = None
        self.asked.pop(id, None)
        self.told.pop(id, None)


class Introducing(RuleBasedStateMachine):
    """Every client believes what it is sent; the invariants are about what they all believe."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.directory = Directory(kept_seconds=5, per_key=2, provisional_seconds=5)
        self.opened, self.ended = 0, 0
        self.introductions = Introductions(
            self.new_id,
            lambda name: self.directory.holder(name, self.now),
            uniform=Random(1).uniform,
            report=self.count_end,
        )
        self.clients: dict[bytes, Client] = {}
        self.made: set[bytes] = set()
        self.withdrawn: set[bytes] = set()
        """Requests whose askers talk with others, of which somebody may still have to hear."""
        self.talked: set[str] = set()
        self.closing = False

    def new_id(self, size: int) -> bytes:
        """That of one more request."""
        self.opened += 1
        return self.opened.to_bytes(size, "big")

    def count_end(self, outcome: str, seconds: float) -> None:
        """An introduction is said to have ended."""
        assert outcome in OUTCOMES
        assert seconds >= 0
        self.ended += 1

    # -- what people do

    @initialize(away=st.sets(people, max_size=3))
    def begin(self, away: set[bytes]) -> None:
        """Most people are here from the beginning, each under a name."""
        for key, name in zip(PEOPLE, NAMES, strict=False):
            if key not in away:
                self.log_in(key, name)

    @rule(key=people, name=names, stays_away=st.booleans())
    def come_or_go(self, key: bytes, name: str, stays_away: bool) -> None:
        """A session ends, or begins, or makes room for another."""
        if stays_away:
            self.leave(key)
        else:
            self.log_in(key, name)

    def log_in(self, key: bytes, name: str) -> None:
        """A new session, which replaces any other of the key."""
        if key in self.clients:
            self.leave(key)
        # Three people share each address: one more than may ask for the same name.
        host = f"10.0.0.{PEOPLE.index(key) // 3}"
        self.clients[key] = Client()
        self.directory.arrived(key, self.now)
        self.believe(self.introductions.arrived(key, (host, 1), self.now))
        self.take_name(key, name)

    def leave(self, key: bytes) -> None:
        """A session ends; both sides of its introductions know."""
        self.clients.pop(key, None)
        self.directory.left(key, self.now)
        self.believe(self.introductions.gone(key, self.now))

    @rule(key=people, name=names)
    def take_name(self, key: bytes, name: str) -> None:
        """A name is claimed, by someone who is here and not locked."""
        if key not in self.clients or self.introductions.is_locked(key):
            return
        try:
            self.directory.claim(name, key, self.now)
        except Denied:
            return
        client = self.clients[key]
        if client.name != name:
            client.name = name
            client.asked.clear()
        self.believe(self.introductions.named(key, name, self.now))

    @rule(chance=chances, seconds=st.sampled_from([300, 30, 1]))
    def ask(self, chance: Random, seconds: int) -> None:
        """Someone asks for someone, and has exactly one answer."""
        free = [key for key, client in self.clients.items() if client.name and not client.locked]
        used = [client.name for client in self.clients.values() if client.name]
        key, name = chance.choice(free * 5 + PEOPLE), chance.choice(used * 5 + NAMES)
        effects = self.introductions.request(key, name, seconds, self.now)
        answers = [
            each
            for each in effects
            if not isinstance(each, Part)
            and each.key == key
            and isinstance(each.message, Asked | Refused)
        ]
        assert len(answers) == (key in self.clients)
        self.believe(effects)

    @rule(chance=chances)
    @precondition(lambda self: self.anyone_told())
    def accept(self, chance: Random) -> None:
        """Someone accepts what they were told of, or anything else."""
        key, id = self.pick(chance, "told")
        effects = self.introductions.accept(key, id, b"guest", NO_ADDRESS, self.now)
        client = self.clients.get(key)
        if client is None or id not in client.told or id in self.withdrawn:
            self.nothing_for(key, id, effects)
            self.heard(client, id)
        elif client.locked is not None:
            assert effects == [Send(key, Refused("accept", None, id, "not-now", None))]
        else:
            self.withdrawn |= client.asked.keys()
            client.asked.clear()
            client.locked = (id, client.told[id])
            self.believe(effects)
            assert self.clients[client.told[id]].locked == (id, key)

    @rule(chance=chances)
    @precondition(lambda self: self.anyone_told())
    def decline(self, chance: Random) -> None:
        """Someone declines what they were told of, or anything else."""
        key, id = self.pick(chance, "told")
        reason = chance.choice(get_args(Declining))
        effects = self.introductions.decline(key, id, reason, self.now)
        client = self.clients.get(key)
        is_locked = client is not None and client.is_locked_in(id)
        if client is None or not (is_locked or id in client.told) or id in self.withdrawn:
            self.nothing_for(key, id, effects)
            self.heard(client, id)
        else:
            client.forget(id)
            self.believe(effects)

    @rule(chance=chances)
    @precondition(lambda self: self.anyone_asked())
    def cancel(self, chance: Random) -> None:
        """Someone cancels what they asked for or accepted, or anything else."""
        key, id = self.pick(chance, "asked")
        effects = self.introductions.cancel(key, id, self.now)
        client = self.clients.get(key)
        if client is None or (id not in client.asked and not client.is_locked_in(id)):
            self.nothing_for(key, id, effects)
        else:
            client.forget(id)
            self.believe(effects)

    @rule(chance=chances)
    @precondition(lambda self: self.anyone_asked())
    def offer(self, chance: Random) -> None:
        """Someone makes an offer for what they asked for, or anything else."""
        key, id = self.pick(chance, "asked")
        client = self.clients.get(key)
        if client is not None and id in client.asked and not client.is_locked_in(id):
            with pytest.raises(Unexpected):
                self.introductions.offer(key, id, b"host", NO_ADDRESS, self.now)
            return self.leave(key)
        effects = self.introductions.offer(key, id, b"host", NO_ADDRESS, self.now)
        if client is None or id not in client.asked:
            return self.nothing_for(key, id, effects)
        self.believe(effects)
        assert key not in self.clients
        return None

    @rule(seconds=st.sampled_from([0.0, 0.5, 3.0, 9.999, 10.0, 60.0]))
    def wait(self, seconds: float) -> None:
        """Time passes, and the timer runs if it is due."""
        self.now += seconds
        self.believe(self.introductions.tick(self.now))
        deadline = self.introductions.next_deadline()
        assert deadline is None or deadline > self.now

    @rule(seconds=st.floats(0.001, 20))
    def be_late(self, seconds: float) -> None:
        """Time passes, and the timer has not run yet."""
        self.now += seconds

    @rule()
    @precondition(lambda self: not self.closing and self.now > 200)
    def close(self) -> None:
        """The service begins to close: nothing is open any more."""
        self.closing = True
        self.believe(self.introductions.closing(self.now))
        assert not any(client.asked for client in self.clients.values() if not client.locked)

    # -- what clients believe

    def pick(self, chance: Random, known: Literal["asked", "told"]) -> tuple[bytes, bytes]:
        """Someone and an id: mostly one that they asked or were told of, else any, or none."""
        pairs = [
            (key, id)
            for key, client in self.clients.items()
            for id in (client.asked if known == "asked" else client.told)
        ]
        ids = [id for _, id in pairs]
        return chance.choice([*pairs * 3, (chance.choice(PEOPLE), chance.choice([*ids, UNKNOWN]))])

    def anyone_asked(self) -> bool:
        """Whether anyone waits for an answer."""
        return any(client.asked for client in self.clients.values())

    def anyone_told(self) -> bool:
        """Whether anyone can answer."""
        return any(client.told for client in self.clients.values())

    def nothing_for(self, key: bytes, id: bytes, effects: Sequence[Effect]) -> None:
        """An id that is not open to the sender is answered as gone, if the sender is here."""
        here = key in self.clients
        assert list(effects) == ([Send(key, Ended(id, "gone"))] if here else [])

    def heard(self, client: Client | None, id: bytes) -> None:
        """Somebody knows that an id is gone."""
        if client is not None and id in self.withdrawn:
            client.told.pop(id, None)

    def believe(self, effects: Sequence[Effect]) -> None:
        """Give each effect to the client that it is for, who has to be here."""
        for effect in effects:
            client = self.clients[effect.key]
            if isinstance(effect, Part):
                assert effect.key in self.made
                self.made.remove(effect.key)
                del self.clients[effect.key]
                self.directory.left(effect.key, self.now)
            else:
                assert effect.key not in self.made
                self.read(effect.key, client, effect.message)

    def read(self, key: bytes, client: Client, message: object) -> None:
        """One message; every case says what must have been true before it."""
        match message:
            case Asked(id, name, here, crossing):
                self.read_asked(key, client, id, name, here, crossing)
            case Requested(id, _, asker, seconds, None):
                assert client.locked is None
                assert id not in client.told
                assert id in self.clients[asker].asked
                assert self.clients[asker].asked[id] == client.name
                assert 1 <= seconds <= limits.REQUEST_SECONDS
                client.told[id] = asker
            case Accepted(id, guest):
                assert client.locked is None
                assert id in client.asked
                self.withdrawn |= client.asked.keys() - {id}
                client.asked = {id: client.asked[id]}
                client.locked = (id, guest)
            case Ended(id):
                assert id in client.asked or id in client.told
                client.forget(id)
            case Go(id, _, other):
                assert client.locked == (id, other)
                self.made.add(key)
                self.talked.add(client.name or "")

    def read_asked(
        self, key: bytes, client: Client, id: bytes, name: str, here: bool, crossing: bool
    ) -> None:
        """An answer to a request: a new id, the same as before, or that of the other side."""
        used = [each for each in self.clients.values() if each.name == name]
        # Who left to talk hours ago may be shown late.
        assert here == bool(used) or name in self.talked
        if crossing:
            assert id in client.told
        elif id in client.asked:
            assert client.asked[id] == name
        else:
            assert name not in client.asked.values()
            client.asked[id] = name

    # -- what is always true

    @invariant()
    def locks_come_in_pairs(self) -> None:
        """Whoever is locked is locked with exactly one other, who is locked with them."""
        for key, client in self.clients.items():
            assert self.introductions.is_locked(key) == (client.locked is not None)
            if client.locked is not None:
                id, other = client.locked
                assert self.clients[other].locked == (id, key)
                assert len(client.asked) <= 1
        locked = [client for client in self.clients.values() if client.locked]
        assert self.introductions.idle == (not locked)

    @invariant()
    def nobody_knows_more_than_there_is(self) -> None:
        """Whoever was told of a request can rely on its asker being here and still asking."""
        for client in self.clients.values():
            assert len(client.asked) <= limits.ASKING
            assert len(client.told) <= limits.ASKED + 1
            for id, asker in client.told.items():
                assert id in self.withdrawn or id in self.clients[asker].asked

    @invariant()
    def whoever_is_free_has_been_told(self) -> None:
        """No open request waits for someone who is here and free, unless it is due."""
        by_name = {client.name: client for client in self.clients.values()}
        for id, name, client in self.open_requests():
            other = by_name.get(name)
            if other is not None and other is not client and other.locked is None:
                assert id in other.told or self.is_due()

    @invariant()
    def all_that_is_held_is_known_to_its_asker(self) -> None:
        """The server holds one introduction for each that an asker waits for, and no other."""
        asked = sum(len(client.asked) for client in self.clients.values())
        register = self.introductions._register
        assert len(register) == asked
        assert len(register._deadlines) <= 2 * asked
        assert len(self.introductions._present) == len(self.clients)
        assert (register.next_deadline() is not None) == (asked > 0)

    def open_requests(self) -> list[tuple[bytes, str, Client]]:
        """The requests that nobody has accepted."""
        return [
            (id, name, client)
            for client in self.clients.values()
            if client.locked is None
            for id, name in client.asked.items()
        ]

    def is_due(self) -> bool:
        """Whether the timer should have run by now."""
        deadline = self.introductions.next_deadline()
        return deadline is not None and deadline <= self.now

    def teardown(self) -> None:
        """Waiting answers every request; when all have left, nothing is held, and each was said to
        have ended, once."""
        self.wait(limits.OFFER_SECONDS)
        self.wait(limits.REQUEST_SECONDS)
        assert not any(client.asked or client.told for client in self.clients.values())
        for key in PEOPLE:
            self.leave(key)
        register = self.introductions._register
        held = [self.introductions._present, register, register._waiting, register._deadlines]
        assert [len(each) for each in held] == [0] * 4
        assert self.ended == self.opened


TestIntroducing = Introducing.TestCase
TestIntroducing.__doc__ = "Whatever people do in whatever order, the invariants above hold."
TestIntroducing.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)


@pytest.mark.parametrize("seed", range(20))
def test_a_busy_hour(seed: int) -> None:
    """The same holds over hundreds of steps, evenly drawn, in which most requests lead on."""
    chance = Random(seed)
    hour = Introducing()
    hour.begin(set())
    steps = {
        lambda: hour.ask(chance, chance.choice([300, 30, 1])): 8,
        lambda: hour.accept(chance): 2,
        lambda: hour.offer(chance): 1,
        lambda: hour.cancel(chance): 1,
        lambda: hour.decline(chance): 1,
        lambda: hour.log_in(*chance.choice(list(zip(PEOPLE, NAMES, strict=False)))): 3,
        lambda: hour.take_name(chance.choice(PEOPLE), chance.choice(NAMES)): 1,
        lambda: hour.wait(chance.choice([0.1, 1.0, 10.0])): 1,
        lambda: hour.be_late(chance.random()): 1,
    }
    for step in chance.choices(list(steps), list(steps.values()), k=500):
        step()
        hour.locks_come_in_pairs()
        hour.nobody_knows_more_than_there_is()
        hour.whoever_is_free_has_been_told()
        hour.all_that_is_held_is_known_to_its_asker()
    hour.teardown()

"""What askers hear does not tell whether somebody was there to see their requests."""

import random

from introducing import NO_ADDRESS, person

from chatd import limits
from chatd.rendezvous.effects import Effect, Part, Send
from chatd.rendezvous.introductions import Introductions
from chatd.wire.server import Asked, Refused, Requested

ASKERS = range(1, 6)
WANTED = person(0)


class Questions:
    """Some keys at one address, and one person who may be here unlisted, and answers nobody."""

    def __init__(self, seed: int, *, is_here: bool) -> None:
        self._random = random.Random(seed)
        self._ids = 0
        self._now = 0.0
        self._open: list[tuple[int, bytes]] = []
        self.seen = 0
        self.heard: list[tuple[bytes, object]] = []
        self.introductions = Introductions(
            self._id, {}.get, uniform=lambda low, high: (low + high) / 2
        )
        if is_here:
            self._arrive(0, "192.0.2.1", unlisted=True)
        for number in ASKERS:
            self._arrive(number, "192.0.2.2")

    def run(self, events: int) -> None:
        """So many events of the askers, the same for the same seed."""
        for _ in range(events):
            number = self._random.choice(ASKERS)
            event = self._random.choice(
                [self._ask, self._ask, self._back, self._between, self._pass]
            )
            event(number)

    def _id(self, size: int) -> bytes:
        self._ids += 1
        return self._ids.to_bytes(size, "big")

    def _arrive(self, number: int, host: str, *, unlisted: bool = False) -> None:
        arrived = self.introductions.arrived
        self._note(arrived(person(number), (host, 1), self._now, unlisted=unlisted))
        self._note(self.introductions.named(person(number), f"p{number}", self._now))

    def _ask(self, number: int) -> None:
        self._note(self.introductions.request(person(number), "p0", 20, self._now))

    def _back(self, number: int) -> None:
        """Away and back, or only the requests withdrawn."""
        if self._random.random() < 0.5:
            self._note(self.introductions.gone(person(number), self._now))
            self._arrive(number, "192.0.2.2")
        for asker, id in [each for each in self._open if each[0] == number]:
            self._note(self.introductions.cancel(person(asker), id, self._now))

    def _between(self, number: int) -> None:
        """An introduction of two of them, which ends all else that both ask."""
        other = number % len(ASKERS) + 1
        effects = self.introductions.request(person(number), f"p{other}", 20, self._now)
        self._note(effects)
        for each in effects:
            if isinstance(each, Send) and isinstance(each.message, Asked):
                id = each.message.id
                accepted = self.introductions.accept(person(other), id, b"", NO_ADDRESS, self._now)
                self._note(accepted)
                self._note(self.introductions.cancel(person(number), id, self._now))

    def _pass(self, number: int) -> None:
        self._now += self._random.choice([1.0, 10.0, 30.0])
        self._note(self.introductions.tick(self._now))

    def _note(self, effects: list[Effect]) -> None:
        for each in effects:
            assert not isinstance(each, Part)
            if each.key == WANTED:
                self.seen += isinstance(each.message, Requested)
                continue
            self.heard.append((each.key, each.message))
            if isinstance(each.message, Asked):
                self._open.append((int.from_bytes(each.key[1:], "big"), each.message.id))


def test_askers_of_one_address_do_not_learn_whether_somebody_is_here() -> None:
    """Whatever they do, with several keys, they hear the same of someone who is here and answers
    nobody as of someone who is not."""
    seen = refused = 0
    for seed in range(60):
        here, away = (Questions(seed, is_here=is_here) for is_here in (True, False))
        for world in (here, away):
            world.run(60)
        assert here.heard == away.heard
        seen += here.seen
        refused += sum(isinstance(message, Refused) for _, message in here.heard)
    assert seen > 60
    assert refused > 60


def test_a_request_that_was_withdrawn_for_another_was_in_vain_as_well() -> None:
    """Else whoever has a friend accept in between could ask again and again."""
    world, pause = Questions(0, is_here=True), limits.WITHDRAWN_SECONDS // 2
    rounds = 4 * limits.VAIN_ASKS
    for _ in range(rounds):
        world._ask(1)
        world._between(1)
        world._now += pause
        world._note(world.introductions.tick(world._now))
    fair = limits.VAIN_ASKS + rounds * pause // limits.DECLINED_SECONDS
    assert fair - 1 <= world.seen <= fair < rounds

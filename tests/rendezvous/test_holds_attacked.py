"""Somebody who polls `search` for every name, and what that says about who talks with whom.

A world of people who come, talk with friends, leave for other reasons and return; the attacker sees
who is shown at each poll, and has learned from a world of its own with the same rule how the times
at which two partners vanish and return differ from those of any two.
"""

import os
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import log
from random import Random

import pytest

from chatd import limits
from chatd.rendezvous.holds import Holds

PEOPLE = int(os.environ.get("CHATD_PRESENCE_PEOPLE", "200"))
DAYS = int(os.environ.get("CHATD_PRESENCE_DAYS", "8"))
HOUR, DAY, POLL = 3600.0, 36_000.0, 3
TALKS, LEAVINGS, AWAY = 2 / HOUR, 0.5 / HOUR, 900.0
STAYS_AWAY = 0.15
WINDOW = limits.HELD_SECONDS[1] - limits.HELD_SECONDS[0]
NEVER = -1

Shows = Callable[[Holds, str, float, bool, bool], bool]


def as_holds_say(holds: Holds, name: str, now: float, here: bool, free: bool) -> bool:
    """The rule of the daemon."""
    return holds.shows(name, now, is_here=here)


def as_they_are(holds: Holds, name: str, now: float, here: bool, free: bool) -> bool:
    """What others are shown without it: whoever is here and talks with nobody."""
    return free


REACH = {as_holds_say: WINDOW, as_they_are: 600}
"""Seconds between the moments at which two partners may vanish, and more."""


@dataclass
class Absence:
    """Of somebody, between two polls; with whom they really left to talk, if they did."""

    who: int
    gone: float
    back: float = NEVER
    partner: int = NEVER


@dataclass
class Life:
    """One person's day."""

    here: bool = False
    shown: bool = False
    partner: int = NEVER
    absence: Absence | None = None


@dataclass
class World:
    """All that happens, and what is seen of it."""

    seed: int
    talk: float
    shows: Shows
    absences: list[Absence] = field(default_factory=list)
    talks: Counter[tuple[int, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self._queue: list[tuple[float, int, Callable[[float], None]]] = []
        self._now = 0.0
        self.holds = Holds(self._draw, 4 * PEOPLE)
        for day in range(DAYS):
            self._day(2 * day * DAY)

    def _draw(self, low: float, high: float) -> float:
        """A draw of the daemon's; when it is over, everybody is looked at again."""
        drawn = self.random.uniform(low, high)
        self._at(self._now + drawn, self._look_at_all)
        return drawn

    def _at(self, time: float, what: Callable[[float], None]) -> None:
        heappush(self._queue, (time, self.random.getrandbits(60), what))

    def _day(self, start: float) -> None:
        self.lives = [Life() for _ in range(PEOPLE)]
        for who in range(PEOPLE):
            self._at(
                start + self.random.uniform(0, HOUR), lambda now, who=who: self._come(who, now)
            )
        while self._queue and self._queue[0][0] < start + DAY:
            self._now, _, what = heappop(self._queue)
            what(self._now)
        self._queue.clear()
        for who in range(PEOPLE):
            self.holds.forget(str(who))

    def _look_at_all(self, now: float) -> None:
        for who in range(PEOPLE):
            self._look(who, now)

    def _look(self, who: int, now: float) -> None:
        life, poll = self.lives[who], now // POLL
        free = life.here and life.partner == NEVER
        shown = self.shows(self.holds, str(who), now, life.here, free)
        if shown and not life.shown and life.absence is not None:
            life.absence.back = poll
        if life.shown and not shown:
            life.absence = Absence(who, poll, NEVER, life.partner)
            self.absences.append(life.absence)
        life.shown = shown

    def _come(self, who: int, now: float) -> None:
        life = self.lives[who]
        life.here, life.partner = True, NEVER
        self.holds.arrived(str(who), now)
        self._look(who, now)
        self._next(who, now)

    def _next(self, who: int, now: float) -> None:
        wait = self.random.expovariate(TALKS + LEAVINGS)
        self._at(now + wait, lambda now: self._act(who, now))

    def _act(self, who: int, now: float) -> None:
        if not self._is_free(who):
            return
        if self.random.random() < LEAVINGS / (TALKS + LEAVINGS):
            self.lives[who].here = False
            self.holds.left(str(who), now)
            self._look(who, now)
            self._at(now + self.random.expovariate(1 / AWAY), lambda now: self._come(who, now))
            return
        friends = [(who + step) % PEOPLE for step in (-2, -1, 1, 2)]
        free = [each for each in friends if self._is_free(each)]
        if free:
            self._talk(who, self.random.choice(free), now)
        else:
            self._next(who, now)

    def _is_free(self, who: int) -> bool:
        return self.lives[who].here and self.lives[who].partner == NEVER

    def _talk(self, one: int, other: int, now: float) -> None:
        self.talks[min(one, other), max(one, other)] += 1
        end = now + self.random.expovariate(1 / self.talk)
        for who, partner in ((one, other), (other, one)):
            self.holds.introduced(str(who), now)
            self.lives[who].partner = partner
        for who in (one, other):
            self.lives[who].here = False
            self.holds.left(str(who), now)
            self._look(who, now)
            if self.random.random() >= STAYS_AWAY:
                back = end + self.random.uniform(0.5, 5)
                self._at(back, lambda now, who=who: self._come(who, now))


def difference(one: Absence, other: Absence) -> tuple[int, int]:
    """How far apart two people vanished and returned, in steps that double."""
    gone = int(abs(one.gone - other.gone)).bit_length()
    if NEVER in (one.back, other.back):
        return gone, 98 if one.back == other.back else 99
    return gone, int(abs(one.back - other.back)).bit_length()


class Attacker:
    """Knows the rule: it has seen a world in which it also knew who talked with whom."""

    def __init__(self, world: World) -> None:
        partners: Counter[tuple[int, int]] = Counter()
        any_two: Counter[tuple[int, int]] = Counter()
        seen = 0
        for absence, beside in beside_each_other(world):
            for other in beside:
                any_two[difference(absence, other)] += 1
                if are_partners(absence, other):
                    partners[difference(absence, other)] += 1
                    seen += 1
        every, hits = any_two.total(), partners.total()
        self._weight = {
            cell: log((partners[cell] + 0.5) / (hits + 20))
            - log((any_two[cell] + 0.5) / (every + 20))
            for cell in any_two
        }
        self._prior = min(0.99, seen / max(1, len(world.absences)))

    def weigh(self, one: Absence, other: Absence) -> float:
        """The logarithm of how much likelier these two are partners than any two."""
        return self._weight.get(difference(one, other), 0.0)

    def guess(self, absence: Absence, beside: list[Absence]) -> tuple[int, float]:
        """With whom somebody talks, and how sure that is; `NEVER` for nobody."""
        if not beside:
            return NEVER, 0.0
        odds = [2.718281828 ** self.weigh(absence, other) for other in beside]
        share = self._prior / len(beside)
        best = max(range(len(beside)), key=odds.__getitem__)
        return beside[best].who, share * odds[best] / (share * sum(odds) + 1 - self._prior)


def beside_each_other(world: World) -> list[tuple[Absence, list[Absence]]]:
    """Each absence, with all others that began near enough to be of the same conversation."""
    reach = REACH[world.shows] / POLL
    ordered = sorted(world.absences, key=lambda absence: absence.gone)
    times = [absence.gone for absence in ordered]
    return [
        (
            absence,
            [
                other
                for other in ordered[
                    bisect_left(times, absence.gone - reach) : bisect_right(
                        times, absence.gone + reach
                    )
                ]
                if other.who != absence.who
            ],
        )
        for absence in ordered
    ]


def are_partners(one: Absence, other: Absence) -> bool:
    """Whether these two left to talk with each other."""
    return one.partner == other.who and other.partner == one.who


def friends_of(who: int) -> set[int]:
    """With whom somebody talks at all."""
    return {(who + step) % PEOPLE for step in (-2, -1, 1, 2)}


def rank_of(who: int, scores: dict[int, float], others: set[int]) -> int:
    """How many look likelier, aside from those with whom there were conversations as well."""
    mine = scores.get(who, 0.0)
    return sum(
        scores.get(each, 0.0) >= mine
        for each in range(PEOPLE)
        if each != who and each not in others
    )


@dataclass
class Result:
    """Of all who left to talk: for whom the best guess is right, would be by chance, and is right
    and thought likelier than not. Of pairs with 8 to 12 conversations: who comes out first of all,
    and the median place among all."""

    top: float
    chance: float
    sure: float
    first: float
    rank: float


def attack(seed: int, talk: float, shows: Shows) -> Result:
    """What the attacker finds out in a world that it does not know."""
    attacker, world = Attacker(World(seed, talk, shows)), World(seed + 1, talk, shows)
    found, right, chance = 0, 0, 0.0
    scores: dict[int, dict[int, float]] = defaultdict(dict)
    for absence, beside in beside_each_other(world):
        for other in beside:
            weight = max(0.0, attacker.weigh(absence, other))
            scores[absence.who][other.who] = scores[absence.who].get(other.who, 0.0) + weight
        if absence.partner == NEVER:
            continue
        guess, certainty = attacker.guess(absence, beside)
        chance += 1 / max(1, len({other.who for other in beside}))
        right += guess == absence.partner
        found += guess == absence.partner and certainty > 0.5
    ranks, leavings = [], max(1, 2 * world.talks.total())
    for (one, other), times in world.talks.items():
        if 8 <= times <= 12:
            ranks.append(rank_of(other, scores[one], friends_of(one) - {other}))
    return Result(
        right / leavings,
        chance / leavings,
        found / leavings,
        sum(rank == 0 for rank in ranks) / max(1, len(ranks)),
        sorted(ranks)[len(ranks) // 2] / PEOPLE if ranks else 1.0,
    )


@pytest.mark.slow
@pytest.mark.parametrize("minutes", [20, 60])
def test_without_the_rule_nearly_every_conversation_is_named(minutes: int) -> None:
    """So strong is this attacker, who finds every pair that talked often."""
    result = attack(1, 60.0 * minutes, as_they_are)
    assert result.top > 0.9
    assert result.sure > 0.9
    assert result.first > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("minutes", [20, 60])
def test_with_the_rule_a_conversation_is_not_named(minutes: int) -> None:
    """Nor does it add up: who talked often is not found among the others."""
    result = attack(1, 60.0 * minutes, as_holds_say)
    assert result.sure == 0
    assert result.top <= 0.03
    assert result.first <= 0.05
    assert result.rank >= 0.3

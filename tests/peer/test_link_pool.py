"""How many links a meeting has at a time, and who goes for one more (protocol, "The direct
link")."""

from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from chatd import limits
from chatd.peer.link_pool import LinkPool


@dataclass(eq=False)
class Fake:
    """What stands for a link: verified, or not verified and accepted, or neither, as a dialled
    one is at first; perhaps ending."""

    secured: bool = False
    is_unfinished: bool = False
    channel: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(is_ending=False))

    def end(self) -> None:
        self.channel.is_ending = True


def verified(count: int) -> list[Fake]:
    return [Fake(secured=True) for _ in range(count)]


def unfinished(count: int) -> list[Fake]:
    return [Fake(is_unfinished=True) for _ in range(count)]


class Held:
    """Links, with those who had to go, in order."""

    def __init__(self, *fakes: Fake) -> None:
        self.links: Any = LinkPool()
        self.gone: list[Fake] = []
        for fake in fakes:
            self.add(fake)

    def add(self, fake: Fake, source: str = "") -> None:
        over = self.links.add(fake, source)
        self.gone += [over] if over is not None else []


def test_at_the_limit_all_stay_and_one_over_it_one_goes() -> None:
    """Those that are ending count like the others, and the oldest of them goes."""
    fakes = verified(limits.MEETING_LINKS)
    held = Held(*fakes)
    fakes[3].end()
    fakes[5].end()
    assert held.gone == []
    held.add(Fake())
    assert held.gone == [fakes[3]]
    held.add(Fake())
    assert held.gone == [fakes[3], fakes[5]]
    assert len(list(held.links)) == limits.MEETING_LINKS


def test_strangers_go_before_those_who_were_introduced() -> None:
    """The oldest of them, also for a link that we dialled."""
    strangers = unfinished(limits.UNFINISHED_LINKS)
    held = Held(*strangers, *verified(limits.MEETING_LINKS - limits.UNFINISHED_LINKS))
    assert held.gone == []
    held.add(Fake())
    assert held.gone == [strangers[0]]


def test_the_crowd_goes_first() -> None:
    """Whoever has the most links that say nothing loses the oldest of them."""
    held = Held()
    one, *crowd = unfinished(limits.UNFINISHED_LINKS)
    held.add(one, "a")
    for stranger in crowd:
        held.add(stranger, "b")
    held.add(Fake(is_unfinished=True), "c")
    assert held.gone == [crowd[0]]


def test_what_stands_goes_for_nobody() -> None:
    """Where all the others were introduced, the new one goes at once, whoever dialled."""
    held = Held(*verified(limits.MEETING_LINKS))
    for new in (Fake(), *unfinished(1)):
        held.add(new)
        assert held.gone.pop() is new


@pytest.mark.parametrize("seed", range(20))
def test_whatever_comes_is_bounded(seed: int) -> None:
    """There are never more than the limits allow, and what stands never goes."""
    random, held = Random(seed), Held()
    for _ in range(1000):
        held.add(Fake(is_unfinished=random.random() < 0.5), random.choice("abc"))
        for fake in held.links:
            change = random.random()
            if change < 0.05:
                fake.secured, fake.is_unfinished = True, False
            elif change < 0.07:
                fake.end()
        every = list(held.links)
        assert len(every) <= limits.MEETING_LINKS
        assert sum(fake.is_unfinished for fake in every) <= limits.UNFINISHED_LINKS
    assert held.gone
    assert not any(fake.secured and not fake.channel.is_ending for fake in held.gone)
    assert not set(held.gone) & set(held.links)

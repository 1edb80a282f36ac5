"""All links are visited, and everybody is served meanwhile."""

from collections.abc import Callable

from chatd import limits
from chatd.rendezvous.live import Walk


class Turns:
    """The turns of a reactor, of which each does what was asked for in those before."""

    def __init__(self) -> None:
        self._asked: list[Callable[[], None]] = []

    def callLater(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """In the next one."""
        self._asked.append(call)
        return call

    def next(self) -> bool:
        """One turn; whether there was anything to do in it."""
        asked, self._asked = self._asked, []
        for call in asked:
            call()
        return bool(asked)


class Link:
    """One that remembers that it was looked at."""

    def __init__(self) -> None:
        self.visits = 0

    def visit(self) -> None:
        """Count it."""
        self.visits += 1


def test_so_many_in_a_turn() -> None:
    """The first ones at once, and the rest in turns of the reactor."""
    turns, links = Turns(), [Link() for _ in range(2 * limits.VISITED + 1)]
    Walk(turns, Link.visit).begin(links)
    done = [sum(link.visits for link in links)]
    while turns.next():
        done.append(sum(link.visits for link in links))
    assert done == [limits.VISITED, 2 * limits.VISITED, 2 * limits.VISITED + 1]


def test_one_that_begins_anew() -> None:
    """Another change while there are links left: all are looked at after that."""
    turns, links = Turns(), [Link() for _ in range(3 * limits.VISITED)]
    walk = Walk(turns, Link.visit)
    walk.begin(links)
    walk.begin(links)
    while turns.next():
        pass
    assert min(link.visits for link in links) >= 1

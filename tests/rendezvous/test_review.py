"""Who may not be here any more has to go, and everybody else is served meanwhile."""

from collections.abc import Callable

from chatd import limits
from chatd.rendezvous.access import Access
from chatd.rendezvous.review import Review


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
        self.reviews = 0

    def review(self, access: Access) -> None:
        """Count it."""
        self.reviews += 1


def test_so_many_in_a_turn() -> None:
    """The first ones at once, and the rest in turns of the reactor."""
    turns, links = Turns(), [Link() for _ in range(2 * limits.REVIEWED + 1)]
    Review(turns, Access()).begin(links)
    done = [sum(link.reviews for link in links)]
    while turns.next():
        done.append(sum(link.reviews for link in links))
    assert done == [limits.REVIEWED, 2 * limits.REVIEWED, 2 * limits.REVIEWED + 1]


def test_one_that_begins_anew() -> None:
    """Another change while there are links left: all are looked at after that."""
    turns, links = Turns(), [Link() for _ in range(3 * limits.REVIEWED)]
    review = Review(turns, Access())
    review.begin(links)
    review.begin(links)
    while turns.next():
        pass
    assert min(link.reviews for link in links) >= 1

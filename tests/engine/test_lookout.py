"""Looking for people: in a list, and until they come; a clock and a server in memory."""

import pytest
from twisted.internet.task import Clock

from chatd import limits
from chatd.engine.decisions import events as e
from chatd.engine.lookout import Lookout
from chatd.engine.not_done import NotDone


class Around:
    """A lookout at a server that knows who is here; it does not answer while `is_slow`."""

    def __init__(self, *here: str) -> None:
        self.here = set(here)
        self.clock = Clock()
        self.asked: list[str] = []
        self.shown: list[e.Event] = []
        self.can_ask, self.is_slow = True, False
        self.remembered: list[list[str]] = []
        self.lookout = Lookout(
            self.clock,
            self._search,
            self.shown.append,
            lambda names: self.remembered.append(list(names)),
        )

    def _search(self, name: str) -> bool:
        if not self.can_ask:
            return False
        self.asked.append(name)
        if not self.is_slow:
            assert self.lookout.takes(e.Found(name, name in self.here))
        return True

    def pass_time(self, seconds: int) -> None:
        """Second by second."""
        self.clock.pump([1] * seconds)


def test_who_of_a_list_is_around() -> None:
    """They are asked for one by one, no more of them than a list may cost, and told together."""
    around = Around("b", "d", "z")
    around.lookout.list([chr(ord("a") + number) for number in range(26)])
    around.pass_time(60)
    assert around.asked == list("abcdefgh")
    assert around.shown == [e.Around(["b", "d"], limits.LOOKED_FOR)]
    assert around.clock.getDelayedCalls() == []


def test_a_list_that_nobody_can_be_asked_for() -> None:
    """Where there is no server that is said, and not made up for when nobody wants to know."""
    around = Around("a")
    around.can_ask = False
    around.lookout.list(["a"])
    around.pass_time(5)
    around.can_ask = True
    around.pass_time(120)
    assert (around.asked, around.shown) == ([], [e.Around([], 0)])


def test_somebody_comes() -> None:
    """It is asked for once a minute, told once, and then not asked for any more."""
    around = Around()
    around.lookout.wait_for("bob")
    around.pass_time(600)
    assert 10 <= len(around.asked) <= 11
    around.here.add("bob")
    around.pass_time(61)
    assert around.shown == [e.Waiting(["bob"]), e.Came("bob")]
    asked = len(around.asked)
    around.pass_time(600)
    assert len(around.asked) == asked
    assert around.clock.getDelayedCalls() == []


def test_whom_one_waits_for_is_remembered() -> None:
    """Whenever that changes; who was remembered is asked for as soon as the server is there, and
    not more often than once a minute because it comes and goes."""
    around = Around("bob")
    around.lookout.go_on(["ann", "bob"])
    around.pass_time(60)
    assert around.asked == []
    around.lookout.look()
    around.pass_time(65)
    assert sorted(around.asked) == ["ann", "bob"]
    assert around.remembered == [["ann"]]
    for _ in range(20):
        around.lookout.look()
        around.pass_time(1)
    assert len(around.asked) == 2
    around.lookout.wait_for("ann")
    assert around.remembered == [["ann"], []]


def test_waiting_for_many_asks_no_more_than_once_a_minute_for_each() -> None:
    """Up to the bound, and one more is refused; each can be taken back."""
    around = Around()
    names = [f"n{number}" for number in range(limits.WAITED_FOR)]
    for name in names:
        around.lookout.wait_for(name)
    with pytest.raises(NotDone, match="too-many-awaited"):
        around.lookout.wait_for("more")
    before = len(around.asked)
    around.pass_time(600)
    assert {around.asked[before:].count(name) for name in names} <= {9, 10, 11}
    for name in names:
        around.lookout.wait_for(name)
    assert around.shown[-1] == e.Waiting([])
    assert around.clock.getDelayedCalls() == []


def test_what_the_person_asks_is_answered_to_the_person() -> None:
    """Only the answer to our own search is taken, a refusal as well, and each once."""
    around = Around()
    around.is_slow = True
    assert not around.lookout.takes(e.Found("bob", True))
    around.lookout.wait_for("bob")
    around.pass_time(1)
    assert not around.lookout.takes(e.Found("carol", True))
    assert not around.lookout.takes(e.Refused("request", "bob", "slow-down", None))
    assert around.lookout.takes(e.Refused("search", "bob", "slow-down", None))
    assert not around.lookout.takes(e.Found("bob", True))


def test_an_answer_that_never_comes() -> None:
    """A link that was lost holds nothing up."""
    around = Around()
    around.is_slow = True
    around.lookout.wait_for("bob")
    around.pass_time(200)
    assert len(around.asked) >= 2


def test_the_end() -> None:
    """No timer is left."""
    around = Around()
    around.lookout.wait_for("bob")
    around.lookout.close()
    assert around.clock.getDelayedCalls() == []

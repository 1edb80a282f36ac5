"""Dialling one candidate: tries, giving up, and reasons in words."""

from itertools import pairwise
from random import Random

import pytest
from peer_pairs import GUEST, HOST, Stranger
from simulated import Network
from twisted.internet import error
from twisted.internet.defer import CancelledError
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from chatd import limits
from chatd.peer.dialer import Dialer, direct, in_words


class Dialled:
    """A dialer at one machine, and another machine to be dialled."""

    def __init__(self, *, tries: int = 1, seed: int = 1) -> None:
        self.network = Network(seed=1, latency=(0.01, 0.01))
        self.here, self.there = self.network.host(GUEST), self.network.host(HOST)
        self.strangers: list[Stranger] = []
        self.reasons: list[str] = []
        self.dialer = Dialer(
            self.here,
            direct(self.here, (HOST, 4000), self.here.free_port()),
            self.build,
            self.reasons.append,
            tries=tries,
            random=Random(seed),
        )

    def build(self) -> Stranger:
        self.strangers.append(Stranger())
        return self.strangers[-1]

    def listen(self) -> None:
        self.there.listenTCP(4000, Factory.forProtocol(Stranger))

    @property
    def dials(self) -> int:
        return sum(event.what == "dials" for event in self.network.trace)


def test_a_candidate_that_answers() -> None:
    """One protocol is built, and no reason given."""
    dialled = Dialled(tries=5)
    dialled.listen()
    dialled.dialer.start()
    dialled.network.advance(5)
    assert [stranger.is_connected for stranger in dialled.strangers] == [True]
    assert (dialled.dials, dialled.reasons) == (1, [])
    assert not dialled.here.getDelayedCalls()


@pytest.mark.parametrize("tries", [1, 2, 20])
def test_the_reason_comes_after_the_last_try(tries: int) -> None:
    """Once, and nothing is left to be done."""
    dialled = Dialled(tries=tries)
    dialled.dialer.start()
    dialled.network.advance(60)
    assert dialled.dials == tries
    assert dialled.reasons == ["refused: nobody listens there"]
    assert not dialled.here.getDelayedCalls()


def test_tries_are_spread() -> None:
    """Two sides that retry do not do so in step, nor all at once."""
    dialled = Dialled(tries=10)
    dialled.dialer.start()
    dialled.network.advance(60)
    times = [event.time for event in dialled.network.trace if event.what == "dials"]
    gaps = [after - before - 0.02 for before, after in pairwise(times)]  # without the way
    assert len({round(gap, 3) for gap in gaps}) == 9
    for number, gap in enumerate(gaps):
        assert 0.5 <= gap / (0.04 * 1.2**number) <= 1.5


@pytest.mark.parametrize("seed", range(20))
def test_all_tries_take_about_as_long_as_the_race(seed: int) -> None:
    """They neither run out early nor go on behind its end, apart from the last few."""
    dialled = Dialled(tries=limits.DIAL_TRIES, seed=seed)
    dialled.dialer.start()
    dialled.network.advance(60)
    times = [event.time for event in dialled.network.trace if event.what == "dials"]
    assert 5 <= times[-1] - times[0] <= 11


def test_no_answer() -> None:
    """It is waited for as long as the race takes."""
    dialled = Dialled()
    dialled.network.block(dialled.here, dialled.there)
    dialled.dialer.start()
    dialled.network.advance(limits.RACE_SECONDS - 0.1)
    assert dialled.reasons == []
    dialled.network.advance(0.2)
    assert dialled.reasons == ["no answer"]


@pytest.mark.parametrize(
    "seconds", [0, 0.005, 0.025, 0.3], ids=["at once", "dialling", "between tries", "later"]
)
def test_a_stopped_dialer_says_nothing_and_leaves_nothing(seconds: float) -> None:
    """Whatever it was doing; stopping again does nothing."""
    dialled = Dialled(tries=20)
    dialled.dialer.start()
    dialled.network.advance(seconds)
    dialled.dialer.stop()
    dialled.dialer.stop()
    dialled.network.settle()
    count = dialled.dials
    assert not dialled.here.getDelayedCalls()
    dialled.network.advance(30)
    assert dialled.dials == count
    assert dialled.reasons == []
    assert not dialled.network.errors


def test_a_stopped_dialer_leaves_what_has_connected() -> None:
    """That belongs to the race."""
    dialled = Dialled()
    dialled.listen()
    dialled.dialer.start()
    dialled.network.advance(1)
    dialled.dialer.stop()
    dialled.network.advance(1)
    assert dialled.strangers[0].is_connected


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (error.ConnectionRefusedError(), "refused: nobody listens there"),
        (error.TimeoutError(), "no answer"),
        (error.TCPTimedOutError(), "no answer"),
        (error.NoRouteError(), "no route"),
        (CancelledError(), "given up"),
        (error.ConnectError("secret"), "could not connect"),
        (OSError("secret"), "could not connect"),
    ],
)
def test_reasons_are_in_our_own_words(fault: Exception, words: str) -> None:
    """What the system says is not shown."""
    assert in_words(Failure(fault)) == words


def test_an_address_of_the_other_family() -> None:
    """IPv6 is dialled as well."""
    network = Network(seed=1)
    here, there = network.host("2001:db8::1"), network.host("2001:db8::2")
    there.listenTCP(4000, Factory.forProtocol(Stranger), interface="::")
    stranger = Stranger()
    endpoint = direct(here, ("2001:db8::2", 4000), 0)
    Dialer(here, endpoint, lambda: stranger, pytest.fail, tries=1, random=Random(1)).start()
    network.advance(1)
    assert stranger.is_connected

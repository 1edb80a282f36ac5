"""What the pages for health say when something is wrong."""

from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from chatd import limits
from chatd.log.pseudonyms import Pseudonyms
from chatd.watch.site import site
from chatd.watch.watch import Watch

WELL = (200, "ok\n")
LATE = (503, "nothing is done in time\n")


class Watched:
    """A watch with a clock of its own, and its pages."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.watch = Watch(self.clock, Pseudonyms(self.clock.seconds, bytes))
        self.watch.start()
        self.site = site(self.watch)

    def page(self, name: str) -> tuple[int, str]:
        """Its status and its text."""
        transport, protocol = StringTransport(), self.site.buildProtocol(None)  # type: ignore[arg-type]
        assert protocol is not None
        protocol.makeConnection(transport)
        protocol.dataReceived(f"GET /{name} HTTP/1.0\r\n\r\n".encode())
        protocol.connectionLost(None)  # type: ignore[arg-type]
        head, _, text = transport.value().partition(b"\r\n\r\n")
        return int(head.split()[1]), text.decode()

    def stand_still(self, seconds: float) -> None:
        """Let time go by in which nothing is done."""
        self.clock.rightNow += seconds


@pytest.fixture
def watched() -> Any:
    """One that has begun."""
    made = Watched()
    yield made
    made.watch.stop()


def test_a_daemon_that_is_just_not_late_is_well(watched: Watched) -> None:
    """Nothing is wrong before the limit; at the limit it is, on both pages."""
    watched.stand_still(limits.PULSE_SECONDS + limits.HEALTHY_SECONDS - 0.25)
    assert watched.page("healthz") == watched.page("readyz") == WELL
    watched.stand_still(0.25)
    assert watched.page("healthz") == watched.page("readyz") == LATE


def test_it_is_late_until_something_is_in_time(watched: Watched) -> None:
    """What is due is done first, and only then whoever asks is answered: that says it as well."""
    for _ in range(3):
        watched.stand_still(limits.PULSE_SECONDS + limits.HEALTHY_SECONDS)
        watched.clock.advance(0)
        assert watched.page("healthz") == LATE
    watched.clock.advance(limits.PULSE_SECONDS)
    assert watched.page("healthz") == watched.page("readyz") == WELL


def test_each_thing_that_is_wrong_has_a_line(watched: Watched) -> None:
    """What a new start would not mend is wrong on the page of those who send people only."""
    watched.watch.health.needs("the moon is down", lambda: True)
    watched.watch.health.needs("the sun is down", lambda: False)
    assert watched.page("healthz") == WELL
    assert watched.page("readyz") == (503, "the moon is down\n")
    watched.stand_still(100)
    assert watched.page("readyz") == (503, "nothing is done in time\nthe moon is down\n")

"""The onion service for the next conversation, which is made again when it is lost."""

from collections.abc import Iterator

import pytest
from simulated_tor import SimulatedTor
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol

from chatd import limits
from chatd.peer.listener import Accepted

pytest.importorskip("txtorcon")
pytestmark = pytest.mark.filterwarnings(  # txtorcon's own, at the end of every connection
    "ignore:twisted.internet.defer.Deferred.callbacks was deprecated:DeprecationWarning"
)

LOST = "the connection to Tor's control port was lost"


class Told:
    """What a person is told of the service."""

    def __init__(self, tor: SimulatedTor) -> None:
        self.lines: list[str] = []
        tor.tor.published = lambda: self.lines.append("published")
        tor.tor.missing = self.lines.append


@pytest.fixture
def tor() -> Iterator[SimulatedTor]:
    """One that runs, and in the end nothing of ours has failed or goes on."""
    made = SimulatedTor()
    yield made
    made.tor.close()
    made.network.settle()
    assert not made.network.errors
    assert made.machine.getDelayedCalls() == []
    assert made.machine.ports == made.machine.ports[:1]  # the control port, if that


def test_a_tor_that_is_restarted(tor: SimulatedTor) -> None:
    """It is said once that the service is gone, `status` has the last reason, and then there is
    another one."""
    told = Told(tor)
    tor.tor.prepare()
    tor.network.settle()
    assert (told.lines, tor.tor.status) == (["published"], "published")
    tor.stop()
    assert (told.lines[1:], tor.tor.status) == ([LOST], f"none, {LOST}")
    tor.network.advance(100)
    assert tor.tor.status == "none, no Tor can be used on this machine"
    tor.start()
    tor.network.advance(limits.ONION_MOST_PAUSE_SECONDS)
    assert (told.lines, tor.tor.status) == (["published", LOST, "published"], "published")


def test_every_outage_is_told(tor: SimulatedTor) -> None:
    """And after each the first pause is a short one again."""
    told = Told(tor)
    tor.tor.prepare()
    for number in range(3):
        tor.network.run(lambda: tor.tor.status == "published", limits.ONION_FIRST_PAUSE_SECONDS + 1)
        tor.stop()
        tor.start()
        assert told.lines == ["published", LOST] * (number + 1)


def test_a_service_that_cannot_be_made(tor: SimulatedTor) -> None:
    """It is tried again with growing pauses that stay bounded, and told once."""
    told = Told(tor)
    tor.refused = ("ADD_ONION",)
    tor.tor.prepare()
    tor.network.advance(60)
    assert tor.count("ADD_ONION") == 6
    tor.network.advance(600)
    assert tor.count("ADD_ONION") == 16
    why = "Tor refuses what it is asked for: 512 ␛[2J not today"
    assert (told.lines, tor.tor.status) == ([why], f"none, {why}")


def test_a_login_does_not_wait(tor: SimulatedTor) -> None:
    """Whoever logs in has it tried at once, and not twice."""
    tor.refused = ("ADD_ONION",)
    tor.tor.prepare()
    tor.network.advance(100)
    tor.refused = ()
    for _ in range(2):
        tor.tor.prepare()
        tor.network.settle()
    assert tor.tor.status == "published"
    before = tor.count("ADD_ONION")
    tor.network.advance(600)
    assert tor.count("ADD_ONION") == before


def test_a_service_that_was_taken_and_lost(tor: SimulatedTor) -> None:
    """The conversation has lost its own, and finds another one when it looks for it."""
    tor.tor.prepare()
    tor.network.settle()
    taken = tor.tor.take()
    assert taken is not None
    tor.stop()
    taken.close()
    tor.start()
    tor.network.advance(10)
    assert tor.tor.status == "published"


def test_nothing_is_made_that_nobody_wants(tor: SimulatedTor) -> None:
    """As with the relay alone: losing the connection is no outage, then or after the end."""
    told = Told(tor)
    tor.tor.dial("example.org", 1712)
    tor.stop()
    tor.start()
    tor.tor.prepare()
    tor.network.settle()
    tor.tor.close()
    tor.network.advance(600)
    assert told.lines == ["published"]
    assert tor.count("ADD_ONION") == 1


def test_each_conversation_has_its_own(tor: SimulatedTor) -> None:
    """As many as a client may have; to leave one takes that one away alone, and the others are
    reached as before. Where Tor ends, all are gone, and one is made for the next alone."""
    services = []
    for _ in range(limits.CONVERSATIONS):
        tor.tor.prepare()
        tor.network.run(lambda: tor.tor.status == "published", 1)
        service = tor.tor.take()
        assert service is not None
        services.append(service)
    assert len({service.host for service in services}) == limits.CONVERSATIONS
    reached: list[str] = []

    def serve(host: str) -> Accepted:
        def accepted(source: str) -> Protocol:
            reached.append(host)
            return Protocol()

        return accepted

    for service in services:
        service.start(serve(service.host), lambda line: True)
    services.pop(3).close()
    tor.network.settle()
    assert tor.count("DEL_ONION") == 1
    for port in tor.leads_to:
        TCP4ClientEndpoint(tor.machine, "127.0.0.1", port).connect(
            Factory.forProtocol(Protocol)
        ).addErrback(lambda _: None)
    tor.network.settle()
    assert sorted(reached) == sorted(service.host for service in services)
    before = tor.count("ADD_ONION")
    tor.stop()
    tor.start()
    tor.network.run(lambda: tor.tor.status == "published", limits.ONION_FIRST_PAUSE_SECONDS + 1)
    assert tor.count("ADD_ONION") == before + 1
    for service in services:
        service.close()
    tor.network.settle()
    assert tor.count("DEL_ONION") == 1

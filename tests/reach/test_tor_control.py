"""Tor's control port, on the simulated network."""

from collections.abc import Iterator

import pytest
from simulated_tor import OTHER_SOCKS, SOCKS, SimulatedTor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol

from chatd import limits

pytest.importorskip("txtorcon")
pytestmark = pytest.mark.filterwarnings(  # txtorcon's own, at the end of every connection
    "ignore:twisted.internet.defer.Deferred.callbacks was deprecated:DeprecationWarning"
)

SILENT = "Tor's control port does not answer"


@pytest.fixture
def tor() -> Iterator[SimulatedTor]:
    """One that runs, and nothing in our own code fails."""
    made = SimulatedTor()
    yield made
    assert not made.network.errors


def failures(tor: SimulatedTor, dialled: "Deferred[object]") -> list[str]:
    """Why a connection cannot be made, and no traceback."""
    found: list[str] = []
    dialled.addErrback(lambda failure: found.append(str(failure.value)))
    tor.network.settle()
    return found


def dial(tor: SimulatedTor) -> "Deferred[object]":
    """Go somewhere through Tor."""
    return tor.tor.dial("example.org", 1712).connect(Factory.forProtocol(Protocol))


@pytest.mark.parametrize(
    "mute",
    ["PROTOCOLINFO", "AUTHENTICATE", "GETINFO version", "SETEVENTS", "GETINFO net/listeners"],
)
def test_a_control_port_that_hangs(tor: SimulatedTor, mute: str) -> None:
    """It is given up in time, wherever it stops, and hung up; the next time may be better."""
    tor.mute = (mute,)
    found = failures(tor, dial(tor))
    tor.network.advance(limits.TOR_CONTROL_SECONDS - 1)
    assert found == []
    tor.network.advance(2)
    assert found == [SILENT]
    assert tor.controls == []
    tor.mute = ()
    tor.listen(SOCKS)
    dial(tor)
    tor.network.settle()
    assert tor.dialled == [SOCKS]


def test_a_service_that_is_never_made(tor: SimulatedTor) -> None:
    """It is not waited for: the next one is made as if it had not been."""
    tor.mute = ("ADD_ONION",)
    tor.tor.prepare()
    tor.network.settle()
    assert tor.tor.status == "being made"
    tor.network.run(lambda: tor.tor.status == f"none, {SILENT}", limits.TOR_CONTROL_SECONDS + 1)
    tor.mute = ()
    tor.tor.prepare()
    tor.network.settle()
    assert tor.tor.status == "published"


@pytest.mark.parametrize("word", ["GETINFO net/listeners", "GETINFO version", "SETEVENTS"])
def test_a_control_port_that_refuses(tor: SimulatedTor, word: str) -> None:
    """Its words are shown as far as that is safe, and never those of a traceback."""
    tor.refused = (word,)
    (why,) = failures(tor, dial(tor))
    assert why in (
        "Tor refuses what it is asked for: 512 ␛[2J not today",
        "Tor does not let us control it",
    )


def test_a_control_port_that_hangs_up(tor: SimulatedTor) -> None:
    """So it is said."""
    tor.mute = ("GETINFO net/listeners",)
    found = failures(tor, dial(tor))
    tor.stop()
    assert found == ["the connection to Tor's control port was lost"]


def test_the_second_socks_port(tor: SimulatedTor) -> None:
    """It is dialled where nobody listens at the first one."""
    tor.listen(OTHER_SOCKS)
    dial(tor)
    tor.network.settle()
    assert tor.dialled == [OTHER_SOCKS]


def test_giving_up(tor: SimulatedTor) -> None:
    """Then no other port is dialled."""
    for port in (SOCKS, OTHER_SOCKS):
        tor.listen(port)
    tor.tor.prepare()
    tor.network.settle()
    tor.network.block(tor.machine, "127.0.0.1")
    dialled = dial(tor)
    found = failures(tor, dialled)
    dialled.cancel()
    tor.network.allow(tor.machine, "127.0.0.1")
    tor.network.advance(limits.PROXY_SECONDS)
    assert len(found) == 1
    assert tor.dialled == []

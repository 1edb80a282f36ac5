"""What a client offers of itself, by how it sits in the network and what its user chose."""

import random

import pytest

from chatd.engine.connection_attempt import ConnectionAttempt
from chatd.engine.environment import Environment, Settings
from chatd.engine.gathering import ServerView
from chatd.peer.local_port import PortUnavailable
from chatd.testing import Network, fake_primitives
from chatd.wire.server import Accept, Candidates, OfferMade

OWN = "10.0.0.5"


def offered(local_port: int = 0, taken: int | None = None, **chosen: object) -> Candidates:
    """The candidates of a client whose server link comes from `local_port`; another program
    listens at `taken`."""
    machine = Network(seed=1).host(OWN)
    source = random.Random(1)

    def free_port(port: int) -> int:
        if port == taken:
            raise PortUnavailable
        return machine.free_port(port)

    world = Environment(
        machine,
        source.randbytes,
        source,
        fake_primitives(source),
        addresses=lambda: [OWN],
        free_port=free_port,
    )
    settings = Settings("server:1712", lambda port: None, **chosen)  # type: ignore[arg-type]
    path = ConnectionAttempt(
        settings,
        world,
        ServerView(bytes(33), "8.8.8.8", lambda: ["9.9.9.9"], local_port),
    )
    try:
        message = path.offer(b"id", is_host=True)
        assert isinstance(message, OfferMade)
        assert isinstance(path.offer(b"id", is_host=False), Accept)
        return message.candidates
    finally:
        path.close()


def test_the_port_of_the_server_link_is_shared() -> None:
    """The listener is there, so the address that the server sees is all that is needed."""
    assert offered(40_000) == Candidates("address-port", 40_000, [(OWN, 40_000)])


def test_a_server_link_whose_port_cannot_be_shared() -> None:
    """The listener is at a port of its own, which a router may have kept."""
    candidates = offered()
    assert candidates == Candidates("address", candidates.port, [(OWN, candidates.port)])
    assert candidates.port > 0


def test_a_port_that_another_program_has_taken() -> None:
    """It takes another one, which the server does not see; a port that was chosen stays wanted."""
    candidates = offered(40_000, taken=40_000)
    assert candidates == Candidates("address", candidates.port, [(OWN, candidates.port)])
    assert candidates.port not in (0, 40_000)
    with pytest.raises(PortUnavailable):
        offered(4000, taken=4000, client_port=4000)


@pytest.mark.parametrize("local_port", [0, 4000])
def test_a_port_that_the_person_chose(local_port: int) -> None:
    """It may be forwarded, so it counts, whatever port the server sees."""
    assert offered(local_port, client_port=4000) == Candidates("address", 4000, [(OWN, 4000)])


def test_a_forwarded_port() -> None:
    """It is the one outside, and the listener's inside."""
    assert offered(4000, client_port=4000, forwarded=("", 5000)) == Candidates(
        "address", 5000, [(OWN, 4000)]
    )


def test_a_forwarded_port_at_an_address() -> None:
    """It comes first if the server has seen us there, and is left out if not."""
    chosen: dict[str, object] = {"client_port": 4000, "forwarded": ("9.9.9.9", 5000)}
    assert offered(4000, **chosen).local == [("9.9.9.9", 5000), (OWN, 4000)]
    chosen["forwarded"] = ("8.8.4.4", 5000)
    assert offered(4000, **chosen).local == [(OWN, 4000)]


class Mapped:
    """A router that passes port 40000 on."""

    def outside(self, port: int) -> tuple[str, int] | None:
        return ("9.9.9.9", 40_001) if port == 40_000 else None


def test_a_port_that_the_router_passes_on() -> None:
    """It is one more candidate, and what the server sees is still tried."""
    candidates = offered(40_000, upnp=Mapped())
    assert candidates.observed == "address-port"
    assert candidates.port == 40_000
    assert candidates.local == [("9.9.9.9", 40_001), (OWN, 40_000)]
    assert offered(upnp=Mapped()).local[0][0] == OWN


def test_through_the_relay_only() -> None:
    """Nothing of it is told to anybody."""
    candidates = offered(40_000, relay="only", forwarded=("9.9.9.9", 5000))
    assert (candidates.observed, candidates.local) == ("none", [])

"""What a client offers of itself, by how it sits in the network and what its user chose."""

import random
from types import SimpleNamespace

import pytest
from msgspec import structs
from simulated import Network, fake_primitives

from chatd.addresses import Candidate
from chatd.engine.connection_attempt import ConnectionAttempt
from chatd.engine.environment import Environment, Settings
from chatd.engine.gathering import OnTheInternet, ServerView, whereabouts
from chatd.peer.local_port import PortUnavailable
from chatd.peer.offer import read_offer
from chatd.peer.shared_port import Ports
from chatd.wire.server import Accept, Candidates, Go, OfferMade

OWN = "10.0.0.5"


def outside(taken: int | None = None) -> Environment:
    """A machine; another program listens at `taken`."""
    machine = Network(seed=1).host(OWN)
    source = random.Random(1)

    def free_port(port: int) -> int:
        if port == taken:
            raise PortUnavailable
        return machine.free_port(port)

    return Environment(
        machine,
        source.randbytes,
        source,
        fake_primitives(source),
        addresses=lambda: [OWN],
        free_port=free_port,
    )


def ports(world: Environment) -> Ports:
    """What listens there: nothing yet."""
    return Ports(world.reactor, world.free_port)


def offered(local_port: int = 0, taken: int | None = None, **chosen: object) -> Candidates:
    """The candidates of a client whose server link comes from `local_port`; another program
    listens at `taken`."""
    return made(local_port, taken, **chosen).candidates


def made(
    local_port: int = 0, taken: int | None = None, seen: Candidate | None = None, **chosen: object
) -> OfferMade:
    """All that such a client, seen there, offers."""
    world = outside(taken)
    settings = Settings("server:1712", lambda port: None, **chosen)  # type: ignore[arg-type]
    path = ConnectionAttempt(
        settings,
        world,
        ServerView(bytes(33), "8.8.8.8", lambda: ["9.9.9.9"], local_port, seen=seen),
        ports(world),
    )
    try:
        message = path.offer(b"id", is_host=True)
        assert isinstance(message, OfferMade)
        assert isinstance(path.offer(b"id", is_host=False), Accept)
        return message
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


@pytest.mark.parametrize(
    ("seen", "local_port", "chosen", "features"),
    [
        (("9.9.9.9", 4000), 4000, {}, ["spray-kept"]),
        (("9.9.9.9", 4001), 4000, {}, ["spray-random"]),
        (("9.9.9.9", 4001), 4000, {"spray": False}, []),
        (("9.9.9.9", 4001), 4000, {"relay": "only"}, ["relay-only"]),
        (("2a01:4f8::5", 4001), 4000, {}, []),
        (("9.9.9.9", 4001), 0, {}, []),
        (None, 4000, {}, []),
    ],
)
def test_whether_a_router_keeps_our_port_is_in_the_offer(
    seen: Candidate | None, local_port: int, chosen: dict[str, object], features: list[str]
) -> None:
    """Where the server sees us by IPv4, unless sprays are not wanted or an address is hidden."""
    message = made(local_port, seen=seen, **chosen)
    assert read_offer(message.offer).features == features


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


def test_addresses_that_are_new_in_a_conversation() -> None:
    """What is named follows the machine, and is what a server would pass on; what is dialled of
    theirs is not our own listener."""
    own = [OWN]
    world = structs.replace(outside(), addresses=lambda: own)
    view = ServerView(bytes(33), "8.8.8.8", lambda: ["9.9.9.9"], 4000)
    where = OnTheInternet(Settings("server:1712", lambda port: None), world, view, ports(world))
    where.candidates()
    go = Go(b"", "bob", bytes(33), b"", [("9.9.9.9", 5000)], [], None)
    exchange = where.plan(go).exchange
    assert exchange is not None
    assert exchange.offered == exchange.ours([]) == [(OWN, 4000)]
    own[:] = ["10.0.0.6", "8.8.4.4"]
    assert exchange.ours([]) == [("10.0.0.6", 4000)]
    told = [("10.0.0.6", 4000), ("10.0.0.7", 4000), ("8.8.4.4", 4000)]
    assert exchange.theirs(told, []) == [("10.0.0.7", 4000)]
    where.listener.close()


@pytest.mark.parametrize("hidden", [{"relay": "only"}, {"tor": SimpleNamespace(take=lambda: None)}])
def test_whoever_hides_exchanges_no_addresses(hidden: dict[str, object]) -> None:
    """At the relay alone, and behind Tor."""
    settings = Settings("server:1712", lambda port: None, **hidden)  # type: ignore[arg-type]
    view = ServerView(bytes(33), "", lambda: [], 0)
    world = outside()
    where = whereabouts(settings, world, view, ports(world))
    assert where.plan(Go(b"", "bob", bytes(33), b"", [], [], None)).exchange is None


@pytest.mark.parametrize(
    ("observed", "local", "sprayed"),
    [
        ([("44.0.2.1", 5000)], [], ("44.0.2.1", 5000)),
        ([("44.0.2.1", 5000)], [("44.0.3.3", 80)], ("44.0.2.1", 5000)),
        ([], [("44.0.3.3", 80)], None),
        ([("127.0.0.1", 5000)], [], None),
        ([("10.0.0.7", 5000)], [], None),
        ([("169.254.169.254", 80)], [], None),
        ([("2a01:4f8::7", 5000)], [], None),
    ],
)
def test_only_where_the_server_sees_the_other_is_sprayed(
    observed: list[Candidate], local: list[Candidate], sprayed: Candidate | None
) -> None:
    """And only where that is an address that is dialled at all: never one that they name."""
    server_view = ServerView(
        bytes(33), "8.8.8.8", lambda: ["9.9.9.9"], 4000, seen=("9.9.9.9", 4000)
    )
    world = outside()
    settings = Settings("server:1712", lambda port: None)
    where = OnTheInternet(settings, world, server_view, ports(world))
    go = Go(b"", "bob", bytes(33), b"", observed, local, None)
    spray = where.plan(go, ["spray-random"]).spray
    assert (spray.there if spray is not None else None) == sprayed
    where.listener.close()

"""The daemon as a service: how it ends, and what it asks of the kernel."""

import pytest
from simulated import Cut
from simulated_daemon import Simulation
from test_daemon_limits import NOWHERE, assert_nothing_is_left, introduce

from chatd import limits
from chatd.rendezvous.lobby import spread
from chatd.wire import server as wire


def stop(simulation: Simulation) -> list[None]:
    """Stop the service; what it returns is there once it has stopped."""
    stopped: list[None] = []
    simulation.service.stopService().addCallback(stopped.append)
    simulation.pass_time()
    return stopped


def test_an_idle_service_stops_at_once() -> None:
    """With nobody there, nothing is waited for."""
    simulation = Simulation()
    assert stop(simulation) == [None]
    assert not simulation.server.ports


def test_a_service_stops_when_the_last_link_is_gone() -> None:
    """People, strangers and unfinished handshakes are all told to go, and are gone."""
    simulation = Simulation()
    person, stranger = simulation.visit("person"), simulation.stranger()
    unfinished = simulation.visit(login=False)
    assert stop(simulation) == [None]
    assert person.reason == unfinished.reason == "closing"
    assert stranger.over
    assert_nothing_is_left(simulation)


def test_whoever_does_not_go_is_waited_for_only_so_long() -> None:
    """A link that does not answer delays it by the seconds until it is aborted."""
    simulation = Simulation()
    simulation.visit("person")
    simulation.network.connections[0].cut(Cut.SILENT)
    stopped = stop(simulation)
    assert not stopped
    simulation.pass_time(limits.ABORT_SECONDS)
    assert stopped
    assert_nothing_is_left(simulation)


def test_an_accepted_introduction_is_waited_for() -> None:
    """Links stay until an accepted introduction is made or its time is up."""
    simulation = Simulation()
    alice, bob = simulation.visit("alice"), simulation.visit("bob")
    introduction = introduce(simulation, alice, bob)
    stopped = stop(simulation)
    assert not stopped
    alice.say(wire.OfferMade(introduction, b"of alice", NOWHERE))
    simulation.pass_time()
    assert stopped
    assert "Go" in alice.kinds()
    assert "Go" in bob.kinds()


def test_an_introduction_that_stops_moving_is_not_waited_for() -> None:
    """The time for an offer bounds the end of the service as well."""
    simulation = Simulation()
    alice, bob = simulation.visit("alice"), simulation.visit("bob")
    introduce(simulation, alice, bob)
    stopped = stop(simulation)
    simulation.pass_time(limits.OFFER_SECONDS)
    assert stopped
    assert alice.kinds()[-3:] == bob.kinds()[-3:] == ["Ended", "Closing", "Close"]
    assert_nothing_is_left(simulation)


@pytest.mark.parametrize(
    ("people", "seconds"),
    [(0, 0), (1, 1), (769, 1), (770, 2), (3_000, 4), (230_000, 299), (231_000, 300), (10**6, 300)],
)
def test_people_come_back_over_the_time_that_their_logins_take(people: int, seconds: int) -> None:
    """In whole seconds, and five minutes at most."""
    assert spread(people) == seconds


def test_the_time_to_come_back_is_said_before_the_end() -> None:
    """To everyone who is logged in, and to nobody else."""
    simulation = Simulation()
    person, unfinished = simulation.visit("person"), simulation.visit(login=False)
    assert stop(simulation) == [None]
    assert person.heard[-2:] == [wire.Closing(1), wire.Close("closing")]
    assert unfinished.heard == [wire.Close("closing")]

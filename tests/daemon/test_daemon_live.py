"""Settings that change while people are there."""

from typing import Any

from simulated_daemon import Simulation

from chatd.log.pseudonyms import Pseudonyms
from chatd.relay.relay import SMALL, Relay
from chatd.rendezvous.live import Live
from chatd.settings import table
from chatd.settings.setting import Setting
from chatd.settings.settings import Settings, read
from chatd.wire.seeds import SEED, Seeds


class Asked(Settings):
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__({}, {})
        self.asked: set[str] = set()

    def __getitem__(self, setting: Setting[Any]) -> Any:
        self.asked.add(setting.option)
        return super().__getitem__(setting)


def live(simulation: Simulation, relay: Relay | None = None) -> Live:
    """What changes the settings of a simulated daemon."""
    access = simulation.lobby.names.access
    pseudonyms = Pseudonyms(lambda: 0.0, bytes)
    return Live(simulation.server, access, simulation.factory, relay, pseudonyms)


def test_whatever_can_change_is_taken() -> None:
    """Each setting that the table calls live, and no other one but for what the relay is."""
    simulation, asked = Simulation(), Asked()
    relay = Relay(Seeds(0, bytes(SEED)), SMALL, simulation.server, lambda: 0.0)
    live(simulation, relay).apply(asked)
    assert asked.asked - {"relay"} == {each.option for each in table.TABLE if each.live}


def test_suites() -> None:
    """Whoever connects from then on is greeted with them."""
    simulation = Simulation()
    live(simulation).apply(read({"suites": "cbc"}, {}))
    stranger = simulation.stranger()
    assert stranger.received.startswith(b"CHATD/2 cbc ")


def test_room_at_the_door_and_behind_it() -> None:
    """As many as are let in may wait who are known."""
    simulation = Simulation()
    live(simulation).apply(read({"max-clients": "1"}, {}))
    assert simulation.visit().kinds() == ["Welcome"]
    assert simulation.visit().reason == "full"


def test_shared_networks() -> None:
    """Those behind one address count as so many from then on."""
    simulation = Simulation()
    sources = simulation.factory.reception.sources
    live(simulation).apply(read({"shared": "10.0.0.0/8=20"}, {}))
    assert sources.of("10.1.2.3") == (("10.0.0.0/8", 20),)
    live(simulation).apply(read({}, {}))
    assert sources.of("10.1.2.3") == (("10.1.2.3", 1),)

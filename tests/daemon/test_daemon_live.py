"""Settings that change while people are there."""

from typing import Any

from simulated_daemon import Simulation, Visitor
from twisted.internet.defer import Deferred

from chatd import limits
from chatd.log.pseudonyms import Pseudonyms
from chatd.relay.relay import SMALL, Relay
from chatd.rendezvous.live import Live
from chatd.rendezvous.name_changes import Change
from chatd.rendezvous.name_store import Truth
from chatd.rendezvous.names import Names
from chatd.settings import table
from chatd.settings.setting import Setting
from chatd.settings.settings import Settings, read
from chatd.wire import server as wire
from chatd.wire.seeds import SEED, Seeds


class Asked(Settings):
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__({}, {})
        self.asked: set[str] = set()

    def __getitem__(self, setting: Setting[Any]) -> Any:
        self.asked.add(setting.option)
        return super().__getitem__(setting)


class SlowStore:
    """Stores names when it is told to."""

    def __init__(self) -> None:
        self._asked: list[Deferred[None]] = []

    def store(self, change: Change, truth: Truth | None = None) -> Deferred[None]:
        """Not yet."""
        self._asked.append(Deferred())
        return self._asked[-1]

    def owe(self, change: Change) -> None:
        """Nothing comes of it."""

    def answer(self) -> None:
        """All is stored by now."""
        for each in self._asked:
            each.callback(None)


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


def notices(visitor: Visitor) -> list[str]:
    """What somebody has read."""
    return [each.text for each in visitor.heard if isinstance(each, wire.Notice)]


def test_a_new_notice_is_told_to_everybody_once() -> None:
    """However many are here; it stays the same whatever else changes, and none is none."""
    simulation = Simulation()
    settings = live(simulation)
    settings.apply(read({"motd": "one"}, {}))
    people = [simulation.visit(advance=False) for _ in range(limits.VISITED + 5)]
    simulation.pass_time()
    for given in ({"motd": "two"}, {"motd": "two", "suites": "cbc"}, {}, {"motd": "three"}):
        settings.apply(read(given, {}))
        simulation.pass_time()
    assert {tuple(notices(each)) for each in people} == {("one", "two", "three")}


def test_a_notice_that_is_taken_back_while_it_is_told() -> None:
    """Those whose turn has not come read nothing, and an empty one least of all."""
    simulation = Simulation()
    settings = live(simulation)
    people = [simulation.visit(advance=False) for _ in range(limits.VISITED + 5)]
    simulation.pass_time()
    settings.apply(read({"motd": "one"}, {}))
    settings.apply(read({}, {}))
    simulation.pass_time()
    told = [notices(each) for each in people]
    assert (told.count(["one"]), told.count([])) == (limits.VISITED, 5)
    assert not any(each.over for each in people)


def test_a_notice_does_not_come_before_the_welcome() -> None:
    """Whose login waits for the disk reads the newest behind it; whoever has left reads none."""
    simulation = Simulation()
    store = SlowStore()
    simulation.lobby.names = Names(simulation.server.seconds, store)
    settings = live(simulation)
    waiting, leaving = simulation.visit("waiting"), simulation.visit("leaving")
    assert waiting.kinds() == leaving.kinds() == []
    settings.apply(read({"motd": "one"}, {}))
    leaving.hang_up()
    simulation.pass_time()
    settings.apply(read({"motd": "two"}, {}))
    simulation.pass_time()
    assert waiting.kinds() == []
    store.answer()
    simulation.pass_time()
    assert waiting.kinds() == ["Welcome", "Notice"]
    settings.apply(read({"motd": "three"}, {}))
    simulation.pass_time()
    assert notices(waiting) == ["two", "three"]
    assert leaving.kinds() == []

"""All conversations of a client at work: one driver for each, from its introduction to its end."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chatd.engine.decisions import effects as do
from chatd.engine.decisions.inboxes import Inboxes
from chatd.engine.environment import Environment
from chatd.peer.shared_port import Ports

if TYPE_CHECKING:
    from chatd.engine.conversation_driver import ConversationDriver
    from chatd.engine.session import Session


class Drivers:
    """By the other person's key, and the inbox of each."""

    def __init__(self, session: "Session", world: Environment) -> None:
        self._session = session
        self._world = world
        self._drivers: dict[bytes, ConversationDriver] = {}
        self.ports = Ports(world.reactor, world.free_port)
        self.inbox = Inboxes()

    def __iter__(self) -> "Iterator[ConversationDriver]":
        return iter([*self._drivers.values()])

    def of(self, key: bytes) -> "ConversationDriver":
        """That of the conversation with this person, a new one where there is none."""
        # With what a conversation needs, which a client at rest has no use for.
        from chatd.engine.conversation_driver import ConversationDriver

        driver = self._drivers.get(key)
        if driver is None:
            driver = self._drivers[key] = ConversationDriver(self._session, self._world, key)
        return driver

    def found(self, key: bytes | None) -> "ConversationDriver | None":
        """That of this conversation, or of the only one; None where there is none."""
        if key is None:
            return next(iter(self)) if len(self._drivers) == 1 else None
        return self._drivers.get(key)

    def carry_out(self, effect: do.OfConversation) -> None:
        """What the machine wants done in one conversation."""
        driver = self.of(effect.conversation)
        match effect:
            case do.Prepare(_, id, is_host):
                driver.prepare(id, is_host)
            case do.Unprepare():
                driver.unprepare()
            case do.Race():
                driver.race(effect)
            case do.Meet():
                driver.meet()
            case do.FindOut():
                driver.find_out()
            case do.RaceAgain():
                driver.race_again()
            case do.Abandon():
                driver.abandon()
            case do.Say(_, message):
                driver.say(message)
            case do.Leave(_, reason, at_once):
                driver.leave(reason, at_once)

    def seen(self, number: int, *, whole: bool) -> None:
        """The person was shown a message, as a `whole` or in part."""
        key = self.inbox.with_number(number)
        if key is None:
            return
        self.inbox.of(key).seen(number, whole=whole)
        if (driver := self._drivers.get(key)) is not None:
            driver.go_on()

    def keep_those_in(self, keys: set[bytes]) -> None:
        """The others are over."""
        if not self._drivers.keys() <= keys:
            self._drivers = {key: each for key, each in self._drivers.items() if key in keys}
            self.inbox.over(keys.__contains__)

    def close(self) -> None:
        """End everything, without a word to the other sides."""
        for driver in self:
            driver.close()

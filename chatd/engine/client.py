"""The client without a face: what every view, and every program, has to do with."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from chatd.engine.commands import Command
from chatd.engine.decisions.events import Event
from chatd.engine.snapshot import Snapshot

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred


class Listener(Protocol):
    """Whoever shows a client to a person or a program."""

    def show(self, event: Event) -> None:
        """Something happened."""

    def changed(self) -> None:
        """The snapshot may be another one now."""


class Client(Protocol):
    """Commands in, events out, and a snapshot of where everything is."""

    def do(self, command: Command) -> None:
        """Carry out a command; what comes of it is told as events, and nothing is raised."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell this listener from now on, until the returned function is called."""

    def snapshot(self) -> Snapshot:
        """Where everything is at this moment."""


class LocalClient(Client, Protocol):
    """One in this process; `done` fires with the exit status, or fails with a `ChatdError`."""

    done: "Deferred[int]"

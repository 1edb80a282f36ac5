"""Looking names up: what is asked for, for how long, and why nothing was found."""

import socket
from collections.abc import Callable, Sequence
from queue import Queue
from typing import Any

import pytest
from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock

from chatd import limits
from chatd.reach.lookup import Lookup, NotLookedUp, UnknownHost

NAME = "chat.example.org"


class Loop(Clock):
    """A clock, and what threads have to say."""

    def __init__(self) -> None:
        super().__init__()
        self.said: Queue[Callable[[], None]] = Queue()

    def callFromThread(self, callable: Any, *args: object) -> None:
        self.said.put(lambda: callable(*args))


class Receiver:
    """Whoever waits for the addresses of a name."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.times = 0

    def resolutionBegan(self, resolution: object) -> None:
        self.resolution = resolution

    def addressResolved(self, address: IAddress) -> None:
        self.found.append(str(address.host))  # type: ignore[attr-defined]

    def resolutionComplete(self) -> None:
        self.times += 1


class Scene:
    """A lookup whose system answers with `answer`."""

    def __init__(self, answer: Callable[[], Sequence[str]]) -> None:
        self.loop = Loop()
        self.asked: list[str] = []

        def getaddrinfo(host: str, *_: object, **__: object) -> list[Any]:
            self.asked.append(host)
            return [(_family(each), None, 0, "", (each, 0)) for each in answer()]

        self.lookup = Lookup(self.loop, getaddrinfo)

    def ask(self, host: str = NAME) -> Receiver:
        receiver = Receiver()
        self.lookup.resolveHostName(receiver, host, 1712)
        return receiver

    def answered(self) -> None:
        self.loop.said.get(timeout=30)()


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def failing(error: Exception) -> Callable[[], Sequence[str]]:
    """A system that raises this."""

    def answer() -> Sequence[str]:
        raise error

    return answer


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%lo", "2001:db8::7"])
def test_an_address_is_its_own(host: str) -> None:
    """Nobody is asked, and the answer is there at once, with its zone."""
    scene = Scene(failing(AssertionError()))
    receiver = scene.ask(host)
    assert (receiver.found, receiver.times, scene.asked) == ([host], 1, [])


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "localhost.", "chat.localhost"])
def test_this_machine_is_not_asked_for(host: str) -> None:
    """Whatever its files and name servers say, it is on loopback."""
    receiver = Scene(failing(AssertionError())).ask(host)
    assert receiver.found
    assert set(receiver.found) <= {"127.0.0.1", "::1"}


def test_a_name_has_all_its_addresses_once() -> None:
    """In the order of the system."""
    scene = Scene(lambda: ["127.0.0.3", "127.0.0.2", "127.0.0.3"])
    receiver = scene.ask()
    assert receiver.times == 0
    scene.answered()
    assert (receiver.found, receiver.times) == (["127.0.0.3", "127.0.0.2"], 1)
    assert not scene.loop.getDelayedCalls()


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), UnknownHost, "no host has the name"),
        (socket.gaierror(socket.EAI_AGAIN, "x"), NotLookedUp, "no name server answers"),
        (OSError(24, "Too many open files"), NotLookedUp, "too many open files"),
        (UnicodeError("x"), UnknownHost, "no host has the name"),
    ],
)
def test_why_nothing_was_found(error: Exception, kind: type, words: str) -> None:
    """An unknown name is told apart from silence and from trouble of ours."""
    scene = Scene(failing(error))
    receiver = scene.ask()
    scene.answered()
    assert (receiver.found, receiver.times) == ([], 1)
    why = scene.lookup.why_nothing(NAME)
    assert isinstance(why, kind)
    assert words in str(why)


def test_a_system_that_takes_too_long() -> None:
    """The wait ends, a late answer is nobody's, and meanwhile there is one thread for a name."""
    scene = Scene(lambda: ["127.0.0.1"])
    one = scene.ask()
    scene.loop.advance(limits.LOOKUP_SECONDS - 1)
    two = scene.ask()
    assert (one.times, two.times) == (0, 0)
    scene.loop.advance(1)
    assert (one.found, one.times, two.times) == ([], 1, 0)
    assert isinstance(scene.lookup.why_nothing(NAME), NotLookedUp)
    scene.answered()
    assert (one.found, one.times) == ([], 1)
    assert (two.found, two.times) == (["127.0.0.1"], 1)
    assert scene.asked == [NAME]
    scene.ask()
    scene.answered()
    assert scene.asked == [NAME, NAME]


def test_who_gives_up_is_told_nothing_more() -> None:
    """A cancelled look-up is over at once."""
    scene = Scene(lambda: ["127.0.0.1"])
    receiver = scene.ask()
    receiver.resolution.cancel()  # type: ignore[attr-defined]
    assert receiver.times == 1
    scene.answered()
    assert (receiver.found, receiver.times) == ([], 1)

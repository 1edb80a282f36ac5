"""Looking names up: what is asked for, for how long, and why nothing was found."""

import socket
from collections.abc import Callable, Sequence
from queue import Queue
from typing import Any

import pytest
from patience import SECONDS
from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock

from chatd import limits
from chatd.reach import lookup
from chatd.reach.lookup import Lookup, NotLookedUp, UnknownHost

NAME = "chat.example.org"


PREFIXED = ["64:ff9b::192.0.0.170", "64:ff9b::192.0.0.171"]
"""What a network with NAT64 says of the name that is asked for it."""


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
            found = PREFIXED if host == "ipv4only.arpa" else answer()
            return [(_family(each), None, 0, "", (each, 0)) for each in found]

        self.lookup = Lookup(self.loop, getaddrinfo, lambda: ["2a0f::5"])

    def ask(self, host: str = NAME) -> Receiver:
        receiver = Receiver()
        self.lookup.resolveHostName(receiver, host, 1712)
        return receiver

    def answered(self) -> None:
        self.loop.said.get(timeout=SECONDS)()


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


@pytest.fixture
def without_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has a way to everything that is IPv6, and to nothing else."""
    monkeypatch.setattr(lookup, "_leads_to", lambda address: ":" in address)


@pytest.mark.usefixtures("without_ipv4")
def test_ipv4_through_the_prefix_of_the_network() -> None:
    """By a name that has no other address, or as an address; the network is asked once."""
    scene = Scene(lambda: ["44.0.0.1"])
    receiver = scene.ask()
    scene.answered()
    assert receiver.found == ["64:ff9b::2c00:1"]
    assert scene.asked == [NAME, "ipv4only.arpa"]
    assert scene.lookup.nat64.plain("64:ff9b::2c00:1") == "44.0.0.1"
    second = scene.ask("44.0.0.2")
    assert second.times == 0
    scene.answered()
    assert second.found == ["64:ff9b::2c00:2"]
    assert scene.asked == [NAME, "ipv4only.arpa"]


@pytest.mark.usefixtures("without_ipv4")
def test_a_name_with_both_families_has_both_through_the_prefix() -> None:
    """In the order of the system, so that its IPv6 address comes first if that is what it says."""
    scene = Scene(lambda: ["2a0f::1", "44.0.0.1"])
    receiver = scene.ask()
    scene.answered()
    assert receiver.found == ["2a0f::1", "64:ff9b::2c00:1"]


@pytest.mark.usefixtures("without_ipv4")
@pytest.mark.parametrize("said", [["192.0.0.170"], ["2a0f::5"], ["fd00::192.0.0.170"], []])
def test_a_network_without_a_prefix(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made of what it says; an address without a way is dialled in vain, as ever."""
    monkeypatch.setitem(globals(), "PREFIXED", said)
    scene = Scene(lambda: ["44.0.0.1"])
    receiver = scene.ask()
    scene.answered()
    assert receiver.found == ["44.0.0.1"]
    assert "ipv4only.arpa" in scene.asked


@pytest.mark.usefixtures("without_ipv4")
def test_what_is_near_goes_through_no_prefix() -> None:
    """It would lead to somebody else's network."""
    scene = Scene(lambda: ["10.0.0.1", "44.0.0.1"])
    receiver = scene.ask()
    scene.answered()
    assert receiver.found == ["64:ff9b::2c00:1"]


@pytest.mark.usefixtures("without_ipv4")
def test_the_prefix_is_asked_for_by_itself() -> None:
    """At the beginning, and anew when the network has changed; late answers are forgotten."""
    scene = Scene(list)
    nat64 = scene.lookup.nat64
    nat64.ask()
    scene.answered()
    assert nat64.reached("44.0.0.1") == "64:ff9b::2c00:1"
    nat64.ask()
    late = scene.loop.said.get(timeout=SECONDS)
    nat64.changed()
    late()
    assert nat64.prefixes == ()
    scene.answered()
    assert nat64.reached("44.0.0.1") == "64:ff9b::2c00:1"
    assert scene.asked == ["ipv4only.arpa"] * 3


@pytest.mark.parametrize("leads", [lambda address: True, lambda address: False])
def test_nobody_asks_for_a_prefix_who_has_ipv4_or_nothing(
    leads: Callable[[str], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no use for it."""
    monkeypatch.setattr(lookup, "_leads_to", leads)
    monkeypatch.setattr(lookup.threading, "Thread", pytest.fail)
    scene = Scene(list)
    scene.lookup.nat64.ask()
    assert scene.asked == []

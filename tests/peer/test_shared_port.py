"""Several introductions at one port: who connects is led to whom they mean, and nobody else."""

from typing import Any

import pytest
from msgspec.structs import replace
from peer_pairs import HOST, Pair, Side, Stranger, visit
from simulated import Network
from simulated.host import Host
from twisted.internet.protocol import Protocol

from chatd import limits
from chatd.peer.local_port import PortUnavailable
from chatd.peer.shared_port import Ports, Seat

PORT = 4000


class Served(Protocol):
    """Takes down what it is told."""

    def __init__(self) -> None:
        self.heard = b""

    def dataReceived(self, data: bytes) -> None:
        self.heard += data


class Scene:
    """One port of one machine, and a visitor's."""

    def __init__(self) -> None:
        self.network = Network(seed=1)
        self.machine, self.other = self.network.host(HOST), self.network.host("10.0.1.2")
        self.ports = Ports(self.machine, self.machine.free_port)
        self.served: dict[str, list[Served]] = {}

    def start(self, seat: Seat, name: str) -> None:
        """Serve those whose first line is this name."""
        served = self.served.setdefault(name, [])

        def accepted(source: str) -> Served:
            served.append(Served())
            return served[-1]

        seat.start(accepted, name.encode().__eq__)

    def says(self, data: bytes, by: Host | None = None) -> Stranger:
        """Somebody connects, and says this."""
        stranger = visit(by or self.other, HOST, Stranger())
        self.network.advance(0.5)
        if stranger.is_connected:
            stranger.transport.write(data)  # type: ignore[union-attr]
            self.network.advance(0.5)
        return stranger

    def heard(self, name: str) -> list[bytes]:
        """What came for one of them."""
        return [served.heard for served in self.served[name]]


def test_the_first_line_says_who_is_meant() -> None:
    """All of it comes there, in whatever pieces, with what was said behind it."""
    scene = Scene()
    first, second = scene.ports.listen(PORT), scene.ports.listen(PORT)
    assert first.port == second.port == PORT
    scene.start(first, "one")
    scene.start(second, "two")
    scene.says(b"two\r\nand more")
    scene.says(b"one\r\n")
    slow = scene.says(b"tw")
    slow.transport.write(b"o\r\nlater")  # type: ignore[union-attr]
    scene.network.advance(1)
    assert scene.heard("one") == [b"one\r\n"]
    assert scene.heard("two") == [b"two\r\nand more", b"two\r\nlater"]
    assert slow.is_connected


@pytest.mark.parametrize("said", [b"three\r\n", b"x" * (limits.LINE + 1), b"\r\n"])
def test_who_means_nobody_is_hung_up_on(said: bytes) -> None:
    """Without a word; and so is who says nothing in time."""
    scene = Scene()
    for name in ("one", "two"):
        scene.start(scene.ports.listen(PORT), name)
    silent = scene.says(b"")
    stranger = scene.says(said)
    scene.network.advance(1)
    assert not stranger.is_connected
    assert silent.is_connected
    scene.network.advance(limits.LINK_SECONDS)
    assert not silent.is_connected
    assert scene.heard("one") == scene.heard("two") == []


def test_a_first_line_is_for_one_introduction_alone() -> None:
    """A guest's m1 for the host whose PSK it was made with, a host's KNOCK for its guest."""
    pair = Pair(1)
    known = pair.introduction
    other = replace(known, id=b"\1" * 16, host=replace(known.host, secret=b"\2" * 32))

    def says(side: Side) -> bytes:
        watch: Any = None
        opening = side.role.opening(lambda _: None, lambda: None, watch, dialled=True)
        return opening.start()[0]

    m1, knock = says(pair.guest), says(pair.host)
    hosts = [replace(pair.host.role, introduction=each) for each in (known, other)]
    guests = [replace(pair.guest.role, introduction=each) for each in (known, other)]
    assert [role.recognises(m1) for role in hosts] == [True, False]
    assert [role.recognises(knock) for role in guests] == [True, False]
    assert not any(role.recognises(knock) for role in hosts)
    assert not any(role.recognises(m1) for role in guests)
    assert not any(role.recognises(m1[:-4]) for role in hosts)


def test_who_comes_before_the_introduction_waits_for_it() -> None:
    """They may mean the one that is being made."""
    scene = Scene()
    scene.start(scene.ports.listen(PORT), "one")
    second = scene.ports.listen(PORT)
    early, other = scene.says(b"two\r\n"), scene.says(b"three\r\n")
    assert early.is_connected
    assert other.is_connected
    scene.start(second, "two")
    scene.network.advance(1)
    assert scene.heard("two") == [b"two\r\n"]
    assert not other.is_connected


def test_one_introduction_after_the_other() -> None:
    """The next has the port of the one that was given up in the same moment."""
    scene = Scene()
    scene.ports.listen(PORT).close()
    seat = scene.ports.listen(PORT)
    scene.network.settle()
    scene.start(seat, "one")
    scene.says(b"one\r\n")
    assert scene.heard("one") == [b"one\r\n"]


def test_an_introduction_that_is_over_is_not_meant_any_more() -> None:
    """The other is alone then, and is given whoever comes, as with a port to itself."""
    scene = Scene()
    first, second = scene.ports.listen(PORT), scene.ports.listen(PORT)
    scene.start(first, "one")
    waiting = scene.says(b"two\r\n")
    assert waiting.is_connected
    second.close()
    second.close()
    scene.network.advance(1)
    assert not waiting.is_connected
    scene.says(b"whatever")
    assert scene.heard("one") == [b"whatever"]
    with pytest.raises(PortUnavailable):
        scene.machine.free_port(PORT)
    first.close()
    scene.network.settle()
    assert scene.machine.free_port(PORT) == PORT


def test_a_bounded_number_waits_at_a_port() -> None:
    """At the limit all wait; one over, one of the crowd has to go, and who came from
    elsewhere stays."""
    scene = Scene()
    for name in ("one", "two"):
        scene.start(scene.ports.listen(PORT), name)
    alone = scene.says(b"", scene.network.host("10.0.1.3"))
    crowd = [visit(scene.other, HOST, Stranger()) for _ in range(limits.UNFINISHED_LINKS - 1)]
    scene.network.advance(0.5)
    assert all(each.is_connected for each in crowd)
    last = scene.says(b"o")
    assert sum(each.is_connected for each in crowd) == len(crowd) - 1
    assert alone.is_connected
    last.transport.write(b"ne\r\n")  # type: ignore[union-attr]
    scene.network.advance(1)
    assert scene.heard("one") == [b"one\r\n"]

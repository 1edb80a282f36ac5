"""Cutting simulated connections: one story, cut at every point, in every way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import Cut, Host, Network
from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineReceiver
from two_hosts import PORT, SERVER, connected, pair
from two_worlds import Keeping

QUESTIONS = [b"one", b"two", b"three", b"four"]


class Answering(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        self.sendLine(b"re " + line)


class Asking(LineReceiver):
    """Asks one question after the other, and leaves after the last answer."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.end = ""

    def connectionMade(self) -> None:
        self.sendLine(QUESTIONS[0])

    def lineReceived(self, line: bytes) -> None:
        self.answers.append(line)
        if len(self.answers) == len(QUESTIONS):
            self.transport.loseConnection()  # type: ignore[union-attr]
        else:
            self.sendLine(QUESTIONS[len(self.answers)])

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        self.end = type(reason.value).__name__


def interview(network: Network) -> tuple[Host, Host, Keeping]:
    """A server that answers and a client that is about to ask."""
    server, client = pair(network)
    server.listenTCP(PORT, Factory.forProtocol(Answering))
    asking = Keeping(Asking)
    client.connectTCP(SERVER, PORT, asking)
    return server, client, asking


def deliveries_without_a_cut(seed: int) -> int:
    """How many deliveries the whole interview takes with this seed."""
    network = Network(seed)
    *_, asking = interview(network)
    network.run(lambda: asking.made and asking.made[0].end, seconds=60)
    network.settle()
    assert asking.made[0].answers == [b"re " + question for question in QUESTIONS]
    return network.deliveries


@pytest.mark.parametrize("seed", range(3))
def test_a_reset_at_every_point(seed: int) -> None:
    """Wherever the interview is reset, both ends close, and what was heard is its beginning."""
    whole = [b"re " + question for question in QUESTIONS]
    count = deliveries_without_a_cut(seed)
    unfinished = 0
    for delivery in range(1, count + 1):
        network = Network(seed)
        *_, asking = interview(network)
        network.cut_after(delivery)
        network.run(lambda it=asking: it.made and it.made[0].end, seconds=60)
        network.settle()
        answers = asking.made[0].answers
        assert answers == whole[: len(answers)]
        assert (network.connections, network.errors) == ([], [])
        unfinished += answers != whole
    assert unfinished >= count // 2


@pytest.mark.parametrize("seed", range(3))
def test_silence_at_every_point(seed: int) -> None:
    """Wherever the cable is pulled, nobody is told; closing and aborting free both ends."""
    for delivery in range(1, deliveries_without_a_cut(seed)):
        network = Network(seed)
        server, client, asking = interview(network)
        network.cut_after(delivery, Cut.SILENT)
        network.advance(3600)
        if asking.made[0].end:  # It had closed when the cable was pulled.
            assert len(server.connections) == 1
        else:
            assert len(client.connections) == 1
            asking.made[0].transport.loseConnection()
        for transport in server.connections:
            transport.abortConnection()
        network.settle()
        assert network.connections == []


def test_both_sides_see_a_reset() -> None:
    """After a reset both ends see ConnectionLost."""
    network = Network(seed=1)
    network.cut_after(2)
    accepted, dialed = connected(network, *pair(network))
    network.run(lambda: accepted.lost and dialed.lost, seconds=10)
    assert (accepted.ends, dialed.ends) == (["ConnectionLost"], ["ConnectionLost"])


def test_a_cut_at_once() -> None:
    """A connection can be cut by hand; what is written after silence goes nowhere."""
    network = Network(seed=1)
    accepted, dialed = connected(network, *pair(network))
    (connection,) = network.connections
    connection.cut(Cut.SILENT)
    for side in (accepted, dialed):
        side.connection.write(b"hello?")
    network.advance(3600)
    assert (accepted.received, dialed.received) == (b"", b"")
    assert network.connections == [connection]


def test_silence_holds_a_writer_back() -> None:
    """On a silent connection a producer is paused, and the end is not reached until an abort."""
    network = Network(seed=1)
    _, dialed = connected(network, *pair(network))
    network.connections[0].cut(Cut.SILENT)
    dialed.connection.write(bytes(100_000))
    dialed.connection.loseConnection()
    network.advance(3600)
    assert dialed.lost == []
    dialed.connection.abortConnection()
    network.settle()
    assert dialed.ends == ["ConnectionAborted"]


def test_a_kernel_can_notice_silence() -> None:
    """With keepalive, both ends are lost that many seconds after the cable was pulled."""
    network = Network(seed=1, keepalive=105)
    accepted, dialed = connected(network, *pair(network))
    network.connections[0].cut(Cut.SILENT)
    network.settle()
    network.advance(104)
    assert len(network.connections) == 1
    network.advance(2)
    assert (accepted.ends, dialed.ends) == (["ConnectionLost"], ["ConnectionLost"])
    assert network.connections == []


@given(st.integers(min_value=0), st.sampled_from(Cut))
def test_a_cut_loses_the_end_and_nothing_else(seed: int, how: Cut) -> None:
    """What arrives before a cut is the beginning of what was written."""
    network = Network(seed)
    accepted, dialed = connected(network, *pair(network))
    sent = bytes(range(250))
    for start in range(0, 250, 50):
        dialed.connection.write(sent[start : start + 50])
        network.advance(0.01)
    network.connections[0].cut(how)
    network.settle()
    assert sent.startswith(accepted.received)


def test_a_cut_can_come_between_bytes_in_flight() -> None:
    """Over some seeds, all, nothing, and a part of what is in flight arrives."""
    arrived = set()
    for seed in range(40):
        network = Network(seed)
        accepted, dialed = connected(network, *pair(network))
        dialed.connection.write(b"0123456789")
        network.advance(0.001)
        network.connections[0].cut(Cut.RESET)
        network.settle()
        arrived.add(len(accepted.received))
    assert {0, 10} < arrived


def test_a_cut_loses_an_end_in_flight() -> None:
    """If the other side has closed and that has not arrived, the reset is all that arrives."""
    network = Network(seed=1, latency=(1, 1))
    accepted, dialed = connected(network, *pair(network))
    dialed.connection.loseConnection()
    network.advance(0.5)
    network.connections[0].cut(Cut.RESET)
    network.settle()
    assert (accepted.ends, dialed.ends) == (["ConnectionLost"], ["ConnectionDone"])


def test_what_has_arrived_survives_a_cut() -> None:
    """Bytes that wait for a paused reader are not lost; the reset comes after them."""
    network = Network(seed=1)
    accepted, dialed = connected(network, *pair(network))
    accepted.connection.pauseProducing()
    dialed.connection.write(b"safe")
    network.settle()
    network.connections[0].cut(Cut.RESET)
    network.settle()
    accepted.connection.resumeProducing()
    network.settle()
    assert (accepted.received, accepted.ends) == (b"safe", ["ConnectionLost"])


def test_a_connection_is_chosen_by_its_number() -> None:
    """cut_after cuts the connection that it is told, whichever the delivery is on."""
    network = Network(seed=1)
    network.cut_after(4, connection=1)
    network.cut_after(4, connection=99)
    server, client = pair(network)
    server.listenTCP(PORT, Keeping())
    first, second = Keeping(), Keeping()
    client.connectTCP(SERVER, PORT, first)
    network.run(lambda: network.deliveries == 2, seconds=10)
    client.connectTCP(SERVER, PORT, second)
    network.run(lambda: first.made[0].lost, seconds=10)
    assert (second.made[0].lost, [it.number for it in network.connections]) == ([], [2])


def test_cuts_by_chance() -> None:
    """A cut probability cuts some connections of many, of the kinds that are asked for."""
    ends = set()
    for seed in range(30):
        network = Network(seed, cut_probability=0.05, cuts=[Cut.RESET])
        *_, asking = interview(network)
        network.run(lambda it=asking: it.made and it.made[0].end, seconds=60)
        ends.add(asking.made[0].end)
    assert ends == {"ConnectionDone", "ConnectionLost"}

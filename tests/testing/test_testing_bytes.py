"""What happens to bytes on a simulated network: order, pieces, delays and room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import Network
from two_hosts import connected, pair


@given(
    st.integers(min_value=0),
    st.lists(st.tuples(st.binary(max_size=300), st.floats(0, 0.2)), max_size=12),
    st.sampled_from([(0.0, 0.0), (0.0, 1.0), (0.1, 0.1)]),
)
def test_bytes_arrive_in_order(
    seed: int, writes: list[tuple[bytes, float]], latency: tuple[float, float]
) -> None:
    """However they are split, joined and delayed, the reader gets the bytes that were written."""
    network = Network(seed, latency=latency)
    server, client = pair(network)
    accepted, dialed = connected(network, server, client)
    for data, pause in writes:
        dialed.connection.write(data)
        network.advance(pause)
    dialed.connection.loseConnection()
    network.run(lambda: accepted.lost, seconds=60)
    assert accepted.received == b"".join(data for data, _ in writes)
    assert network.connections == []


def test_writes_are_split_and_joined() -> None:
    """A read finds a part of a write, or several writes, over the seeds that are tried."""
    sizes: set[int] = set()
    for seed in range(30):
        network = Network(seed)
        server, client = pair(network)
        accepted, dialed = connected(network, server, client)
        for _ in range(3):
            dialed.connection.write(b"abcd")
            network.advance(0.001)
        network.run(lambda it=accepted: it.received, seconds=10)
        sizes.add(len(accepted.received))
    assert {1, 3, 4, 8} <= sizes


def test_without_splitting_a_turn_is_one_read() -> None:
    """With split=False, what is written in one turn arrives in one piece."""
    network = Network(seed=1, split=False)
    server, client = pair(network)
    accepted, dialed = connected(network, server, client)
    for _ in range(10):
        dialed.connection.write(b"abcd")
    network.settle()
    assert (accepted.reads, len(accepted.received)) == (1, 40)


def test_each_direction_has_its_latency() -> None:
    """set_latency slows down one direction and leaves the other alone."""
    network = Network(seed=1, latency=(0.01, 0.01), split=False)
    server, client = pair(network)
    accepted, dialed = connected(network, server, client)
    network.set_latency(client, server, (3, 3))
    start = network.seconds()
    accepted.connection.write(b"quick")
    dialed.connection.write(b"slow")
    network.run(lambda: dialed.received, seconds=1)
    assert network.seconds() - start == pytest.approx(0.01)
    network.run(lambda: accepted.received, seconds=10)
    assert network.seconds() - start == pytest.approx(3)


def test_the_network_holds_a_bounded_amount() -> None:
    """For a reader that pauses, the network takes 64 KiB; the rest stays with the writer."""
    network = Network(seed=1)
    server, client = pair(network)
    accepted, dialed = connected(network, server, client)
    accepted.connection.pauseProducing()
    dialed.connection.write(bytes(1_000_000))
    dialed.connection.loseConnection()
    network.settle()
    assert dialed.lost == []
    network.advance(3600)
    accepted.connection.resumeProducing()
    network.run(lambda: dialed.lost, seconds=60)
    in_flight = 1_000_000 - len(accepted.received)
    assert 0 < in_flight <= 64 * 1024


def test_a_full_pipe_does_not_hide_a_reset() -> None:
    """A write is told of a reset that has come while the pipe was full to the last byte."""
    network = Network(seed=1)
    accepted, dialed = connected(network, *pair(network))
    for side in (accepted, dialed):
        side.connection.pauseProducing()
    dialed.connection.write(bytes(64 * 1024))
    network.settle()
    accepted.connection.abortConnection()
    network.settle()
    assert dialed.lost == []
    dialed.connection.write(b"x")
    network.settle()
    assert dialed.ends == ["ConnectionLost"]


def test_nothing_is_read_between_an_abort_and_the_end() -> None:
    """What arrives in the instant of abortConnection is dropped, even if reading is resumed."""
    network = Network(seed=1, latency=(1, 1))
    accepted, dialed = connected(network, *pair(network))

    def abort() -> None:
        dialed.connection.abortConnection()
        dialed.connection.resumeProducing()

    network.settle()
    network.host("10.0.0.3").callLater(1, abort)
    accepted.connection.write(b"too late")
    network.settle()
    assert (dialed.received, dialed.ends) == (b"", ["ConnectionAborted"])

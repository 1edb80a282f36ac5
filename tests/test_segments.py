"""What the kernel is told about the length of packets, on the reactors that are used."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.protocol import ClientFactory, Factory

from chatd import limits
from chatd.segments import small_segments


@pytest.fixture(params=["epoll", "asyncio"])
def reactor(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A reactor that is not installed: that of the daemon, and that of the client."""
    loop = asyncio.new_event_loop()
    made: Any = EPollReactor() if request.param == "epoll" else AsyncioSelectorReactor(loop)
    yield small_segments(made)
    for selectable in made.removeAll():
        selectable.connectionLost(None)
    made.waker.connectionLost(None)
    loop.close()


def segment(tcp: socket.socket) -> int:
    """The bytes that the kernel puts into one packet."""
    return tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_whoever_dials_us_keeps_to_it(reactor: Any, address: str) -> None:
    """The port says in its first packet what it takes, so that it is enough for both directions."""
    try:
        port = reactor.listenTCP(0, Factory(), interface=address)
    except OSError:
        pytest.skip(f"there is no {address}")
    with socket.create_connection((address, port.getHost().port)) as dialled:
        assert 0 < segment(dialled) <= limits.SEGMENT


def test_a_port_that_was_opened_by_another_program(reactor: Any) -> None:
    """As systemd opens it."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        reactor.adoptStreamPort(opened.fileno(), socket.AF_INET, Factory())
        with socket.create_connection(opened.getsockname()) as dialled:
            assert 0 < segment(dialled) <= limits.SEGMENT


def test_what_we_dial(reactor: Any) -> None:
    """It is said before the kernel dials."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connector = reactor.connectTCP(*listening.getsockname(), ClientFactory())
        tcp = connector.transport.socket
        assert segment(tcp) == limits.SEGMENT
        tcp.setblocking(True)
        tcp.connect(listening.getsockname())
        accepted, _ = listening.accept()
        with tcp, accepted:
            assert 0 < segment(tcp) <= limits.SEGMENT
            assert 0 < segment(accepted) <= limits.SEGMENT

"""The port that all links of a client share, on real sockets of this machine."""

import socket
from collections.abc import Iterator

import free_ports
import pytest

from chatd.peer.local_port import PortUnavailable, free_port


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """Somewhere to connect to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def sharing(port: int, family: int = socket.AF_INET) -> socket.socket:
    """A socket bound as those of a client are."""
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("", port))
    return made


def test_any_port_is_one_that_nobody_has() -> None:
    """Another one each time, as long as the first is in use."""
    first = free_port()
    with sharing(first):
        assert {free_port() for _ in range(50)}.isdisjoint({first})


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_port_at_which_somebody_listens(address: str) -> None:
    """A clear error, with the way out."""
    with socket.create_server((address, 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(PortUnavailable) as caught:
            free_port(port)
    assert str(caught.value) == f"port {port} is in use or not allowed"
    assert "--client-port" in caught.value.hint


def test_a_listener_that_would_share_is_noticed() -> None:
    """Two clients with one --client-port: the kernel would let both listen."""
    port = free_ports.free_port()
    with sharing(port) as other:
        other.listen()
        with pytest.raises(PortUnavailable):
            free_port(port)


def test_our_own_server_link_is_not_in_the_way(server: socket.socket) -> None:
    """It has the port that the listener is to have."""
    port = free_ports.free_port()
    with sharing(port) as link:
        link.connect(server.getsockname())
        assert free_port(port) == port


def test_a_connection_that_has_just_ended_is_not_in_the_way(server: socket.socket) -> None:
    """The kernel remembers it for a minute, which must not keep a person from starting again."""
    port = free_ports.free_port()
    with sharing(port) as link:
        link.connect(server.getsockname())
        accepted, _ = server.accept()
    accepted.close()
    assert free_port(port) == port

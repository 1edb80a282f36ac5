"""The firewall of `deploy/chatd.nft`, loaded into the network of a machine of its own."""

import socket
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from lab.namespaces import Namespace, what_is_missing
from patience import SECONDS

EXAMPLE = Path(__file__).parents[2] / "deploy" / "chatd.nft"
PORT = 1712
BURST = 20

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())


@pytest.fixture
def machine():
    """One that has loaded the example, twice, as an operator who changes it does."""
    with closing(Namespace()) as made:
        for address in ("2001:db8:1::1", "2001:db8:1:ffff::1", "2001:db8:2::1"):
            made.run("ip", "-6", "address", "add", f"{address}/128", "dev", "lo", "nodad")
        for _ in "12":
            made.run("nft", "-f", EXAMPLE)
        yield made


def flood(opened, source, to):
    """Begin three times as many connections as a source may have at once."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    begun = [opened.enter_context(socket.socket(family)) for _ in range(3 * BURST)]
    for each in begun:
        each.setblocking(False)
        each.bind((source, 0))
        each.connect_ex((to, PORT))
    return begun


def is_there(link):
    """Whether it has been answered."""
    try:
        link.getpeername()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("to", "flooding", "same", "other"),
    [
        ("127.0.0.1", "127.1.1.1", "127.1.1.1", "127.1.1.2"),
        ("::1", "2001:db8:1::1", "2001:db8:1:ffff::1", "2001:db8:2::1"),
    ],
)
def test_one_source_is_bounded_and_others_are_not(machine, to, flooding, same, other):
    """An address of IPv4, or all of a /48: after its burst it gets about one link in a second."""

    def visit():
        family = socket.AF_INET6 if ":" in to else socket.AF_INET
        with ExitStack() as opened:
            opened.enter_context(socket.create_server((to, PORT), family=family, backlog=4096))
            begun = flood(opened, flooding, to)
            more = flood(opened, same, to)
            with socket.create_connection((to, PORT), SECONDS, (other, 0)):
                return sum(map(is_there, begun)), sum(map(is_there, more))

    through, more = machine.call(visit)
    assert BURST <= through < 2 * BURST
    assert more < BURST / 2


def test_other_ports_are_not_its_affair(machine):
    """Whatever else listens on the machine is reached as before."""

    def visit():
        with ExitStack() as opened:
            server = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
            for _ in range(3 * BURST):
                link = socket.create_connection(server.getsockname(), SECONDS, ("127.1.1.1", 0))
                opened.enter_context(link)

    machine.call(visit)

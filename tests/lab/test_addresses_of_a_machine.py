"""Which of its interfaces a machine offers, asked on interfaces of the lab's own."""

import time
from contextlib import closing

import pytest
from lab.namespaces import Namespace, what_is_missing
from patience import SECONDS

from chatd.reach.own_addresses import local_addresses

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())


def add(machine, name, address, cable="cable"):
    """An interface that is down for now, with a cable in it."""
    machine.run("ip", "link", "add", name, "type", "veth", "peer", "name", cable)
    machine.run("ip", "link", "set", cable, "up")
    machine.run("ip", "address", "add", address, "dev", name)


def until(condition):
    """The kernel sees a cable a moment after it is there."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_interfaces_that_are_down_are_left_out():
    """Nobody could reach us there; once they are up they count."""
    with closing(Namespace()) as machine:
        add(machine, "eth7", "192.168.7.1/24")
        assert "192.168.7.1" not in machine.call(local_addresses)
        machine.run("ip", "link", "set", "eth7", "up")
        until(lambda: "192.168.7.1" in machine.call(local_addresses))


def test_interfaces_without_a_cable_are_left_out():
    """They are switched on, and lead nowhere."""
    with closing(Namespace()) as machine:
        add(machine, "eth7", "192.168.7.1/24")
        machine.run("ip", "link", "set", "eth7", "up")
        until(lambda: "192.168.7.1" in machine.call(local_addresses))
        machine.run("ip", "link", "set", "cable", "down")
        until(lambda: "192.168.7.1" not in machine.call(local_addresses))


@pytest.mark.parametrize("name", ["docker0", "br-0123456789ab", "virbr0"])
def test_interfaces_of_containers_are_left_out(name):
    """Their networks end on this machine."""
    with closing(Namespace()) as machine:
        add(machine, name, "172.17.0.1/16")
        add(machine, "eth7", "192.168.7.1/24", "cable7")
        for each in (name, "eth7"):
            machine.run("ip", "link", "set", each, "up")
        until(lambda: "192.168.7.1" in machine.call(local_addresses))
        assert "172.17.0.1" not in machine.call(local_addresses)

"""What the program says that asks the router, and what is made of it."""

import pytest
from twisted.internet.error import ProcessDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from chatd import limits
from chatd.reach.port_mapping import PortMapping


class Machine(Clock):
    """A clock, and one program after the other whose input is kept."""

    def __init__(self):
        super().__init__()
        self.program = None
        self.started = 0
        self.asked = []

    def spawnProcess(self, protocol, executable, args, env):
        self.program, self.started = protocol, self.started + 1
        protocol.transport = self

    def write(self, data):
        self.asked.append(data)

    def closeStdin(self):
        self.asked.append(b"end")

    def says(self, *lines):
        for line in lines:
            self.program.outReceived(line)


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def mapping(machine):
    """Port 4000 is wanted; `failures` collects what a person is told."""
    made = PortMapping(machine)
    made.failures = []
    made.failed = made.failures.append
    made.want(4000)
    return made


def test_where_the_port_is(machine, mapping):
    """Said in one line, however it is cut."""
    machine.says(b"4000 8.8", b".8.8 40", b"01\n")
    assert mapping.outside(4000) == ("8.8.8.8", 4001)
    assert mapping.status == "8.8.8.8:4001"
    assert mapping.outside(4001) is None
    assert machine.asked == [b"4000\n"]


def test_a_late_answer_about_another_port(machine, mapping):
    """It is not taken for the answer about this one."""
    mapping.want(5000)
    machine.says(b"4000 8.8.8.8 4000\n")
    assert mapping.outside(5000) is mapping.outside(4000) is None
    machine.says(b"5000 8.8.8.8 5000\n")
    assert mapping.outside(5000) == ("8.8.8.8", 5000)
    assert machine.started == 1


def test_an_offer_waits_for_the_answer(machine, mapping):
    """And for two seconds at most."""
    answered, late = mapping.settled(), mapping.settled()
    machine.says(b"4000 8.8.8.8 4000\n")
    assert answered.called
    assert late.called
    mapping.want(5000)
    waiting = mapping.settled()
    machine.advance(limits.UPNP_SECONDS - 0.1)
    assert not waiting.called
    machine.advance(0.2)
    assert waiting.called
    assert mapping.settled().called
    machine.says(b"5000 8.8.8.8 5000\n")
    assert mapping.outside(5000) == ("8.8.8.8", 5000)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"- no router answers", "no router answers"),
        (b"192.168.0.7 4000", "the router is itself behind another one"),
        (b"100.64.0.7 4000", "the router is itself behind another one"),
        (b"127.0.0.1 4000", "the router is itself behind another one"),
        (b"8.8.8.8 0", "the router is itself behind another one"),
        (b"8.8.8.8 65536", "the router is itself behind another one"),
        (b"8.8.8.8 x", "the router answers nonsense"),
        (b"8.8.8.8", "the router answers nonsense"),
        (b"example.org 4000", "the router answers nonsense"),
        (b"", "the router answers nonsense"),
    ],
)
def test_no_mapping(answer, why, machine, mapping):
    """The person is told once for each reason, until there was one in between."""
    for _ in range(2):
        machine.says(b"4000 " + answer + b"\n")
        mapping.want(4000)
        machine.says(b"4000 " + answer + b"\n")
    assert mapping.outside(4000) is None
    assert mapping.status == f"none, {why}"
    assert mapping.failures == [why]


def test_nothing_hostile_is_shown_or_kept(machine, mapping):
    """Escapes are made safe, and what has no end is not collected."""
    for _ in range(100):
        machine.says(b"x" * 100_000)
    assert len(machine.program._line) <= limits.UPNP_LINE
    machine.says(b"\n4000 - \x1b[31m\xffred\n")
    assert len(mapping.failures) == 1
    assert mapping.failures[0].isprintable()


def test_the_program_ends(machine, mapping):
    """The next port starts another one."""
    waiting = mapping.settled()
    machine.program.processEnded(Failure(ProcessDone(0)))
    assert waiting.called
    assert mapping.failures == ["the program that asks the router has ended"]
    mapping.want(5000)
    assert machine.started == 2


def test_the_end(machine, mapping):
    """Its input ends, nobody waits any more, and nothing that comes then is heard."""
    waiting = mapping.settled()
    mapping.close()
    assert waiting.called
    assert machine.asked[-1] == b"end"
    machine.says(b"4000 - no router answers\n")
    machine.program.processEnded(Failure(ProcessDone(0)))
    assert mapping.failures == []
    assert not machine.getDelayedCalls()


def test_no_port_to_pass_on(machine, mapping):
    """As where the server link shares none; there is nothing to wait for."""
    mapping.want(0)
    assert mapping.settled().called
    machine.says(b"0 - nothing is passed on\n")
    assert mapping.failures == []


def test_ports_at_which_somebody_listens_are_kept(machine, mapping):
    """Beside the one that is wanted, in each line to the program, until nobody comes there; what is
    said of any other counts for nothing."""
    machine.says(b"4000 8.8.8.8 4001\n")
    mapping.want(5000, [4000, 4500, 5000])
    assert machine.asked[-1] == b"5000 4000\n"
    machine.says(b"5000 8.8.8.8 5000\n4000 8.8.4.4 4001\n4500 8.8.8.8 4500\n")
    assert [mapping.outside(port) for port in (4000, 4500)] == [("8.8.4.4", 4001), None]
    machine.says(b"4000 - the router refuses (UPnP error 1)\n")
    assert mapping.outside(4000) == ("8.8.4.4", 4001)
    assert mapping.failures == []
    for port in (5000, 4500):
        mapping.drop(port)
    assert machine.asked[-1] == b"5000 4000\n"
    mapping.drop(4000)
    assert machine.asked[-1] == b"5000\n"
    assert mapping.outside(4000) is None
    assert mapping.outside(5000) == ("8.8.8.8", 5000)

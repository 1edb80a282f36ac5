"""A router that is asked for a port: a real one, one that refuses, none, and what poses as one."""

import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from lab import igd, rogue_igd
from lab.kinds import ASKED, DIRECT4, FULLY_RANDOM, KEPT, RELAY, Kind, Router
from lab.meeting import Lab
from lab.namespaces import what_is_missing
from patience import SECONDS
from processes.chat_process import Process
from processes.watched import WATCHED, seen

from chatd import limits

pytest.importorskip("async_upnp_client")
pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())
with_router = pytest.mark.skipif(igd.is_missing(), reason=f"there is no {igd.PROGRAM}")

REFUSES = Router(ports="fully-random", igd="deny")


def until(condition):
    """Wait for what another process is about to do."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def status(person):
    """What `status` says of the port, once the router has answered."""
    port = "port of the router that leads here: "
    while True:
        person.type("/status")
        line = person.until(port).partition(port)[2]
        if "being asked" not in line:
            return line
        time.sleep(0.1)


@with_router
def test_a_port_is_mapped_as_long_as_it_is_of_use(tmp_path):
    """Each login has one, the one before is gone, and at the end there is none."""
    with closing(Lab(Kind("", FULLY_RANDOM, ASKED, ""), tmp_path)) as lab:
        bob, router = lab.people[1], lab.network.sites[1].igd
        until(router.mapped)
        first = router.mapped()
        (outer, inner), *others = first.items()
        assert inner == f"192.168.1.2:{outer}"
        assert others == []
        assert status(bob) == f"44.0.2.1:{outer}"
        assert lab.meet().how == DIRECT4
        assert router.mapped() == first
        lab.part()
        until(lambda: router.mapped() not in ({}, first))
        assert len(router.mapped()) == 1
        bob.type("/exit")
        assert bob.ended() == 0
        until(lambda: router.mapped() == {})


@with_router
def test_a_conversation_keeps_its_port(tmp_path):
    """While somebody else is asked, from another port; when it is over, that one alone is left."""
    with closing(Lab(Kind("", FULLY_RANDOM, ASKED, ""), tmp_path)) as lab:
        bob, router = lab.people[1], lab.network.sites[1].igd
        until(router.mapped)
        first = router.mapped()
        assert lab.meet().how == DIRECT4
        bob.type("/chat somebody")
        until(lambda: len(router.mapped()) == 2)
        assert first.items() < router.mapped().items()
        lab.part()
        until(lambda: len(router.mapped()) == 1 and router.mapped() != first)


@pytest.mark.slow
@with_router
def test_ports_are_renewed_and_others_given_back(tmp_path):
    """All that are asked for, until another line says others, or the program is gone."""
    with closing(Lab(Kind("", ASKED, None, ""), tmp_path)) as lab:
        router = lab.network.sites[0].igd
        machine = lab.network.asker
        lab.people[0].kill()
        until(lambda: router.mapped() == {})
        ours = program(machine, tmp_path / "ours", lease=4)
        ours.type("5000 4000")
        for _ in range(3):  # the second and the third time because half a lease is over
            ours.until("^5000 44.0.1.1 5000")
            ours.until("^4000 44.0.1.1 4000")
        assert sorted(router.mapped()) == [4000, 5000]
        ours.type("5000 6000")
        ours.until("^6000 44.0.1.1 6000")
        assert sorted(router.mapped()) == [5000, 6000]
        ours.signal(signal.SIGKILL)
        until(lambda: router.mapped() == {})
        ours.kill()


@pytest.mark.slow
@with_router
def test_a_router_that_begins_anew(tmp_path):
    """It knows of no port, and is at another place: the next line finds it there."""
    with closing(Lab(Kind("", ASKED, None, ""), tmp_path)) as lab:
        site = lab.network.sites[0]
        lab.people[0].kill()
        ours = program(lab.network.asker, tmp_path / "ours")
        ours.type("4000")
        ours.until("^4000 44.0.1.1 4000")
        site.igd.close()
        site.router.run("nft", "delete", "table", "inet", "igd")
        with closing(igd.Igd(site.router)) as anew:
            ours.type("5000")
            assert ours.until("^5000 ") == "5000 44.0.1.1 5000"
            ours.end_input()
            assert ours.ended() == 0
            ours.kill()
            assert anew.mapped() == {}


@with_router
def test_a_killed_client_leaves_no_mapping(tmp_path):
    """The program beside it notices, and lets the router forget."""
    with closing(Lab(Kind("", ASKED, None, ""), tmp_path)) as lab:
        alice, router = lab.people[0], lab.network.sites[0].igd
        until(router.mapped)
        alice.kill()
        until(lambda: router.mapped() == {})


@pytest.mark.slow
@with_router
def test_a_port_that_belongs_to_somebody_else(tmp_path):
    """Another one is asked for."""
    with closing(Lab(Kind("", FULLY_RANDOM, ASKED, ""), tmp_path)) as lab:
        network = lab.network
        router, machine = network.sites[1].igd, network.sites[1].machine()
        until(router.mapped)
        taken = next(iter(router.mapped()))
        lab.people[1].kill()
        until(lambda: router.mapped() == {})
        other = program(machine, tmp_path / "other")
        other.type(str(taken))
        other.until(f"{taken} 44.0.2.1 {taken}")
        ours = program(network.asked, tmp_path / "ours")
        ours.type(str(taken))
        answer = ours.until(rf"{taken} 44\.0\.2\.1 \d+")
        assert not answer.endswith(f" {taken}")
        assert len(router.mapped()) == 2
        for each in (other, ours):
            each.end_input()
            assert each.ended() == 0
            each.kill()
        assert router.mapped() == {}


def program(machine, folder, lease=limits.UPNP_LEASE_SECONDS):
    """The program that asks the router, on this machine, for so many seconds each time."""
    folder.mkdir()
    command = machine.command(sys.executable, "-c", "from chatd.reach import igd; igd.main()")
    others = {"UPNP_LEASE_SECONDS": lease, "UPNP_SECONDS": SECONDS}
    return Process(command, folder, limits=others, pass_fds=[machine.file])


@with_router
def test_a_router_that_refuses(tmp_path):
    """It is said once, and the relay is there."""
    with closing(Lab(Kind("", FULLY_RANDOM, REFUSES, ""), tmp_path)) as lab:
        lab.people[1].until(r"your router passes no port on to you: .* \(UPnP error 606\)")
        assert lab.meet().how == RELAY
        lab.part()
        assert status(lab.people[1]) == "none, the router refuses (UPnP error 606)"
        assert len(lab.people[1].out.found("(passes no port on)")) == 1


def test_no_router_answers(tmp_path):
    """Nobody waits for longer than two seconds for it."""
    with closing(Lab(Kind("", KEPT, None, ""), tmp_path, "--upnp")) as lab:
        assert lab.meet().how == DIRECT4
        lab.part()
        assert status(lab.people[0]) == "none, no router answers"


@pytest.fixture
def behind(tmp_path):
    """Two people, of whom the first is behind something that poses as a router."""
    started = []

    def behind(kind):
        made = Lab(Kind("", KEPT, None, ""), tmp_path)
        started.append(made.close)
        router = made.network.sites[0].router
        command = [sys.executable, rogue_igd.__file__, kind]
        rogue = Process(router.command(*command), tmp_path, pass_fds=[router.file])
        started.append(rogue.kill)
        rogue.until("listening")
        return made, rogue

    yield behind
    for end in reversed(started):
        end()


@pytest.mark.parametrize(
    ("kind", "seconds", "why"),
    [
        ("elsewhere", limits.UPNP_SECONDS, "no router answers"),
        ("endless", SECONDS, "no router answers|the router answers nonsense"),
        ("nonsense", SECONDS, "the router answers nonsense"),
        ("silent", 5 * limits.UPNP_SECONDS, "no router answers"),
        ("liar", SECONDS, "the router answers nonsense|the router does not know its own address"),
    ],
)
def test_what_a_false_router_says_stays_outside(kind, seconds, why, behind, tmp_path):
    """The process that holds the keys connects to the server alone; nothing is fetched from where
    the answer points to, nothing that was said is shown, and the reason is there in the end, also
    where nothing but the time that a router has, `seconds` here, is one."""
    lab, rogue = behind(kind)
    machine = lab.network.asker
    folder = tmp_path / "carol"
    folder.mkdir()
    options = ["--host", lab.network.server4, "--username", "carol", "--upnp"]
    command = machine.command(*WATCHED, *options)
    waits = {"UPNP_SECONDS": seconds}
    carol = Process(command, folder, limits=waits, pass_fds=[machine.file])
    try:
        carol.until(f"your router passes no port on to you: ({why})$")
        carol.type("/exit")
        assert carol.ended() == 0
        told = seen(carol)
    finally:
        carol.kill()
    assert {line for line in told if "connect" in line} == {
        f"WATCH socket.connect ('{lab.network.server4}', 1712)"
    }
    assert not any("1900" in line for line in told)
    assert bool(rogue.out.found("(asked for)")) is (kind != "elsewhere")


def test_the_program_has_bounded_memory(behind, tmp_path):
    """An answer without an end is the end of the program at most."""
    lab, _ = behind("endless")
    asking = program(lab.network.asker, tmp_path / "asking")
    try:
        asking.type("4000")
        asking.until("4000 - (no router answers|the router answers nonsense)")
        peak = Path(f"/proc/{asking.pid}/status").read_text().split("VmHWM:")[1].split()[0]
        assert int(peak) << 10 < 2 * limits.UPNP_MEMORY  # libraries are in it too
    finally:
        asking.kill()

"""People behind routers of every kind meet: real programs, real kernels, no way to the outside."""

import os
import re
import socket
import time
from contextlib import closing

import pytest
from lab import igd, tayga
from lab.kinds import (
    DIRECT4,
    FORWARDS,
    FULLY_RANDOM,
    KEPT,
    KINDS,
    ONLY_SERVER,
    ONLY_TLS,
    RANDOM,
    RELAY,
    Kind,
    Router,
)
from lab.meeting import Lab
from lab.namespaces import what_is_missing
from lab.network import SERVER4, Network
from processes import tinyproxy

from chatd import limits

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())


OFTEN = (
    "both have addresses of their own",
    "routers that keep ports and drop",
    "both at carriers that translate",
    "random ports on one side",
    "random ports on both sides",
    "IPv6 only, behind firewalls",
    "one has IPv4, the other IPv6",
    "the asker behind NAT64",
    "packets over 1280 bytes vanish",
    "only an HTTP proxy gets out, both sides",
    "only TLS at port 443 gets out, both sides",
    "one by TLS, one by a proxy, such a relay",
)
"""One kind for each way in which two meet; the others are slow."""
assert set(OFTEN) < {kind.name for kind in KINDS}


def _asking(kind):
    """A kind of network as a parameter; some need a router's program that may be missing."""
    needed = [igd for router in kind.routers if router.igd]
    needed += [tinyproxy for router in kind.routers if router.web == "proxy"]
    needed += [tayga for router in kind.routers if router.nat64]
    missing = next((each.PROGRAM for each in needed if each.is_missing()), "")
    marks = [pytest.mark.skipif(bool(missing), reason=f"there is no {missing}")]
    if kind.name not in OFTEN:
        marks.append(pytest.mark.slow)
    return pytest.param(kind, id=kind.name, marks=marks)


@pytest.mark.parametrize("kind", [_asking(kind) for kind in KINDS])
def test_two_people_talk(kind, tmp_path):
    """Directly wherever plain TCP allows it, else through the relay."""
    with closing(Lab(kind, tmp_path)) as lab:
        for site in lab.network.sites:
            if site.igd:
                site.igd.until_mapped()  # an offer does not wait for long, and a busy machine may
        assert lab.meet().how == kind.expected


def test_a_chosen_port_serves_one_conversation_after_the_other(tmp_path):
    """What the kernel remembers of the links from there is not in the way of the next."""
    kind = Kind("forwarded", FULLY_RANDOM, FORWARDS, "")
    with closing(Lab(kind, tmp_path)) as lab:
        for _ in range(3):
            assert lab.meet().how == DIRECT4
            lab.part()


def test_when_a_firewall_opens_the_conversation_moves(tmp_path):
    """From the relay to a direct link, a file that is on its way with it, and nobody reads that
    anything was interrupted."""
    kind = Kind("strict", ONLY_SERVER, ONLY_SERVER, "")
    file, there = tmp_path / "alice" / "big", tmp_path / "bob" / "there"
    with closing(Lab(kind, tmp_path)) as lab:
        assert lab.meet().how == RELAY
        alice, bob = lab.people
        # At the pace of the relay it would take longer than the conversation stays there.
        file.write_bytes(os.urandom(limits.RELAY_PAIR_RATE * 4 * limits.SEARCH_FIRST_PAUSE_SECONDS))
        alice.type("/send big")
        bob.until("you are offered files 1")
        bob.type(f"/take {there}")
        lab.network.let_all_out()
        for person in lab.people:
            person.until("has moved to a direct link")
            person.type("there")
        for person in lab.people:
            person.until("^< .*: there")
        for person in lab.people:
            person.until("whole")
            assert person.out.found("(interrupted)") == []
        assert (there / "big").read_bytes() == file.read_bytes()


def test_a_firewall_that_lets_the_web_alone_out_means_it(tmp_path):
    """What is no TLS does not pass, also at port 443, and neither does any other port."""
    with closing(Network(Kind("strict", ONLY_TLS, None, ""))) as network:
        site = network.sites[0]

        def dropped():
            chain = site.router.output("nft", "list", "chain", "inet", "router", "passing")
            return int(re.search(r"counter packets (\d+)", chain)[1])

        def say(port, words):
            with network.server.call(lambda: socket.create_server((SERVER4, port))) as there:
                before = dropped()
                with network.asker.call(socket.socket) as here:
                    here.setblocking(False)
                    here.connect_ex((SERVER4, port))
                    if words:
                        there.accept()[0].close()
                        here.send(words)
                    while dropped() == before:
                        time.sleep(0.01)

        say(443, b"x" * 100)
        say(1712, b"")


def test_where_there_is_no_path_both_are_told_why(tmp_path):
    """Nobody is left waiting, and each address that was tried is there with its reason."""
    kind = Kind("no path", RANDOM, RANDOM, "")
    with closing(Lab(kind, tmp_path, "--no-relay")) as lab:
        how = lab.meet().how
    for name in ("alice", "bob"):
        assert f"no connection to {name}: no path was found in time" in how
    assert len(re.findall(r"44\.0\.[12]\.1:\d+: no answer", how)) == 2


def test_a_lab_that_cannot_be_built_leaves_nothing(tmp_path):
    """The rules of the second router are refused: what was there before is closed again."""
    before = set(os.listdir("/proc/self/fd"))
    with pytest.raises(RuntimeError, match="nft"):
        Lab(Kind("impossible", KEPT, Router(ports="nonsense"), ""), tmp_path)
    assert set(os.listdir("/proc/self/fd")) <= before

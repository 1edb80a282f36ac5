"""Whoever has many links, addresses and keys keeps nobody else out of a real daemon."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from authority import Authority
from independent import DOOR, SECONDS, Client, Identity, Link, Recorded, dial, pack, plaintext

from chatd import limits

CROWD = [sys.executable, str(Path(__file__).with_name("crowd.py"))]
CROWD_FROM = 0x010001
STRANGERS = 20


@contextlib.contextmanager
def crowd(port, rate, sources, steps):
    """A crowd at the door, from the moment from which it keeps closing links of each other; what it
    gives has, afterwards, how many links were opened, closed and logged in."""
    rooms = limits.FRESH_LINKS + limits.REST_LINKS
    numbers = [str(CROWD_FROM), str(rooms + 64)]
    command = [*CROWD, str(port), str(rate), str(sources), steps, *numbers]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        counts = []
        try:
            assert process.stdout.readline() == b"crowded\n"
            yield counts
        finally:
            counts += map(int, process.communicate()[0].split()[-3:])


def stranger(port, number, name=None, tls=None):
    """Somebody from an address of their own, who is let in at the first attempt."""
    return Client(port, name, source=f"127.99.0.{number + 1}", tls=tls)


def newcomer(port, number, tls=None):
    """The same, who tries again as the client does: on a busy machine, whoever needs longer than a
    room takes to be filled by others is dropped."""
    for _ in range(2):
        with contextlib.suppress(OSError, AssertionError, AttributeError):
            return stranger(port, number, tls=tls)
    return stranger(port, number, tls=tls)


def thief(port, source, token):
    """What somebody with a key of their own hears behind m3, who shows a token of another's."""
    with dial(port, source=source) as link:
        recorded = Recorded()
        link.say("NOISE", "gcm", recorded.m1, token)
        noise = recorded.under(link.line(), token, Identity())
        noise.read2(link.noise())
        link.say("NOISE", noise.write3())
        return link.to_the_end()


class Unnamed(Client):
    """Somebody whose handshake is done, and who has not logged in."""

    def __init__(self, port):
        Link.__init__(self, socket.create_connection(("127.0.0.1", port), SECONDS))
        self.speaks_first, self.identity = False, Identity()
        self.shake_hands(os.urandom(DOOR))


def heard(link):
    """Whether there is an answer now."""
    link.connection.settimeout(0.01)
    with contextlib.suppress(TimeoutError):
        return link.read() is not None
    return False


@pytest.mark.parametrize(
    ("sources", "steps"), [(1, "0"), (1, "1"), (1, "2"), (500, "0"), (500, "0,1,2")]
)
def test_a_crowd_at_the_door_keeps_nobody_out(start_daemon, sources, steps):
    """Links that say nothing, that say m1, and that do not log in, from one address and from many:
    strangers from other addresses are in at once."""
    daemon = start_daemon()
    with crowd(daemon.port, 600, sources, steps):
        for number in range(STRANGERS):
            newcomer(daemon.port, number).close()


def test_returning_people_get_in_from_the_address_of_the_crowd(start_daemon):
    """By the tokens that their last login gave them; a token opens nothing for another key."""
    daemon, identity = start_daemon(), Identity()
    address = f"127.1.0.{CROWD_FROM & 255}"
    with Client(daemon.port, "bob", identity) as bob:
        tokens = bob.tokens
    with crowd(daemon.port, 600, 1, "0,1"):
        assert thief(daemon.port, address, tokens[0]) == b""
        with Client(daemon.port, "bob", identity, tokens[1], address, speaks_first=True) as bob:
            bob.send("search", "nobody")
            assert bob.until("found")


@pytest.fixture
def tls(tmp_path, start_daemon):
    """A daemon inside TLS, and what its people trust."""
    authority = Authority(tmp_path)
    daemon = start_daemon(listen=authority.endpoint("localhost"))
    return daemon, ssl.create_default_context(cafile=authority.file)


@pytest.mark.parametrize(
    ("sources", "steps"), [(1, "0"), (1, "4"), (500, "0,4"), (1, "1")], ids=str
)
def test_a_crowd_at_a_door_inside_tls_keeps_nobody_out(tls, sources, steps):
    """Links that say nothing, that begin with TLS and go no further, and that do not speak TLS:
    strangers from elsewhere are in at once, and so are those who have a token, also from the
    address of the crowd, though it is shown only inside TLS."""
    daemon, trust = tls
    identity = Identity()
    with Client(daemon.port, "bob", identity, tls=trust) as bob:
        token = bob.tokens[0]
    # A beginning of TLS is much more work than a link, and more of them keep no more rooms full.
    with crowd(daemon.port, 100, sources, steps):
        for number in range(STRANGERS):
            newcomer(daemon.port, number, trust).close()
        address = f"127.1.0.{CROWD_FROM & 255}"
        Client(daemon.port, "bob", identity, token, address, speaks_first=True, tls=trust).close()


def test_whoever_takes_every_place_gives_one_up(start_daemon):
    """One address with many keys fills the server; each stranger from elsewhere is let in."""
    daemon = start_daemon(max_clients="60")
    with crowd(daemon.port, 200, 1, "3") as counts:
        inside = [stranger(daemon.port, number) for number in range(STRANGERS)]
        for each in inside:
            each.send("search", "nobody")
            assert each.until("found")[2] is False
            each.close()
    assert counts[2] >= 60


def test_many_keys_of_one_address_do_not_ask_more_than_a_few(start_daemon):
    """Fifty keys ask twenty times each: somebody elsewhere is answered before they all are, and
    what is over their share is not even read."""
    daemon = start_daemon()
    search = plaintext(pack(["search", "n" * 60]))
    flood = [Client(daemon.port, None) for _ in range(50)]
    for client in flood:
        client.raw(b"".join(client.sending.seal(search) for _ in range(20)))
    with stranger(daemon.port, 1) as person:
        for _ in range(limits.COMMAND_BURST):
            person.send("search", "nobody")
            person.until("found")
    os.kill(daemon.pid, signal.SIGSTOP)
    answered = 0
    for client in flood:
        client.connection.settimeout(0.05)
        with contextlib.suppress(TimeoutError):
            while client.read() is not None:
                answered += 1
    os.kill(daemon.pid, signal.SIGCONT)
    for client in flood:
        client.close()
    assert limits.PER_SOURCE * limits.COMMAND_BURST / 2 < answered < 50 * 20 / 2


def test_an_introduction_goes_through_beside_a_flood(start_daemon):
    """Two people from elsewhere ask, accept and are introduced."""
    daemon = start_daemon()
    search = plaintext(pack(["search", "n" * 60]))
    flood = [Client(daemon.port, None) for _ in range(20)]
    for client in flood:
        client.connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            for _ in range(2000):
                client.raw(client.sending.seal(search))
    with stranger(daemon.port, 1, "alice") as alice, stranger(daemon.port, 2, "bob") as bob:
        offer = pack(["offer", bytes(32), ["gcm"], []])
        alice.send("request", "bob", 60, None)
        id = bob.until("request")[1]
        bob.send("accept", id, offer, ["none", 1, []])
        assert alice.until("accepted")[1] == id
        alice.send("offer", id, offer, ["none", 1, []])
        assert alice.until("go")[1] == bob.until("go")[1] == id
    for client in flood:
        client.close()


def test_a_recorded_first_line_costs_the_room_of_those_without_a_share(start_daemon):
    """Sent again and again, it is answered in its turn, and others are answered at once."""
    daemon = start_daemon()
    with crowd(daemon.port, 1000, 1, "1"):
        for number in range(STRANGERS):
            with dial(daemon.port, source=f"127.98.0.{number + 1}") as link:
                assert link.line().startswith(b"CHATD/")
            stranger(daemon.port, number).close()


def test_the_same_identity_from_everywhere_is_one_person(start_daemon):
    """A key that logs in from many addresses holds one place."""
    daemon, identity = start_daemon(max_clients="3"), Identity()
    others = [stranger(daemon.port, number) for number in range(2)]
    last = None
    for number in range(10):
        last, before = Client(daemon.port, None, identity, source=f"127.97.0.{number + 1}"), last
        if before is not None:
            assert before.until("close")[1] == "replaced"
            before.close()
    for each in [last, *others]:
        each.send("search", "nobody")
        assert each.until("found")
        each.close()


def test_logging_in_tells_no_more_names_than_asking_for_them(start_daemon):
    """Two hundred keys of one address want a name at their login: most wait for their turn, as
    with `username`; strangers from elsewhere and whoever holds the name do not."""
    daemon, identity = start_daemon(), Identity()
    address = "127.0.0.9"
    with Client(daemon.port, "bob", identity, source=address):
        pass
    flood, began = [], time.monotonic()
    for _ in range(200):
        flood.append(Unnamed(daemon.port))
        flood[-1].send("login", "bob", False, [])
    stranger(daemon.port, 1, "carol").close()
    os.kill(daemon.pid, signal.SIGSTOP)
    each = limits.COMMAND_BURST + limits.COMMANDS_PER_SECOND * (time.monotonic() - began)
    answered = sum(map(heard, flood))
    os.kill(daemon.pid, signal.SIGCONT)
    Client(daemon.port, "bob", identity).close()
    for link in flood:
        link.close()
    assert limits.PER_SOURCE * limits.COMMAND_BURST / 2 < answered <= limits.PER_SOURCE * each

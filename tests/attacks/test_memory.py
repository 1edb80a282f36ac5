"""Whatever one remote side does, the processes stay within the bounds that limits.py names."""

import contextlib
import itertools
import re
import socket
from pathlib import Path

import pytest
from chat_process import CHAT
from independent import Client, Link, dial, pack, plaintext

from chatd import limits

SEARCH = plaintext(pack(["search", "n" * 60]))


def resident(process):
    """The resident memory of a process, in bytes."""
    status = Path(f"/proc/{process._process.pid}/status")
    if not status.exists():
        pytest.skip("needs /proc")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status.read_text())[1]) * 1024


def grown(process, *rounds):
    """How much it grew in all, and in the last of equal rounds."""
    sizes = [resident(process)]
    for each in rounds:
        each()
        sizes.append(resident(process))
    return sizes[-1] - sizes[0], sizes[-1] - sizes[-2]


def within(process, act, bound, times=4):
    """The same thing done again and again stays below the bound, and ends to grow."""
    total, last = grown(process, *[act] * times)
    assert total <= bound
    assert last <= bound / 4


# -- the daemon


def test_strangers_who_say_half_a_line(stage):
    """Each holds one line's worth, and there are only so many of them."""

    def flood():
        links = []
        for _ in range(limits.FRESH_LINKS + limits.REST_LINKS):
            with contextlib.suppress(OSError):
                links.append(dial(stage.port))
                links[-1].raw(b"N" * (limits.LINE - 1))
        for link in links:
            link.close()

    within(stage.daemon, flood, limits.DAEMON_GROWTH)


def test_clients_who_never_read(stage):
    """Answers to commands pile up to a bound, and then that link is gone."""

    def flood():
        clients = [Client(stage.port, None) for _ in range(10)]
        for client in clients:
            client.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            records = [client.sending.seal(SEARCH) for _ in range(3000)]
            with contextlib.suppress(OSError):
                client.raw(b"".join(records))
        for client in clients:
            client.close()

    within(stage.daemon, flood, limits.DAEMON_GROWTH)


def test_commands_that_are_not_read(stage):
    """Whoever asks for more than is carried out fills the kernel's buffers and nothing else."""
    count = itertools.count()

    def flood():
        askers = [Client(stage.port, None) for _ in range(10)]
        for asker in askers:
            asker.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            asker.connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    asker.send("request", f"n{next(count)}", 300, bytes(44))
        for asker in askers:
            asker.close()

    within(stage.daemon, flood, limits.DAEMON_GROWTH)


# -- the client


@pytest.fixture
def talking(stage):
    """A real client in a conversation with an attacker."""
    alice = stage.arrived("alice")
    with Client(stage.port, "bob") as bob:
        alice.type("/chat bob")
        bob.accept(4)
        with bob.guest() as link:
            alice.until("talking to bob")
            yield alice, link


def test_endless_tiny_texts(talking):
    """Each is shown, acknowledged and forgotten."""
    alice, link = talking
    count = iter(range(1, 10**6))

    def flood():
        for _ in range(3000):
            number = next(count)
            link.send("text", number, None, "text", "x")
        while link.until("ack")[1] < number:
            pass

    within(alice, flood, limits.CLIENT_GROWTH)


def test_endless_pings_from_someone_who_never_reads(talking):
    """The answers pile up to a bound, and then the conversation is over."""
    alice, link = talking
    before = resident(alice)
    with contextlib.suppress(OSError):
        for _ in range(60_000):
            link.send("ping")
    assert resident(alice) - before <= limits.CLIENT_GROWTH
    link.close()
    alice.until("interrupted: the connection broke|cut off")


def test_strangers_at_the_listener(stage):
    """They hold a line each, and there are sixteen of them at most."""
    alice = stage.arrived("alice")
    with Client(stage.port, "bob") as bob:
        alice.type("/chat bob")
        bob.accept(4)
        port, links = bob.places()[0], []

        def flood():
            for _ in range(40):
                with contextlib.suppress(OSError):
                    links.append(dial(port))
                    links[-1].raw(b"N" * 4000)

        within(alice, flood, limits.CLIENT_GROWTH, 3)
        for each in links:
            each.close()
        alice.type("/cancel")
        alice.until("cancelled")


def test_a_server_that_floods(rogue, start):
    """Requests that come and go leave nothing behind but a few lines."""
    alice = start([*CHAT, "--port", str(rogue.port), "--username", "alice"], home="alice")
    session: Link = rogue.session()
    alice.until("you are on")
    count = iter(range(10**6))

    def flood():
        for _ in range(2000):
            id = next(count).to_bytes(16, "big")
            session.send("request", id, "bob", b"\x01" + id + id, 60, None)
            session.send("ended", id, "withdrawn")
        name = f"n{next(count)}"
        alice.type(f"search {name}")
        session.until("search")
        session.send("found", name, True)
        alice.until(f"{name} is around")

    within(alice, flood, limits.CLIENT_GROWTH)

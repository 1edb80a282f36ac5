"""Whoever takes places at the relay of a real daemon, keeps nobody out of it."""

import contextlib
import hmac
import itertools

import pytest
from independent import Client, Identity, dial

from chatd import limits

PAIRS = 4
NUMBERS = itertools.count(1)


def address(number):
    """An address of its own for each number."""
    return f"127.4.{number >> 8}.{number & 255}"


def tickets(port, identity=None):
    """The places at the relay that two people get who are introduced: (ticket, secret) of each; the
    first may be somebody who has been there before."""
    first, second = next(NUMBERS), next(NUMBERS)
    name = f"h{first}" if identity is None else "same"
    with (
        Client(port, name, identity, source=address(first)) as asker,
        Client(port, f"g{first}", source=address(second)) as asked,
    ):
        asker.send("request", asked.name, 60, None)
        id = asked.until("request")[1]
        offer = b"an offer"
        asked.send("accept", id, offer, ["none", 1, []])
        asker.until("accepted")
        asker.send("offer", id, offer, ["none", 1, []])
        return [side.until("go")[7][1:] for side in (asker, asked)]


def taken(port, place, source):
    """A link that has shown its ticket."""
    ticket, secret = place
    link = dial(port, source=source)
    greeting = link.line()
    link.say("RELAY", ticket + hmac.digest(secret, b"chatd/1 relay link" + greeting, "sha256"))
    return link


@pytest.fixture
def open_links():
    """Closes what a test leaves open."""
    with contextlib.ExitStack() as running:
        yield running


def test_pairs_that_send_nothing_give_way(start_daemon, open_links):
    """As many pairs as there are, from an address each, hold all places; two others get in, and
    pass bytes."""
    daemon = start_daemon(relay_pairs=str(PAIRS))
    crowd = []
    for number in range(PAIRS):
        pair = [
            open_links.enter_context(taken(daemon.port, each, address(600 + 2 * number + side)))
            for side, each in enumerate(tickets(daemon.port))
        ]
        assert [each.line() for each in pair] == [b"RELAYED"] * 2
        crowd += pair
    alice, bob = (
        open_links.enter_context(taken(daemon.port, each, address(700 + side)))
        for side, each in enumerate(tickets(daemon.port))
    )
    assert [alice.line(), bob.line()] == [b"RELAYED"] * 2
    alice.raw(b"hello bob\r\n")
    assert bob.line() == b"hello bob"
    assert sorted(ends(crowd)) == [False] * (2 * PAIRS - 2) + [True] * 2


def ends(links):
    """Whether each of these is over."""
    for link in links:
        link.connection.setblocking(False)
        try:
            yield not link.more()
        except BlockingIOError:
            yield False
        except ConnectionResetError:
            yield True


def test_tickets_of_one_side_alone_keep_nobody_out(start_daemon, open_links):
    """Links that wait for another side that never comes give way as well."""
    daemon = start_daemon(relay_pairs=str(PAIRS))
    for number in range(2 * PAIRS):
        mine = tickets(daemon.port)[0]
        open_links.enter_context(taken(daemon.port, mine, address(600 + number)))
    alice, bob = (
        open_links.enter_context(taken(daemon.port, each, address(700 + side)))
        for side, each in enumerate(tickets(daemon.port))
    )
    assert [alice.line(), bob.line()] == [b"RELAYED"] * 2


@pytest.mark.parametrize("kind", ["person", "source"])
def test_one_person_and_one_address_have_so_many_places(start_daemon, open_links, kind):
    """One more than that is told to come later."""
    daemon, same = start_daemon(), Identity()
    most = limits.RELAY_LINKS_PER_PERSON if kind == "person" else limits.RELAY_LINKS_PER_SOURCE
    # All before the first is shown: nobody waits at the relay for as long as they may take.
    mine = [tickets(daemon.port, same if kind == "person" else None)[0] for _ in range(most + 1)]
    links = [
        open_links.enter_context(
            taken(daemon.port, each, address(600 + number * (kind == "person")))
        )
        for number, each in enumerate(mine)
    ]
    assert links[-1].line() == b"NO slow-down"
    assert not any(ends(links[:-1]))

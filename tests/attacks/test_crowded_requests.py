"""Whoever has many keys and addresses asks nobody more than a few times, and ends nothing that was
seen."""

import contextlib

import pytest
from independent import Client, pack

from chatd import limits

YOUNG = limits.ASKED - limits.ASKED_SETTLED
"""Open requests to one name of askers whose names are new."""


@pytest.fixture
def daemon(start_daemon):
    """An honest daemon."""
    return start_daemon()


@pytest.fixture
def person(daemon):
    """Lets somebody in, under a name and from an address of 127.3/16."""
    with contextlib.ExitStack() as running:
        yield lambda name, address: running.enter_context(
            Client(daemon.port, name, source=f"127.3.{address >> 8}.{address & 255}")
        )


def asks(client, name, seconds=limits.REQUEST_SECONDS):
    """Ask, and the answer: its id, or the seconds to wait."""
    client.send("request", name, seconds, None)
    while True:
        message = client.read()
        if message[0] == "asked":
            return message[1]
        if message[0] == "refused":
            assert message[4] == "slow-down", message
            return message[5]


def shown(client):
    """How many requests somebody was told of, up to the answer to a command."""
    client.send("search", "nobody")
    count = 0
    while (message := client.read())[0] != "found":
        count += message[0] == "request"
    return count


def test_a_flood_from_everywhere_ends_nothing_that_was_seen(person):
    """Forty keys at forty addresses ask one victim: as many are shown as have room, the first one
    stays, and is accepted in the end."""
    bob, alice = person("bob", 1), person("alice", 2)
    assert isinstance(asks(alice, "bob"), bytes)
    crowd = [person(f"m{number}", 10 + number) for number in range(40)]
    answers = [asks(each, "bob") for each in crowd]
    assert sum(isinstance(each, bytes) for each in answers) == YOUNG - 1
    offer = pack(["offer", bytes(32), ["gcm"], []])
    id = bob.until("request")[1]
    assert shown(bob) == YOUNG - 1
    bob.send("accept", id, offer, ["none", 1, []])
    assert alice.until("accepted")[1] == id


def test_many_keys_of_one_address_ask_as_two(person):
    """The third key is refused, and so is the tenth; somebody from elsewhere is not."""
    bob = person("bob", 1)
    answers = [asks(person(f"m{number}", 2), "bob") for number in range(10)]
    assert [isinstance(each, bytes) for each in answers] == [True] * 2 + [False] * 8
    assert isinstance(asks(person("alice", 3), "bob"), bytes)
    assert shown(bob) == limits.ASKED_PER_SOURCE + 1


def test_a_newcomer_takes_the_place_of_one_that_nobody_has_seen(person):
    """The victim is away. A crowd at a few addresses asks until there is no room; who comes from
    elsewhere is asked for, and one of the crowd's ends."""
    person("bob", 1).close()
    crowd = [person(f"m{number}", 10 + number // 2) for number in range(YOUNG)]
    assert all(isinstance(asks(each, "bob"), bytes) for each in crowd)
    alice = person("alice", 3)
    assert isinstance(asks(alice, "bob"), bytes)
    assert crowd[0].until("ended")[2] == "expired"
    alice.send("search", "nobody")
    assert alice.read()[0] == "found"


def test_requests_of_a_second_are_shown_a_few_times(person):
    """One key asks again as soon as its request has expired: it has to wait after some."""
    bob, mallory = person("bob", 1), person("mallory", 2)
    for _ in range(limits.VAIN_ASKS):
        assert isinstance(asks(mallory, "bob", 1), bytes)
        assert mallory.until("ended")[2] == "expired"
    assert isinstance(asks(mallory, "bob", 1), int)
    assert shown(bob) == limits.VAIN_ASKS


def test_requests_that_are_taken_back_are_shown_a_few_times(person):
    """Many keys of one address ask and take it back: all together have to wait after some."""
    bob = person("bob", 1)
    crowd = [person(f"m{number}", 2) for number in range(12)]
    told = 0
    for each in crowd:
        answer = asks(each, "bob")
        told += isinstance(answer, bytes)
        if isinstance(answer, bytes):
            each.send("cancel", answer)
            each.send("search", "nobody")
            each.until("found")
    assert told == shown(bob) == limits.VAIN_ASKS_PER_SOURCE

"""What people are told whom a server does not let in, and what those read whom it does."""

import pytest
from stage import Stage

LOOPBACK = ("--listen", "tcp:0:interface=127.0.0.1")


@pytest.fixture
def private(start):
    """A server that lets in nobody."""
    return Stage(start, *LOOPBACK, "--private")


def test_a_private_server_says_what_its_operator_needs(private):
    """The client ends with the reason and its own key, as it is to be allowed."""
    person = private.person("alice")
    assert person.ended() == 1
    error, hint = person.complaints()
    assert error.endswith("it is private, and your key is not on its operator's list")
    assert hint.startswith("chat: hint: your key, for its operator: SHA256:")


def test_a_banned_address(start):
    """It is said before anything else happens."""
    person = Stage(start, *LOOPBACK, "--banned", "127.0.0.0/8").person("alice")
    assert person.ended() == 1
    error, hint = person.complaints()
    assert error.endswith("the server's operator lets nobody in from your address")
    assert hint == "chat: hint: ask its operator"


def test_a_message_of_the_day(start):
    """It is shown behind the login, as what the operator says."""
    alice = Stage(start, *LOOPBACK, "--motd", "be kind").arrived("alice")
    alice.until("the operator of .* says:")
    assert alice.until("be kind").endswith("  be kind")
    alice.end_input()
    assert alice.ended() == 0

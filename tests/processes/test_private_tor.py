"""A real Tor network, which has nobody else in it."""

from contextlib import closing

import pytest
from private_tor import PrivateTor, what_is_missing

pytest.importorskip("txtorcon")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing()),
]


def test_a_conversation_over_tor(stage, start, tmp_path):
    """The server is an onion service, and so is each conversation; then it is gone."""
    with closing(PrivateTor(tmp_path / "network", stage.port)) as tor:
        options = [f"--tor={tor.control}", "--host", tor.host, "--port", "1712", "--no-relay"]
        alice, bob = [stage.person(name, *options) for name in ("alice", "bob")]
        for person in (alice, bob):
            person.until("an onion service is published")
        for _ in range(2):
            alice.type("/chat bob")
            bob.until("alice asks for a conversation")
            bob.type("/accept")
            for person in (alice, bob):
                person.until("talking to .*: a direct, encrypted connection")
                person.until(r"a Tor onion service, \w+ key")
            alice.type("hello")
            bob.until("< alice: hello")
            alice.until("✓ 1")
            alice.type("/leave")
            for person in (alice, bob):
                person.until("an onion service is published")

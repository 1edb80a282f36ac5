"""Whether the relay is used, and which one is dialled."""

from typing import Any, cast

import pytest

from chatd.client.relaying import FEATURES, Choice, NoRelay, agreed, place
from chatd.wire.server import Relay

TICKET = bytes(61)
SERVER: Any = "the server's endpoint"


@pytest.mark.parametrize(
    ("ours", "theirs", "both"),
    [
        ("may", "may", "may"),
        ("may", "only", "only"),
        ("only", "may", "only"),
        ("only", "only", "only"),
        ("may", "never", "never"),
        ("never", "may", "never"),
        ("never", "never", "never"),
    ],
)
def test_what_two_choices_come_to(ours: Choice, theirs: Choice, both: Choice) -> None:
    """One side's wish to hide, or not to use the relay, binds both."""
    assert agreed(ours, FEATURES[theirs], "bob") == both


@pytest.mark.parametrize(("ours", "theirs"), [("only", "never"), ("never", "only")])
def test_choices_that_contradict_each_other(ours: Choice, theirs: Choice) -> None:
    """There is no conversation, and the way on is in the hint."""
    with pytest.raises(NoRelay) as no:
        agreed(ours, FEATURES[theirs], "bob")
    assert no.value.hint.endswith("--relay-only" if ours == "only" else "--no-relay")


def test_the_server_as_its_own_relay() -> None:
    """It is reached as the server was."""
    found = place(Relay(None, TICKET), SERVER, "127.0.0.1", cast(Any, None))
    assert found is not None
    assert (found.endpoint, found.ticket) == (SERVER, TICKET)


def test_a_server_without_a_relay() -> None:
    """There is no place."""
    assert place(None, SERVER, "127.0.0.1", cast(Any, None)) is None


@pytest.mark.parametrize(
    ("at", "server", "dialled"),
    [
        ("9.9.9.9", "8.8.8.8", True),
        ("relay.example.org", "8.8.8.8", True),
        ("localhost", "8.8.8.8", False),
        ("localhost", "127.0.0.1", True),
        ("127.0.0.1", "8.8.8.8", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("10.0.0.7", "8.8.8.8", False),
        ("10.0.0.7", "10.0.0.1", True),
        ("10.0.0.7", "127.0.0.1", True),
        ("169.254.169.254", "127.0.0.1", False),
        ("100.100.100.200", "127.0.0.1", False),
        ("224.0.0.1", "127.0.0.1", False),
        ("::ffff:127.0.0.1", "8.8.8.8", False),
        ("fe80::1", "127.0.0.1", False),
    ],
)
def test_a_server_cannot_send_us_just_anywhere(at: str, server: str, dialled: bool) -> None:
    """A relay is never nearer than the server is, and never a service of another kind."""
    asked: list[tuple[str, int]] = []

    def endpoint(host: str, port: int) -> Any:
        asked.append((host, port))
        return "its endpoint"

    found = place(Relay((at, 1713), TICKET), SERVER, server, endpoint)
    assert (found is not None, asked) == (dialled, [(at, 1713)] if dialled else [])

"""Whether the relay is used, and which one is dialled."""

from typing import Any, cast

import pytest

from chatd.reach.relay_choice import FEATURES, Choice, NoRelay, agreed, place
from chatd.wire.server import Relay
from chatd.wire.ticket import OwnTicket

TICKET = OwnTicket(bytes(45), bytes(range(32)))
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
    found = place(
        Relay(None, TICKET.ticket, TICKET.secret), SERVER, cast(Any, None), cast(Any, None)
    )
    assert found is not None
    assert (found.endpoint, found.ticket) == (SERVER, TICKET)


def test_a_server_without_a_relay() -> None:
    """There is no place."""
    assert place(None, SERVER, cast(Any, None), cast(Any, None)) is None


def test_a_place_that_may_not_be_dialled() -> None:
    """There is none, and no endpoint is made; any other is dialled where it is."""
    asked: list[tuple[str, int, bool]] = []

    def endpoint(host: str, port: int, is_tls: bool) -> Any:
        asked.append((host, port, is_tls))
        return "its endpoint"

    relay = Relay(("9.9.9.9", 1713, True), TICKET.ticket, TICKET.secret)
    assert place(relay, SERVER, lambda host: False, endpoint) is None
    assert not asked
    assert place(relay, SERVER, lambda host: True, endpoint) is not None
    assert asked == [("9.9.9.9", 1713, True)]

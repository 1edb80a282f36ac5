"""What the client says while it waits."""

from typing import Any

import pytest
from msgspec.structs import replace

from chatd.engine.snapshot import Asked, Awaited, ConversationState, Snapshot, Stage
from chatd.ui import progress_line

NOW = 100.0
HERE = Snapshot(now=NOW, server="localhost", name="alice", wanted="alice", presence="in")


def at(**fields: Any) -> Snapshot:
    """Alice, where these hold."""
    return replace(HERE, **fields)


def talking(stage: Stage, deadline: float | None = None, **fields: Any) -> Snapshot:
    """Alice, in a conversation with bob at this stage."""
    talk = ConversationState(bytes(33), "bob", "", "new", stage, deadline)
    return at(conversations=(talk,), presence="apart", **fields)


def asking(*names: str) -> Snapshot:
    """Alice asks these people."""
    return at(asked=tuple(Asked(name, NOW + 300) for name in names))


@pytest.mark.parametrize(
    ("here", "line"),
    [
        (at(name=None, wanted=None, presence="connecting"), ""),
        (at(presence="connecting"), "connecting…"),
        (at(presence="connecting", connecting_since=NOW - 3), "connecting for 3 s"),
        (at(presence="away", retry=NOW + 3.5), "no server, trying again in 4 s"),
        (at(presence="logging-in", awaited=Awaited("login")), "logging in…"),
        (at(connecting_since=NOW - 9), ""),
        (
            at(awaited=Awaited("search", "bob", NOW + 9)),
            "asking the server whether bob is here, giving up in 9 s",
        ),
        (asking("bob"), "asking bob, giving up in 5 min"),
        (asking("bob", "carol"), "asking bob and 1 more, giving up in 5 min"),
        (talking("preparing", NOW + 12), "connecting to bob, giving up in 12 s"),
        (talking("racing"), "looking for a path to bob…"),
        (talking("racing", NOW + 8), "looking for a path to bob, giving up in 8 s"),
        (talking("open"), ""),
        (talking("leaving"), "leaving bob…"),
        (talking("leaving", NOW + 5), "leaving bob, 5 s at most"),
        (
            talking("interrupted", NOW + 600),
            "interrupted; looking for bob, giving up in 10 min",
        ),
        (
            talking("interrupted", NOW + 600, retry=NOW + 8),
            "interrupted; looking for bob, giving up in 10 min; no server, trying again in 8 s",
        ),
    ],
)
def test_every_wait_says_its_stage_and_its_seconds(here: Snapshot, line: str) -> None:
    """And nothing is said where the person is the one to do something."""
    assert progress_line.of(here) == line


def test_time_that_has_run_out_is_not_negative() -> None:
    """The timer that ends it may be late."""
    late = talking("preparing", NOW - 5)
    assert progress_line.of(late) == "connecting to bob, giving up in 0 s"

"""Clients in another language, written from docs/protocol, with the real daemon and `chat`."""

import json

from node import NODE, node
from processes.conftest import start  # noqa: F401
from stage import Stage
from vector_keys import VECTORS


def test_it_is_let_in(start) -> None:  # noqa: F811
    """The smallest client logs in, knows the key that the daemon has, and is answered."""
    stage = Stage(start)
    visit = node(VECTORS / "visit.mjs", "127.0.0.1", stage.port, "Carol", "bob")
    said, *answers = visit.stdout.splitlines()
    welcome, found = map(json.loads, answers)
    assert [said] == [f"CHATD/2 {key}" for key in stage.daemon.out.found(r"key (SHA256:\S+)")]
    assert welcome[:3] == ["welcome", "carol", []]
    assert [len(token["hex"]) for token in welcome[3]] == [116, 116]
    assert found == ["found", "bob", False]


def test_it_talks(start) -> None:  # noqa: F811
    """One that is asked, over the relay: texts go both ways, and the end is told."""
    node("--version")
    stage = Stage(start)
    carol = start([NODE, VECTORS / "talk.mjs", "127.0.0.1", str(stage.port), "carol"], home="carol")
    carol.until("here")
    alice = stage.arrived("alice")
    alice.type("/chat carol")
    alice.until(r"\* talking to carol")
    alice.type("hello")
    carol.until('"text","hello"')
    alice.until("HELLO")
    alice.type("/leave")
    carol.until('"close","left"')
    assert carol.ended() == 0

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
    assert welcome[:3] == ["welcome", "carol", ["stay"]]
    assert [len(token["hex"]) for token in welcome[3]] == [116, 116]
    assert found == ["found", "bob", False]


def carol(start, stage, *whom):  # noqa: F811
    """One who talks over the relay, and says back what she is told."""
    node("--version")
    words = [NODE, VECTORS / "talk.mjs", "127.0.0.1", str(stage.port), "carol", *whom]
    return start(words, home="carol")


def end(alice, carol) -> None:
    """Texts go both ways, under the first keys, the next, and on another link; the end is told."""
    alice.type("good morning")
    carol.until('"text","good morning"')
    alice.until("GOOD MORNING")
    carol.until("renewed")
    alice.type("how are you")
    alice.until("HOW ARE YOU")
    alice.type("cut")
    carol.until("broken")
    alice.type("still there")
    alice.until("CUT")
    alice.until("STILL THERE")
    alice.type("/leave")
    carol.until('"close","left"')
    assert carol.ended() == 0


def test_it_is_asked(start) -> None:  # noqa: F811
    """As the guest, it takes the link that its host has."""
    stage = Stage(start)
    guest = carol(start, stage)
    guest.until("here")
    alice = stage.arrived("alice")
    alice.type("/chat carol")
    alice.until(r"\* talking to carol")
    end(alice, guest)


def test_it_asks(start) -> None:  # noqa: F811
    """As the host, it follows its guest."""
    stage = Stage(start)
    alice = stage.arrived("alice")
    host = carol(start, stage, "alice")
    alice.until("carol asks")
    alice.type("/accept")
    alice.until(r"\* talking to carol")
    alice.until("hello alice")
    end(alice, host)

"""Whole clients: commands about people whom nobody knows."""

import pytest
from simulation.story import Person, Story

from chatd.engine import commands as c
from chatd.engine.decisions import events as e

ABOUT_ZED = [
    c.Nick("zed", "Z"),
    c.Forget("zed"),
    c.Block("zed"),
    c.Unblock("zed"),
    c.Mute("zed"),
    c.ShowSafetyNumber("zed"),
]


@pytest.mark.parametrize("command", ABOUT_ZED, ids=lambda each: type(each).__name__)
def test_who_is_no_contact(command: c.Command) -> None:
    """It is said at once, and who is meant."""
    story = Story(5)
    alice = story.join(Person("alice"))
    story.run(lambda: alice.free)
    assert alice.session is not None
    alice.session.do(command)
    assert alice.shown[-1] == e.CommandFailed("no-contact", ("zed",))
    story.check()

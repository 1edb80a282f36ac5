"""Two conversations of one person at once, with real programs in real terminals."""

from collections.abc import Callable
from typing import Any

import pytest

Start = Callable[..., Any]


def ticked(text: str) -> Callable[[list[str]], bool]:
    """Whether a message of ours has arrived."""
    return lambda lines: any("✓" in line and text in line for line in lines)


@pytest.mark.parametrize(
    "size",
    [
        {"columns": 80, "rows": 24},
        pytest.param({"columns": 40, "rows": 12}, marks=pytest.mark.slow),
    ],
)
def test_a_line_goes_where_its_label_says(person: Start, size: dict[str, int]) -> None:
    """Alice talks to bob, asks carol meanwhile, and goes to and fro; each reads what is theirs."""
    alice, bob, carol = person("alice", **size), person("bob"), person("carol")
    for each in (alice, bob, carol):
        each.until("hint: search NAME" if each is not alice else "alice>")
    alice.enter("chat bob")
    bob.until("alice asks for a conversation")
    bob.enter("accept")
    alice.until("→ bob:")
    alice.enter("for bob")
    bob.until("alice: for bob")
    alice.enter("/chat carol")
    carol.until("alice asks for a conversation")
    alice.type("half a line")
    carol.enter("accept")
    alice.until(lambda lines: "2 carol" in lines[-1])
    assert "→ bob: half a line" in alice.lines
    carol.until("talking to alice")
    carol.enter("carol here")
    carol.until(ticked("carol here"))
    alice.until(lambda lines: "2 carol +1" in lines[-1])
    assert "carol here" not in "\n".join(alice.lines)
    alice.type("\x1b2")
    alice.until(lambda lines: any("carol: carol here" in line for line in lines))
    alice.until("→ carol:")
    alice.enter("for carol")
    carol.until("alice: for carol")
    alice.type("\x1b1")
    alice.until("→ bob: half a line")
    alice.type("\r")
    bob.until("alice: half a line")
    assert "for carol" not in "\n".join(bob.lines)
    assert "half a line" not in "\n".join(carol.lines)
    alice.enter("/leave")
    bob.until("alice left the conversation")
    alice.until("alice>")
    alice.enter("/to carol")
    alice.until("→ carol:")
    alice.enter("still here")
    carol.until("alice: still here")

"""What the client shows to be copied is taken as the screen gives it."""

from collections.abc import Callable

import pytest
from stories.terminals import ChatTerminal

from chatd.client.card import PREFIX

Start = Callable[..., ChatTerminal]


def rows_from(lines: list[str], beginning: str, end: str) -> list[str]:
    """The rows from one that begins so, up to one that begins otherwise."""
    first = next(at for at, line in enumerate(lines) if line.startswith(beginning))
    last = next(at for at in range(first, len(lines)) if lines[at].startswith(end))
    return lines[first:last]


@pytest.mark.parametrize("columns", [80, 40, 20])
def test_a_card_goes_from_screen_to_prompt(person: Start, columns: int) -> None:
    """Row by row, without a sign of ours in it; at the prompt of --card and at the client's own."""
    alice = person("alice", columns=columns, rows=60)
    alice.until("hint: search")
    alice.enter("invite")
    lines = alice.until("hint: they start")
    card = rows_from(lines, PREFIX, "card ")
    assert len(card) == -(-len("".join(card)) // columns)
    at_prompt = person(None, "--card", "--username", "bob", account="two", columns=columns)
    at_prompt.until(lambda lines: "(it is not shown): " in "".join(lines) + " ")
    at_prompt.enter("\r".join(card))
    alice.until(lambda lines: "holds your" in " ".join(lines))
    assert "chatd-card" not in "\n".join(at_prompt.lines)
    carol = person("carol", account="three", columns=columns)
    carol.until("hint: search")
    carol.paste("\r".join(f"┆ {row}" for row in card))
    carol.until(lambda lines: card[-1][-3:] in "".join(lines))
    carol.enter("")
    carol.until("asking alice")


@pytest.mark.parametrize("columns", [80, 20])
def test_fingerprints_stand_alone(person: Start, columns: int) -> None:
    """On rows of their own, which the terminal breaks."""
    alice = person("alice", columns=columns, rows=40)
    alice.until("hint: search")
    alice.enter("whoami")
    lines = alice.until("your key:")
    lines = alice.until(lambda lines: lines[lines.index("your key:") + 1].startswith("SHA256:"))
    at = lines.index("your key:") + 1
    assert len("".join(lines[at:]).partition("alice")[0]) == len("SHA256:") + 43

"""docs/protocol for whoever reads it: the conversation in order, duties, numbers said once."""

import re

import pytest
from protocol_parts import PARTS, TEXT, anchors, forms_of, headings, rows, section

from chatd.wire import peer, server

HEADINGS = headings(TEXT)
LADDER = dict(re.findall(r"^ +(\d+) +\|(.*)\|$", section("One whole conversation"), re.M))
STEPS = dict(re.findall(r"^(\d+)\. ((?:.|\n   )+)$", section("One whole conversation"), re.M))


def test_every_arrow_of_the_ladder_is_explained() -> None:
    """They are numbered in order, and each has its links."""
    assert list(LADDER) == list(STEPS) == [str(number + 1) for number in range(len(LADDER))]
    assert len(LADDER) >= 25


@pytest.mark.parametrize("number", LADDER)
def test_an_arrow_leads_to_a_section_that_says_what_it_is(number: str) -> None:
    """What passes there is a word of one of the sections that it is linked to; a message that is
    encrypted is one of the code."""
    (word,) = set(re.findall(r"(?:^|\|) <?[-=]*>? ?\(?([A-Za-z/0-9]+)", LADDER[number]))
    linked = re.findall(r"\]\([a-z-]+\.md#([a-z-]+)\)", STEPS[number])
    titles = {anchor: title for title in HEADINGS for anchor in anchors(f"# {title}")}
    assert linked
    assert any(word in section(titles[anchor]) for anchor in linked)
    known = forms_of(server.FromClient) | forms_of(server.FromServer) | forms_of(peer.PeerMessage)
    assert "=" not in LADDER[number] or word in known


NUMBERS = {"limits.md", "worked-example.md"}
ANNEXES = {"README.md", "messages.md", *NUMBERS}


@pytest.mark.parametrize("name", sorted({*PARTS} - ANNEXES))
def test_a_part_ends_with_what_must_be_done(name: str) -> None:
    """And with a table of what may be left out, and what happens then."""
    title = headings(PARTS[name])[-1]
    assert title.startswith("Duties ")
    assert "**must**" in section(title)
    assert ["a client may leave out", "what happens then"] in rows(section(title))


@pytest.mark.parametrize("name", sorted({*PARTS} - NUMBERS))
def test_no_part_but_the_limits_says_how_many_seconds(name: str) -> None:
    """A number that can change is said once, and meant by its name elsewhere."""
    assert not re.search(r"\b[0-9]+ (?:s|seconds|minutes|min)\b", PARTS[name])

"""Which of several links becomes the conversation (protocol, "Choosing a link")."""

from collections.abc import Callable

import pytest

from chatd import limits
from chatd.errors import Unexpected
from chatd.peer.race import Chosen, Drop, GuestRace, HostRace, SendOpen, SendSelect, Step

NOW = 100.0
LATER = NOW + limits.SELECT_SECONDS
A, B, C = "A", "B", "C"

Outcome = list[Step] | type[Unexpected]


def host(*selected: str, waiting: tuple[str, ...] = (), over: bool = False) -> HostRace:
    """A host that has said SELECT on some links, 2 s apart, while others are only verified."""
    race = HostRace()
    for number, link in enumerate(selected):
        race.tick(NOW + number * limits.SELECT_SECONDS)
        race.verified(link, NOW + number * limits.SELECT_SECONDS)
    for link in waiting:
        race.verified(link, NOW)
    if over:
        race.opened(selected[0], NOW)
    return race


HOSTS: dict[str, Callable[[], HostRace]] = {
    "nothing": HostRace,
    "A selected": lambda: host(A),
    "A selected, B waits": lambda: host(A, waiting=(B,)),
    "A, B selected": lambda: host(A, B),
    "A, B selected, C waits": lambda: host(A, B, waiting=(C,)),
    "A chosen": lambda: host(A, waiting=(B,), over=True),
}

HOST_TABLE: list[tuple[str, str, str, Outcome]] = [
    # state, event, link, steps
    ("nothing", "verified", A, [SendSelect(A)]),
    ("nothing", "selected", A, Unexpected),
    ("nothing", "opened", A, Unexpected),
    ("nothing", "failed", A, []),
    ("nothing", "tick", "", []),
    ("A selected", "verified", B, []),
    ("A selected", "selected", A, Unexpected),
    ("A selected", "opened", A, [Chosen(A)]),
    ("A selected", "opened", B, Unexpected),
    ("A selected", "failed", A, []),
    ("A selected", "tick", "", []),
    ("A selected, B waits", "verified", C, []),
    ("A selected, B waits", "selected", A, Unexpected),
    ("A selected, B waits", "opened", A, [Chosen(A), Drop(B)]),
    ("A selected, B waits", "opened", B, Unexpected),
    ("A selected, B waits", "failed", A, [SendSelect(B)]),
    ("A selected, B waits", "failed", B, []),
    ("A selected, B waits", "tick", "", [SendSelect(B)]),
    ("A, B selected", "verified", C, []),
    ("A, B selected", "selected", B, Unexpected),
    ("A, B selected", "opened", A, [Chosen(A), Drop(B)]),
    ("A, B selected", "opened", B, [Chosen(B), Drop(A)]),
    ("A, B selected", "opened", C, Unexpected),
    ("A, B selected", "failed", A, []),
    ("A, B selected", "failed", B, []),
    ("A, B selected", "tick", "", []),
    ("A, B selected, C waits", "verified", "D", []),
    ("A, B selected, C waits", "selected", C, Unexpected),
    ("A, B selected, C waits", "opened", A, [Chosen(A), Drop(B), Drop(C)]),
    ("A, B selected, C waits", "opened", B, [Chosen(B), Drop(A), Drop(C)]),
    ("A, B selected, C waits", "opened", C, Unexpected),
    ("A, B selected, C waits", "failed", A, []),
    ("A, B selected, C waits", "failed", B, [SendSelect(C)]),
    ("A, B selected, C waits", "failed", C, []),
    ("A chosen", "verified", C, [Drop(C)]),
    ("A chosen", "selected", A, Unexpected),
    ("A chosen", "opened", A, Unexpected),
    ("A chosen", "opened", B, Unexpected),
    ("A chosen", "failed", B, []),
    ("A chosen", "failed", A, []),
    ("A chosen", "tick", "", []),
]


def guest(*verified: str, over: bool = False) -> GuestRace:
    """A guest with verified links, perhaps after a SELECT on the first."""
    race = GuestRace()
    for link in verified:
        race.verified(link, NOW)
    if over:
        race.selected(verified[0], NOW)
    return race


GUESTS: dict[str, Callable[[], GuestRace]] = {
    "nothing": GuestRace,
    "A, B": lambda: guest(A, B),
    "A chosen": lambda: guest(A, B, over=True),
}

GUEST_TABLE: list[tuple[str, str, str, Outcome]] = [
    ("nothing", "verified", A, []),
    ("nothing", "selected", A, Unexpected),
    ("nothing", "opened", A, Unexpected),
    ("nothing", "failed", A, []),
    ("nothing", "tick", "", []),
    ("A, B", "verified", C, []),
    ("A, B", "selected", A, [SendOpen(A), Chosen(A), Drop(B)]),
    ("A, B", "selected", B, [SendOpen(B), Chosen(B), Drop(A)]),
    ("A, B", "selected", C, Unexpected),
    ("A, B", "opened", A, Unexpected),
    ("A, B", "failed", A, []),
    ("A, B", "tick", "", []),
    ("A chosen", "verified", C, [Drop(C)]),
    ("A chosen", "selected", A, Unexpected),
    ("A chosen", "selected", B, Unexpected),
    ("A chosen", "opened", A, Unexpected),
    ("A chosen", "failed", A, []),
    ("A chosen", "failed", B, []),
    ("A chosen", "tick", "", []),
]


def check(race: HostRace | GuestRace, event: str, link: str, now: float, outcome: Outcome) -> None:
    """The event has exactly this outcome."""
    act = getattr(race, event)
    arguments = (now,) if event == "tick" else (link, now)
    if outcome is Unexpected:
        with pytest.raises(Unexpected):
            act(*arguments)
    else:
        assert act(*arguments) == outcome


@pytest.mark.parametrize(("state", "event", "link", "outcome"), HOST_TABLE)
def test_host(state: str, event: str, link: str, outcome: Outcome) -> None:
    """Every event in every state of the host; a tick comes when SELECT is 2 s old."""
    check(HOSTS[state](), event, link, LATER, outcome)


@pytest.mark.parametrize(("state", "event", "link", "outcome"), GUEST_TABLE)
def test_guest(state: str, event: str, link: str, outcome: Outcome) -> None:
    """Every event in every state of the guest."""
    check(GUESTS[state](), event, link, LATER, outcome)


def test_select_is_repeated_on_the_next_link_after_two_seconds() -> None:
    """Not before, and the deadline says when."""
    race = host(A, waiting=(B, C))
    assert race.deadline == LATER
    assert race.tick(LATER - 0.01) == []
    assert race.tick(LATER) == [SendSelect(B)]
    assert race.deadline == LATER + limits.SELECT_SECONDS
    assert race.tick(race.deadline) == [SendSelect(C)]


def test_with_no_link_left_the_next_one_is_selected_at_once() -> None:
    """A host that has waited its two seconds does not wait again."""
    race = host(A)
    assert race.tick(LATER) == []
    assert race.deadline is None
    assert race.verified(B, LATER + 1) == [SendSelect(B)]


def test_after_a_failure_the_next_one_is_selected_at_once() -> None:
    """Nothing is waited for on a dead link."""
    race = host(A)
    assert race.failed(A, NOW) == []
    assert race.deadline is None
    assert race.verified(B, NOW) == [SendSelect(B)]


def test_a_failed_link_cannot_be_opened_or_selected() -> None:
    """Its messages would come from nowhere."""
    race = host(A, waiting=(B,))
    race.failed(B, NOW)
    assert race.tick(LATER) == []
    race.failed(A, NOW)
    with pytest.raises(Unexpected):
        race.opened(A, NOW)
    other = guest(A)
    other.failed(A, NOW)
    with pytest.raises(Unexpected):
        other.selected(A, NOW)


def test_a_link_takes_part_once() -> None:
    """However often it is named, it is selected once."""
    race = host(A, waiting=(B,))
    assert race.verified(A, NOW) == race.verified(B, NOW) == []
    assert race.tick(LATER) == [SendSelect(B)]
    assert race.tick(LATER + limits.SELECT_SECONDS) == []
    other = guest(A, B)
    other.verified(B, NOW)
    assert other.selected(A, NOW) == [SendOpen(A), Chosen(A), Drop(B)]


def test_a_guest_has_no_deadline_of_its_own() -> None:
    """It waits for the host as long as the race takes."""
    assert guest(A, B).deadline is None
    assert host(A, waiting=(B,), over=True).deadline is None

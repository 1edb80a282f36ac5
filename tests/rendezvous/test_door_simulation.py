"""A rush at the door: who gets in, in how much time, and what it costs.

The figures are those that the protocol promises; CHATD_LONG=1 runs all rows for longer.
"""

import os
from statistics import median

import pytest
from door_simulation import Attack, Outcome, Rush, network, sources

LONG = bool(os.environ.get("CHATD_LONG"))
SECONDS = 30.0 if LONG else 8.0
ONE = sources(1)
SILENT, FIRST, WHOLE = (0,), (1,), (2,)
ALL = (0, 1, 2)

ROWS = {
    "1 source, silent, 4000": Attack(4000, ONE, SILENT),
    "1 source, m1, 2000": Attack(2000, ONE, FIRST),
    "500 sources, m1, 2000": Attack(2000, sources(500), FIRST),
    "500 sources, silent, 2000": Attack(2000, sources(500), SILENT),
    "500 sources, whole logins, 2000": Attack(2000, sources(500), WHOLE),
    "500 sources, all three, 4000": Attack(4000, sources(500), ALL),
    "a /48, m1, 2000": Attack(2000, network(48), FIRST),
    "a /32, m1, 2000": Attack(2000, network(32), FIRST),
    "1000 names, 1 source, whole logins, 2000": Attack(2000, ONE, WHOLE, names=1000),
}
SHORT = ["1 source, m1, 2000", "500 sources, all three, 4000", "a /32, m1, 2000"]


def rush(attack: Attack | None, *, rooms: bool = True, behind: str | None = None) -> Outcome:
    """One run from the beginning of an attack, which is the hardest part."""
    return Rush(7, attack, rooms=rooms).run(SECONDS, behind)


def test_on_a_quiet_day_everybody_is_in_at_once() -> None:
    """What the others are compared with."""
    outcome = rush(None)
    assert outcome.part_in("strangers") == outcome.part_in("returning") == 1
    waits = [wait for each in outcome.waits.values() for wait in each if wait is not None]
    assert median(waits) < 0.4


@pytest.mark.parametrize("row", ROWS if LONG else SHORT)
def test_up_to_500_sources_keep_nobody_out(row: str) -> None:
    """Strangers from other sources and returning people get in, and the attacker's handshakes
    take a part of the core that is bounded."""
    outcome = rush(ROWS[row])
    assert outcome.part_in("strangers") >= 0.95
    assert outcome.part_in("returning") >= 0.99
    waits = [wait for each in outcome.waits.values() for wait in each if wait is not None]
    assert median(waits) < 0.45
    starting = 500 * 2 * 0.0012 / SECONDS  # their first shares
    assert outcome.working <= 0.30 + starting


@pytest.mark.slow
def test_the_attacks_are_worth_something() -> None:
    """Under the rule that came before, 256 links in all, the same attacks keep people out."""
    for row in SHORT:
        assert rush(ROWS[row], rooms=False).part_in("strangers") < 0.3


def test_returning_people_get_in_from_the_attackers_own_address() -> None:
    """By their tokens; strangers do not, as long as it lasts."""
    outcome = rush(Attack(2000, ONE, FIRST), behind="10.0.0.0")
    assert outcome.part_in("returning") >= 0.99
    assert outcome.part_in("strangers") < 0.5


@pytest.mark.skipif(not LONG, reason="takes half a minute; CHATD_LONG=1 runs it")
def test_ten_thousand_sources() -> None:
    """Returning people get in, and most strangers do."""
    outcome = rush(Attack(4000, sources(10_000), FIRST))
    assert outcome.part_in("returning") >= 0.99
    assert outcome.part_in("strangers") >= 0.6

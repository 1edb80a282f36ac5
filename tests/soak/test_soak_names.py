"""The soak's own account of names finds what it is for, and nothing else."""

import pytest
from soak.names import Names


@pytest.fixture
def names() -> Names:
    """Nobody holds anything."""
    return Names([])


def has(names: Names, who: str, name: str) -> None:
    """Somebody claims a name, and gets it."""
    names.claims(who, name)
    names.told(who, name)


def test_a_name_from_hand_to_hand(names: Names) -> None:
    """Claims, refusals, releases and claims by others are all in order."""
    has(names, "ann", "n")
    names.claims("bob", "n")
    names.refused("bob", "n", "taken")
    names.releases("ann", "n")
    has(names, "bob", "n")
    names.released("ann", "n")
    names.claims("ann", "n")
    names.refused("ann", "n", "taken")
    names.listed("here", {"n": "bob"})
    assert names._faults == []


def test_two_holders(names: Names) -> None:
    """Whoever is told of a name that another one holds."""
    has(names, "ann", "n")
    has(names, "bob", "n")
    assert names._faults[0].startswith("bob was told of n, which is ann's (ann claims, ann is told")


def test_a_name_that_was_not_asked_for(names: Names) -> None:
    """Nobody is told of one."""
    names.told("ann", "n")
    assert names._faults == ["ann was told of n without a claim (ann is told)"]


@pytest.mark.parametrize("code", ["taken", "too-many", "full", "failed"])
def test_the_holder_is_refused(names: Names, code: str) -> None:
    """Then the name is lost; a ban may keep its holder away."""
    has(names, "ann", "n")
    names.claims("ann", "n")
    names.refused("ann", "n", "banned")
    assert names._faults == []
    names.refused("ann", "n", code)
    assert names._faults[0].startswith(f"ann has lost n: {code} (")


def test_taken_by_nobody(names: Names) -> None:
    """A name that nobody may have cannot be taken."""
    names.claims("ann", "n")
    names.refused("ann", "n", "taken")
    assert names._faults[0].startswith("n is taken, and nobody can have it (")


def test_taken_until_just_now(names: Names) -> None:
    """Who gave it back may have been told so before the refusal is read."""
    has(names, "ann", "n")
    names.claims("bob", "n")
    names.releases("ann", "n")
    names.released("ann", "n")
    names.refused("bob", "n", "taken")
    assert names._faults == []


def test_a_claim_without_an_answer(names: Names) -> None:
    """May be bound or not: others may be told either, and so may the listing."""
    names.claims("ann", "n")
    names.claims("bob", "n")
    names.refused("bob", "n", "taken")
    names.listed("here", {})
    names.listed("here", {"n": "ann"})
    assert names._faults == []
    names.listed("here", {"n": "eve"})
    assert len(names._faults) == 1
    assert names._faults[0].startswith("here: n is eve's, who was not told so (ann claims, bob")


def test_a_listing_without_a_name(names: Names) -> None:
    """Whatever was confirmed has to be there, also after everything is settled."""
    has(names, "ann", "n")
    names.settle({"n": "ann"})
    names.listed("the disk", {})
    names.listed("the disk", {"n": "bob"})
    assert names._faults[0] == "the disk: n is None's and not ann's (ann claims, ann is told)"
    assert names._faults[1] == "the disk: n is bob's and not ann's (ann claims, ann is told)"


def test_what_is_not_released_is_held(names: Names) -> None:
    """A refused release leaves the name, and one that was never theirs to give is lost."""
    has(names, "ann", "n")
    names.releases("ann", "n")
    names.kept("ann", "n", "failed")
    assert names.held == {"n": "ann"}
    names.releases("ann", "n")
    names.kept("ann", "n", "not-yours")
    assert names._faults[0].startswith("ann has lost n: it was not theirs to release (")


def test_a_copy(names: Names) -> None:
    """Has what was held before and since; not what changed hands meanwhile."""
    for who, name in (("ann", "a"), ("bob", "b"), ("eve", "e")):
        has(names, who, name)
    before = names.noted()
    names.releases("bob", "b")
    names.released("bob", "b")
    has(names, "bob", "b")
    has(names, "ann", "late")
    names.copied({"a": "ann"}, before)
    assert len(names._faults) == 1
    assert names._faults[0].startswith("the copy has e as None's, not eve's (")


def test_many_words_before_the_first_answer(names: Names) -> None:
    """A disk that does not answer lets claims and releases pile up; answers come in their order."""
    names.claims("ann", "n")
    names.releases("ann", "n")
    names.claims("ann", "n")
    names.told("ann", "n")
    assert names.held == {}
    names.released("ann", "n")
    names.told("ann", "n")
    names.releases("ann", "n")
    names.claims("ann", "n")
    names.kept("ann", "n", "failed")
    assert names.held == {"n": "ann"}
    names.told("ann", "n")
    names.listed("the disk", {"n": "ann"})
    assert names._faults == []


def test_a_release_without_an_answer(names: Names) -> None:
    """May have been carried out or not."""
    has(names, "ann", "n")
    names.releases("ann", "n")
    names.listed("the disk", {"n": "ann"})
    names.listed("the disk", {})
    has(names, "bob", "n")
    assert names._faults == []

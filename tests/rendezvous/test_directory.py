"""Names and the keys that hold them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.rendezvous.directory import Directory, canonical, day_of
from chatd.rendezvous.refusals import (
    BadName,
    Denied,
    DirectoryFull,
    NameTaken,
    NotYours,
    TooManyNames,
)
from chatd.wire.fields import is_name

ALICE, BOB, CAROL = (b"\x01" + letter * 32 for letter in (b"a", b"b", b"c"))
DAY = limits.NAME_PROVISIONAL_SECONDS
YEAR = limits.NAME_KEPT_SECONDS


# -- the form of a name


@pytest.mark.parametrize("typed", ["bob", "Bob", "BOB", "0", "a-_9", "B" * 32])
def test_a_name_in_any_case_is_one_name(typed: str) -> None:
    """Names are compared in lower case, up to 32 characters."""
    assert canonical(typed) == typed.lower()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "b" * 33,
        "-bob",
        "_bob",
        "bob ",
        " bob",
        "bob\n",
        "bo.b",
        "b\u00f6b",
        "\u212aim",
        "\u0130",
    ],
)
def test_anything_else_is_no_name(typed: str) -> None:
    """Nothing is stripped or replaced, and a Kelvin sign is not a k."""
    with pytest.raises(BadName):
        canonical(typed)


@given(st.text(max_size=40))
def test_a_canonical_name_is_a_name_and_stays_as_it_is(typed: str) -> None:
    """Whatever is typed is refused or has one form, which is valid in messages."""
    try:
        name = canonical(typed)
    except BadName:
        return
    assert is_name(name)
    assert canonical(name) == name


# -- claims


def test_the_first_to_claim_a_name_holds_it() -> None:
    """A second key is refused, and the first may claim again."""
    directory = Directory()
    directory.claim("bob", BOB, 0)
    with pytest.raises(NameTaken):
        directory.claim("bob", ALICE, 1)
    directory.claim("bob", BOB, 2)
    assert directory.holder("bob", 3) == BOB
    assert directory.holder("alice", 3) is None
    assert list(directory.names(ALICE, 3)) == []


def test_three_names_of_a_key_and_no_fourth() -> None:
    """The fourth is refused; the three can still be claimed, and giving one back makes room."""
    directory = Directory()
    for name in ("x", "y", "z"):
        directory.claim(name, BOB, 0)
    with pytest.raises(TooManyNames):
        directory.claim("w", BOB, 0)
    directory.claim("y", BOB, 0)
    directory.release("y", BOB, 0)
    directory.claim("w", BOB, 0)
    assert list(directory.names(BOB, 0)) == ["x", "z", "w"]


def test_a_taken_name_is_taken_before_it_is_one_too_many() -> None:
    """Whoever holds three names is still told that a fourth belongs to someone else."""
    directory = Directory(per_key=1)
    directory.claim("alice", ALICE, 0)
    directory.claim("bob", BOB, 0)
    with pytest.raises(NameTaken):
        directory.claim("bob", ALICE, 0)


def test_a_full_directory_refuses_one_more() -> None:
    """At the limit it takes a name, one over it does not, and what it has stays."""
    directory = Directory(total=2)
    directory.arrived(ALICE, 0)
    directory.claim("alice", ALICE, 0)
    directory.claim("bob", BOB, 0)
    with pytest.raises(DirectoryFull):
        directory.claim("carol", CAROL, 0)
    directory.claim("bob", BOB, 0)
    assert directory.holder("carol", 0) is None
    directory.claim("carol", CAROL, DAY)
    assert (directory.holder("alice", DAY), directory.holder("bob", DAY)) == (ALICE, None)


def test_a_refused_claim_changes_nothing() -> None:
    """Neither the holder nor the names of the refused key are touched."""
    directory = Directory(per_key=1)
    directory.claim("alice", ALICE, 0)
    directory.claim("bob", BOB, 0)
    for name in ("bob", "other"):
        with pytest.raises(Denied):
            directory.claim(name, ALICE, 0)
    assert list(directory.names(ALICE, 0)) == ["alice"]
    assert directory.holder("other", 0) is None


# -- release


def test_a_released_name_is_free() -> None:
    """Someone else may claim it at once."""
    directory = Directory()
    directory.claim("bob", BOB, 0)
    directory.release("bob", BOB, 0)
    directory.claim("bob", ALICE, 0)
    assert directory.holder("bob", 0) == ALICE


@pytest.mark.parametrize("name", ["alice", "nobody"])
def test_only_what_one_holds_can_be_released(name: str) -> None:
    """A name of somebody else, or of nobody, is refused and stays as it is."""
    directory = Directory()
    directory.claim("alice", ALICE, 0)
    with pytest.raises(NotYours):
        directory.release(name, BOB, 0)
    assert directory.holder("alice", 0) == ALICE


def test_a_name_that_ran_out_cannot_be_released() -> None:
    """After a day it is nobody's."""
    directory = Directory()
    directory.claim("bob", BOB, 0)
    with pytest.raises(NotYours):
        directory.release("bob", BOB, DAY)


# -- time


def test_names_of_a_new_key_are_kept_a_day_after_their_owner_left() -> None:
    """While the owner is here they do not run out; then they last to the end of a day."""
    directory = Directory()
    directory.arrived(BOB, 0)
    directory.claim("bob", BOB, 0)
    assert directory.holder("bob", 100 * DAY) == BOB
    directory.left(BOB, DAY - 1)
    assert directory.holder("bob", 2 * DAY - 1.5) == BOB
    assert list(directory.names(BOB, 2 * DAY - 1.5)) == ["bob"]
    assert list(directory.names(BOB, 2 * DAY - 1)) == []
    assert directory.holder("bob", 2 * DAY - 1) is None


def test_names_of_a_key_that_came_again_are_kept_a_year() -> None:
    """Whoever is here a day after the first name has a year, from each last time on."""
    directory = Directory()
    directory.claim("bob", BOB, 0)
    directory.arrived(BOB, DAY - 1)
    directory.left(BOB, DAY)
    assert directory.holder("bob", DAY + YEAR - 1) == BOB
    directory.arrived(BOB, DAY + YEAR - 1)
    directory.left(BOB, DAY + YEAR)
    assert directory.holder("bob", DAY + 2 * YEAR - 1) == BOB
    assert directory.holder("bob", DAY + 2 * YEAR) is None


def test_what_was_bound_before_is_known_again() -> None:
    """Names and whose they are; they run out a day after the day on which their owner was here."""
    before = Directory()
    bindings = [
        before.claim("bob", BOB, 0),
        before.claim("bobby", BOB, 1),
        before.claim("carol", CAROL, 5),
    ]
    directory = Directory()
    directory.restore([binding for binding in bindings if binding])
    assert list(directory.names(BOB, 10)) == ["bob", "bobby"]
    with pytest.raises(NameTaken):
        directory.claim("carol", BOB, 10)
    assert directory.holder("bob", 2 * DAY) is None
    assert directory.holder("carol", 2 * DAY - 1) == CAROL


def test_what_is_kept_and_shown_is_the_day() -> None:
    """That an owner was here is known by whole days, so that nobody learns who left when; the day
    is in the owner's favour, and makes no new key an old one."""
    assert [day_of(0, now) for now in (DAY, DAY + 1, 2 * DAY, 2 * DAY + 0.5)] == [
        DAY,
        2 * DAY,
        2 * DAY,
        3 * DAY,
    ]
    late = 0.9 * DAY
    for now in (late, late + 60, DAY + 60, late + DAY - 1):
        day = day_of(late, now)
        assert day in (DAY, late + DAY - 1)
        assert day - late < DAY  # still new
    assert day_of(late, late + DAY) == 2 * DAY
    directory = Directory()
    directory.claim("bob", BOB, 0)
    directory.arrived(BOB, 1)
    directory.left(BOB, 1.5 * DAY + 0.001)
    assert directory.binding("bob", 5 * DAY).seen == 2 * DAY


def test_who_ran_out_is_told() -> None:
    """Once and with the names, and not who gave the last name back."""
    told: list[tuple[bytes, tuple[str, ...]]] = []
    directory = Directory(forgotten=lambda key, names: told.append((key, names)))
    directory.claim("bob", BOB, 0)
    directory.claim("carol", CAROL, 0)
    directory.release("carol", CAROL, 0)
    directory.holder("bob", DAY)
    directory.holder("bob", DAY)
    assert told == [(BOB, ("bob",))]


def test_whoever_comes_back_in_time_keeps_all_names() -> None:
    """The day starts anew with each departure."""
    directory = Directory()
    directory.claim("bob", BOB, 0)
    directory.claim("robert", BOB, 0)
    directory.arrived(BOB, DAY - 1)
    directory.left(BOB, 5 * DAY)
    assert list(directory.names(BOB, 6 * DAY - 1)) == ["bob", "robert"]


def test_whoever_comes_back_too_late_has_no_names() -> None:
    """A name that ran out does not come back with its owner."""
    directory = Directory()
    directory.claim("bob", BOB, 0)
    directory.arrived(BOB, DAY)
    assert list(directory.names(BOB, DAY)) == []
    directory.claim("bob", ALICE, DAY)


def test_a_name_that_ran_out_is_free_and_its_owner_has_room() -> None:
    """Both the name and the owner's share can be used again, without anyone looking before."""
    directory = Directory(per_key=1)
    for number in range(100):  # more than one claim sweeps
        directory.claim(f"old{number}", number.to_bytes(33, "big"), 0)
    directory.claim("bob", BOB, 0)
    directory.claim("carol", CAROL, 0)
    directory.claim("bob", ALICE, DAY)
    directory.claim("other", CAROL, DAY)
    assert list(directory.names(CAROL, DAY)) == ["other"]


def test_a_claim_of_someone_who_is_not_here_is_kept_a_day_from_then() -> None:
    """Claiming again starts the day anew."""
    directory = Directory()
    directory.claim("bob", BOB, 0)
    directory.claim("bob", BOB, DAY - 1)
    assert directory.holder("bob", 2 * DAY - 2) == BOB
    assert directory.holder("bob", 2 * DAY - 1) is None


def test_a_day_of_names_is_forgotten_while_new_ones_are_claimed() -> None:
    """Claims sweep more than they add: what ran out does not stay, though nobody asks for it."""
    directory = Directory()
    for number in range(1000):
        directory.claim(f"old{number}", number.to_bytes(33, "big"), 0)
    for number in range(200):
        directory.claim(f"new{number}", (1000 + number).to_bytes(33, "big"), DAY)
    assert len(directory) == 200


def test_names_that_were_claimed_again_do_not_shield_those_that_were_not() -> None:
    """Whoever stays longest comes last in the order of sweeping."""
    directory = Directory()
    keepers = [(f"kept{number}", number.to_bytes(33, "big")) for number in range(50)]
    for name, key in keepers:
        directory.claim(name, key, 0)
    directory.claim("old", BOB, 1)
    for name, key in keepers:
        directory.claim(name, key, DAY / 2)
    directory.claim("new", ALICE, DAY + 1)
    assert len(directory) == 51


def test_someone_without_names_leaves_nothing() -> None:
    """A thousand visits without a claim, and one whose names were given back, hold no memory."""
    directory = Directory()
    for number in range(1000):
        key = number.to_bytes(33, "big")
        directory.arrived(key, 0)
        directory.left(key, 0)
    directory.claim("bob", BOB, 0)
    directory.release("bob", BOB, 0)
    held = [directory._holders, directory._names, directory._here, directory._away]
    assert [len(each) for each in held] == [0] * 4


_KEYS = st.sampled_from([ALICE, BOB, CAROL])
_NAMES = st.sampled_from(["x", "y", "z", "w"])
_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "release", "arrived", "left"]),
        _KEYS,
        _NAMES,
        st.integers(0, 12),
    ),
    max_size=40,
)


@given(_STEPS)
def test_names_and_holders_agree_whatever_happens(steps: list[tuple[str, bytes, str, int]]) -> None:
    """After any steps, a key has the names that it holds, and no more than the limits."""
    directory = Directory(kept_seconds=20, per_key=2, total=3, provisional_seconds=20)
    now = 0
    for action, key, name, elapsed in steps:
        now += elapsed
        try:
            if action in ("claim", "release"):
                getattr(directory, action)(name, key, now)
            else:
                getattr(directory, action)(key, now)
        except Denied:
            pass
        holders = {each: directory.holder(each, now) for each in ("x", "y", "z", "w")}
        for owner in (ALICE, BOB, CAROL):
            held = [each for each, holder in holders.items() if holder == owner]
            assert sorted(directory.names(owner, now)) == sorted(held)
            assert len(held) <= 2
        assert len(directory) <= 3

"""What addresses are called in a log."""

import secrets

from chatd.log.pseudonyms import DAY, Pseudonyms


def test_one_name_all_day_and_another_the_next() -> None:
    """The same address is the same all day; tomorrow nothing tells that it came again."""
    now = [10.5 * DAY]
    names = Pseudonyms(lambda: now[0], secrets.token_bytes)
    first = names.called("198.51.100.7")
    now[0] += DAY / 4
    assert names.called("198.51.100.7") == first != names.called("198.51.100.8")
    now[0] += DAY / 2
    second = names.called("198.51.100.7")
    assert second != first
    now[0] -= DAY / 2
    assert names.called("198.51.100.7") not in (first, second)


def test_without_the_key_of_the_day_it_means_nothing() -> None:
    """Whoever tries all addresses finds none: another daemon calls each by another name."""
    mine, theirs = (Pseudonyms(lambda: 0.0, secrets.token_bytes) for _ in range(2))
    tried = {theirs.called(f"198.51.100.{each}") for each in range(256)}
    assert mine.called("198.51.100.7") not in tried


def test_on_demand_an_address_is_itself() -> None:
    """For an operator who wants to see them; what has none is a dash either way."""
    for bare in (True, False):
        names = Pseudonyms(lambda: 0.0, secrets.token_bytes, bare=bare)
        assert names.called("") == "-"
        assert (names.called("198.51.100.7") == "198.51.100.7") == bare

"""What one person and one source may pass, with however many others, and in however many pairs."""

from relay_visitors import Place

from chatd import limits
from chatd.relay.budget import DAY, Budget, Quota
from chatd.relay.link_quota import Owner
from chatd.wire import lines

QUOTA = Quota(person=1000, source=3000, source_rate=500)


def owner(person: str, host: str) -> Owner:
    """Somebody at an address."""
    return Owner(person.encode(), ((host, 1),))


def test_the_bytes_of_a_day_belong_to_the_person() -> None:
    """At the bound they are used up, whoever they were passed with, and come back with time."""
    budget, alice = Budget(QUOTA), owner("alice", "x")
    budget.pass_on([alice, owner("bob", "y")], 600, 0)
    budget.pass_on([alice, owner("carol", "z")], 400, 0)
    assert not budget.is_used_up(alice, 0)
    budget.pass_on([alice, owner("carol", "z")], 1, 0)
    assert budget.is_used_up(alice, 0)
    assert not budget.is_used_up(owner("carol", "z"), 0)
    assert budget.is_used_up(alice, DAY / 2000)
    assert not budget.is_used_up(alice, DAY / 500)


def test_many_keys_of_one_source_have_what_a_few_have() -> None:
    """Throw-away keys at one address use up what the address may."""
    budget = Budget(QUOTA)
    for number in range(4):
        budget.pass_on([owner(f"p{number}", "x"), owner(f"q{number}", f"y{number}")], 900, 0)
    assert budget.is_used_up(owner("new", "x"), 0)
    assert not budget.is_used_up(owner("new", "elsewhere"), 0)


def test_a_pair_at_one_source_counts_once() -> None:
    """What both sides see is the same bytes."""
    budget = Budget(QUOTA)
    pair = [owner("a", "x"), owner("b", "x")]
    budget.pass_on(pair, 500, 0)
    assert budget.wait(pair, 0) == 0
    budget.pass_on(pair, 250, 0)
    assert budget.wait(pair, 0) == 0.5


def test_all_that_is_kept_is_bounded() -> None:
    """However many come."""
    budget = Budget(QUOTA)
    for number in range(limits.COUNTED + 10):
        budget.pass_on([owner(str(number), str(number))], 1, 0)
    assert len(budget._persons) == len(budget._sources) == limits.COUNTED


def test_the_next_introduction_renews_nothing() -> None:
    """A conversation ends when one of the two has used up a day, and another does not begin."""
    place = Place(quota=Quota(person=1 << 30, source=10_000, source_rate=1 << 20))
    one = place.visit("8.8.8.8", "pair", 0)
    place.visit("9.9.9.9", "pair", 1)
    place.settle()
    one.say(bytes(20_000))
    place.network.advance(limits.ABORT_SECONDS + 1)
    assert one.is_lost
    again, other = place.visit("8.8.8.8", "next", 0), place.visit("9.9.9.8", "next", 1)
    place.settle()
    assert again.answers == [b"NO slow-down"]
    assert other.answers == []
    place.network.advance(DAY)
    pair = place.visit("8.8.8.8", "late", 0), place.visit("9.9.9.8", "late", 1)
    place.settle()
    assert [each.answers for each in pair] == [[lines.RELAYED]] * 2


def test_addresses_that_wait_and_send_nothing_keep_nobody_out() -> None:
    """Each takes as many links as it may; two others still find each other."""
    place = Place()
    for host in range(40):
        for number in range(limits.RELAY_LINKS_PER_SOURCE):
            place.visit(f"8.8.8.{host}", f"evil {host} {number}", holds=True)
    place.settle()
    two = place.visit("9.9.9.1", "others", 0), place.visit("9.9.9.2", "others", 1)
    place.settle()
    assert [visitor.answers for visitor in two] == [[lines.RELAYED]] * 2
    assert place.relay.links <= 2 * limits.RELAY_PAIRS + limits.RELAY_REFUSED

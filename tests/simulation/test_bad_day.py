"""Everything at once: many pairs, strangers from many sources, cuts, jumping clocks, a bad disk."""

import os

from simulation.story import LINES, PORT, Person, Story, assert_in_order
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol

from chatd import limits

RUNS = int(os.environ.get("CHATD_SIM_RUNS", "150")) // 30
SEEDS = int(os.environ.get("CHATD_SIM_SEED", "0"))
PAIRS = 6
SOURCES = 40


def strangers(story: Story, until: float) -> None:
    """From many addresses, over and over, somebody connects and says nothing."""
    for number in range(SOURCES):
        host = story.network.host(f"10.1.0.{number + 1}")

        def come(host=host) -> None:
            endpoint = TCP4ClientEndpoint(host, "10.0.0.1", PORT)
            endpoint.connect(Factory.forProtocol(Protocol)).addErrback(lambda _: None)
            if host.seconds() < until:
                host.callLater(story.random.uniform(0.1, 5), come)

        come()


def pair(story: Story, number: int) -> tuple[Person, Person]:
    """Two people whose every word says whose it is."""
    one, other = (f"{name}{number}" for name in ("alice", "bob"))
    asker = Person(one, other, [f"{one} {line}" for line in range(LINES)], leaves=True)
    asked = Person(other, None, [f"{other} {line}" for line in range(LINES)])
    return story.join(asker), story.join(asked)


def test_a_bad_day_for_many() -> None:
    """Whoever meets hears the right one, in order and once, and everybody is free in the end."""
    met = 0
    for seed in range(SEEDS, SEEDS + RUNS):
        story = Story(
            seed,
            latency=(0.0, 0.3),
            split=bool(seed % 2),
            cut_probability=0.005,
            keepalive=limits.USER_TIMEOUT,
            trouble=0.3,
        )
        pairs = [pair(story, number) for number in range(PAIRS)]
        story.let_clocks_jump()
        strangers(story, until=120)

        def settled(pairs=pairs) -> bool:
            return all(
                ((asker.over and len(asked.over) == asked.talks) or not asker.tries)
                and asker.free
                and asked.free
                for asker, asked in pairs
            )

        story.run(settled)
        story.check()
        for asker, asked in pairs:
            assert_in_order(asker, asked)
            assert_in_order(asked, asker)
            met += asker.talks > 0
        assert story.disk is not None
        story.disk.erase()
    assert met > RUNS * PAIRS / 2

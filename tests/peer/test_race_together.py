"""A host and a guest that race over the same links, in every order that TCP allows."""

from collections import deque
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from chatd.peer.race import Chosen, Drop, GuestRace, HostRace, SendOpen, SendSelect, Step

LINKS = 3
choices = st.lists(st.integers(0, 10**6), min_size=30, max_size=120)


class Side:
    """One racer, and what is on its way to it, per link and in order."""

    def __init__(self, race: HostRace | GuestRace) -> None:
        self.race = race
        self.inbox: dict[int, deque[str]] = {link: deque() for link in range(LINKS)}
        self.gone: set[int] = set()
        self.chosen: int | None = None


class Together:
    """Both, on links that may verify, deliver, and die at any time."""

    def __init__(self, *, deaths: bool) -> None:
        self.host, self.guest = Side(HostRace()), Side(GuestRace())
        self.now = 0.0
        self.verified: set[int] = set()
        self.died: set[int] = set()
        self.deaths = deaths

    def moves(self) -> list[Callable[[], None]]:
        """Everything that can happen next."""
        found: list[Callable[[], None]] = [self.pass_time]
        for link in range(LINKS):
            if link not in self.verified:
                found.append(lambda link=link: self.verify(link))
            elif self.deaths and link not in self.died:
                found.append(lambda link=link: self.die(link))
            for side, other in ((self.host, self.guest), (self.guest, self.host)):
                if side.inbox[link]:
                    found.append(lambda s=side, o=other, link=link: self.deliver(s, o, link))
        return found

    def pass_time(self) -> None:
        self.now += 1
        self.carry_out(self.host, self.guest, self.host.race.tick(self.now))

    def verify(self, link: int) -> None:
        """The guest finishes its handshake first, the host with its last line."""
        self.verified.add(link)
        self.carry_out(self.guest, self.host, self.guest.race.verified(link, self.now))
        self.host.inbox[link].append("verified")

    def die(self, link: int) -> None:
        self.died.add(link)
        for side, other in ((self.host, self.guest), (self.guest, self.host)):
            side.inbox[link].clear()
            self.lose(side, other, link)

    def deliver(self, side: Side, other: Side, link: int) -> None:
        what = side.inbox[link].popleft()
        if link in side.gone:
            return
        if what == "closed":
            self.lose(side, other, link)
        else:
            self.carry_out(side, other, getattr(side.race, what)(link, self.now))

    def lose(self, side: Side, other: Side, link: int) -> None:
        if link not in side.gone:
            side.gone.add(link)
            self.carry_out(side, other, side.race.failed(link, self.now))

    def carry_out(self, side: Side, other: Side, steps: list[Step]) -> None:
        for step in steps:
            match step:
                case SendSelect(link=int() as link):
                    other.inbox[link].append("selected")
                case SendOpen(link=int() as link):
                    other.inbox[link].append("opened")
                case Drop(link=int() as link):
                    side.gone.add(link)
                    other.inbox[link].append("closed")
                case Chosen(link=int() as link):
                    assert side.chosen is None
                    side.chosen = link

    def play(self, picks: list[int]) -> None:
        for pick in picks:
            moves = self.moves()
            moves[pick % len(moves)]()

    def finish(self) -> None:
        """Let all that is on its way arrive, and all that can be waited for pass."""
        for _ in range(200):
            moves = self.moves()[1:]
            (moves[0] if moves else self.pass_time)()


@settings(max_examples=300, deadline=None)
@given(choices)
def test_both_choose_the_same_link(picks: list[int]) -> None:
    """As long as no link dies, in whatever order things happen."""
    both = Together(deaths=False)
    both.play(picks)
    both.finish()
    assert both.host.chosen is not None
    assert both.host.chosen == both.guest.chosen


@settings(max_examples=300, deadline=None)
@given(choices)
def test_they_differ_only_over_a_dead_link(picks: list[int]) -> None:
    """Where one talks alone, its link is gone; nothing is ever unexpected between the honest."""
    both = Together(deaths=True)
    both.play(picks)
    if both.host.chosen is not None:
        assert both.host.chosen == both.guest.chosen
    elif both.guest.chosen is not None and both.guest.chosen not in both.died:
        both.deaths = False
        both.finish()
        assert both.host.chosen == both.guest.chosen


@settings(max_examples=200, deadline=None)
@given(choices)
def test_everything_but_the_chosen_link_is_closed(picks: list[int]) -> None:
    """Neither side keeps a link that it does not talk on."""
    both = Together(deaths=True)
    both.play(picks)
    both.deaths = False
    both.finish()
    for side in (both.host, both.guest):
        if side.chosen is not None:
            assert side.gone >= both.verified - {side.chosen}

"""Addresses that two people tell each other within a conversation (protocol, "New candidates")."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from peer_pairs import GUEST, HOST, PORT, Pair, Traitor
from relay_scene import NOWHERE, Scene
from simulated import Cut

from chatd import limits
from chatd.addresses import Candidate
from chatd.peer.message import Message
from chatd.wire import ticket as tickets
from chatd.wire.peer import Candidates, Take

HERE = [(GUEST, PORT)]
"""Where the guest of these stories can be found, as nobody has said before."""


@dataclass
class Book:
    """Names `now` of our addresses, and takes what `takes` has of theirs."""

    offered: list[Candidate] = field(default_factory=list)
    now: list[Candidate] = field(default_factory=list)
    takes: list[Candidate] = field(default_factory=lambda: HERE)
    told: list[list[Candidate]] = field(default_factory=list)
    here: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)

    def ours(self, here: Sequence[str]) -> list[Candidate]:
        self.here = list(here)
        return self.now

    def theirs(self, told: Sequence[Candidate], there: Sequence[str]) -> list[Candidate]:
        self.told.append(list(told))
        self.there = list(there)
        return [each for each in told if each in self.takes]


class Told(Scene):
    """Two who talk through the relay, and know no address of each other."""

    def __init__(self, seed: int = 1, **plan: object) -> None:
        super().__init__(seed, latency=(0.01, 0.02))
        self.books = Book(), Book()
        for side, role, book in zip(
            self.sides, (tickets.HOST, tickets.GUEST), self.books, strict=True
        ):
            side.resumes = True
            side.meet(NOWHERE, relay=self.place(role), exchange=book, **plan)
        self.network.run(lambda: self.host.talk and self.guest.talk, limits.RELAY_RACE_SECONDS)
        self.network.advance(limits.RACE_SECONDS + 1)
        assert self.is_relayed

    @property
    def is_relayed(self) -> bool:
        return all(side.link is not None and side.link.relayed for side in self.sides)

    def change(self, *now: Candidate) -> None:
        """The guest's addresses are these, and its machine says so."""
        self.books[1].now = list(now)
        self.guest.talking.network_changed(is_cut=False)

    def has_moved(self) -> bool:
        return not any(side.link is None or side.link.relayed for side in self.sides)


@pytest.mark.parametrize("seed", range(5))
def test_a_relayed_conversation_moves_to_an_address_that_was_told(seed: int) -> None:
    """At once, and without a break."""
    scene = Told(seed)
    scene.change(*HERE)
    scene.network.run(scene.has_moved, 2)
    assert scene.books[0].told == [HERE]
    assert scene.host.breaks == scene.guest.breaks == []


def test_what_they_know_is_not_told() -> None:
    """Neither what the introduction said, nor the same again."""
    scene = Told()
    assert scene.books[0].told == scene.books[1].told == []
    for _ in range(3):
        scene.change(NOWHERE)
        scene.network.advance(limits.TELL_SECONDS + 1)
    assert scene.books[0].told == [[NOWHERE]]
    scene.change()
    scene.network.advance(limits.TELL_SECONDS + 1)
    assert scene.books[0].told == [[NOWHERE], []]
    scene.network.advance(limits.RESUME_SECONDS)
    assert len(scene.books[0].told) == 2


def test_changes_that_follow_each_other_are_told_together() -> None:
    """Once in so many seconds, and the last of them at the end."""
    scene = Told()
    for port in range(1, 41):
        scene.change((NOWHERE[0], port))
        scene.network.advance(limits.TELL_SECONDS / 10)
    scene.network.advance(limits.TELL_SECONDS)
    told = scene.books[0].told
    assert told[0] == [(NOWHERE[0], 1)]
    assert told[-1] == [(NOWHERE[0], 40)]
    assert len(told) == 5


def test_while_it_is_interrupted_nothing_is_told_and_on_the_next_link_it_is() -> None:
    """What was told on the link that ended may not have arrived."""
    scene = Told()
    scene.change(NOWHERE)
    for side, other in (scene.sides, scene.sides[::-1]):
        scene.network.block(side.machine, other.machine)
    scene.cut_all(Cut.RESET)
    scene.network.run(lambda: scene.host.breaks and scene.guest.breaks, 5)
    scene.books[1].now = [(NOWHERE[0], 2)]
    scene.guest.talking.network_changed(is_cut=False)
    before = len(scene.books[0].told)
    scene.network.run(lambda: scene.is_relayed and len(scene.books[0].told) > before, 60)
    assert scene.books[0].told[before:] == [[(NOWHERE[0], 2)]]


def test_what_was_told_is_dialled_when_the_link_breaks() -> None:
    """In the place of what was told before it."""
    scene = Told()
    for side, other in (scene.sides, scene.sides[::-1]):
        scene.network.block(side.machine, other.machine)
    scene.change(NOWHERE)
    scene.network.advance(limits.TELL_SECONDS)
    scene.change(*HERE)
    scene.network.advance(limits.RACE_SECONDS + limits.TELL_SECONDS)
    assert scene.is_relayed
    assert scene.host.meeting is not None
    assert scene.host.meeting._search._told == HERE
    for side, other in (scene.sides, scene.sides[::-1]):
        scene.network.allow(side.machine, other.machine)
    scene.cut_all(Cut.RESET)
    scene.network.run(scene.has_moved, limits.RELAY_AGAIN_SECONDS + 1)


def test_the_ends_of_a_direct_link_are_what_both_have_seen() -> None:
    """And those of a relayed one are not."""
    scene = Told()
    assert scene.books[1].here == scene.books[1].there == []
    scene.change(*HERE)
    scene.network.run(scene.has_moved, 2)
    scene.network.advance(limits.TELL_SECONDS)
    scene.books[0].now = [(HOST, 1)]
    scene.host.talking.network_changed(is_cut=False)
    scene.network.advance(limits.TELL_SECONDS)
    assert scene.books[0].here == [HOST]
    assert scene.books[1].there == [HOST]


def test_new_addresses_while_the_keys_are_renewed() -> None:
    """They are told between its messages, under whichever keys are in use."""
    scene = Told()
    link = scene.guest.link
    assert link is not None
    for port in range(1, 9):
        scene.guest.talking.say(Message(f"{port}"))
        scene.network.run(lambda: link.is_renewing, 2 * limits.RENEW_SECONDS)
        scene.network.advance(port * 0.01)
        scene.change((NOWHERE[0], 100 + port))
        scene.network.run(lambda done=port: link.renewals == done, 5)
        scene.network.advance(1)
    assert [told[0][1] for told in scene.books[0].told] == list(range(101, 109))
    assert scene.host.breaks == scene.guest.breaks == []


def hostile(pair: Pair, **plan: object) -> Traitor:
    """A guest who does as they please, on a direct link to a host."""
    pair.host.meet(**plan)
    guest = Traitor(pair, pair.guest, [Take(1, 0)]).dial(HOST)
    pair.network.run(lambda: guest.heard, 5)
    return guest


def test_whoever_hides_tells_nothing_and_dials_nothing() -> None:
    """Whatever the other side says, and whatever changes."""
    pair = Pair(1)
    guest = hostile(pair)
    guest.send(Candidates(HERE))
    pair.host.talking.network_changed(is_cut=False)
    pair.network.advance(limits.TELL_SECONDS + 1)
    assert not any(isinstance(each, Candidates) for each in guest.heard)
    assert pair.host.meeting is not None
    assert pair.host.meeting._search._told == []


def test_a_flood_of_them_keeps_one_list() -> None:
    """A few are looked at, and what is kept is no more than what one of them has."""
    pair = Pair(1)
    many = [(NOWHERE[0], port) for port in range(1, 2001)]
    guest = hostile(pair, exchange=(book := Book(takes=many)))
    for start in range(0, len(many), limits.CANDIDATES):
        guest.send(Candidates(many[start : start + limits.CANDIDATES]))
    pair.network.settle()
    assert not guest.is_gone
    assert pair.host.meeting is not None
    search = pair.host.meeting._search
    assert len(book.told) == limits.TELLINGS
    assert search._told == book.told[-1]
    assert len(search.tried) <= limits.CANDIDATES + 1


def test_before_it_takes_a_link_a_guest_tells_nothing() -> None:
    """The first word on a link is which one it is."""
    pair = Pair(1)
    pair.host.meet(exchange=(book := Book()))
    guest = Traitor(pair, pair.guest, [Candidates(HERE)]).dial(HOST)
    pair.network.run(lambda: guest.is_gone, 5)
    assert book.told == []
    assert pair.host.talk is None

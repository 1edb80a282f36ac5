"""What a guest and a host decide about links, with its times and bounds (protocol, "Taking a
link"). What comes of it in every order is in `test_explorer.py`."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd import limits
from chatd.errors import Unexpected
from chatd.peer.resume_secrets import ResumeSecrets
from chatd.peer.taking import Ask, GuestTaking, HangUp, HostTaking, Look, Take, Use

NOW = 1000.0


@dataclass(frozen=True)
class Link:
    """What stands for a link."""

    name: str
    rank: int = 1
    round_trip: float = 0.1


A, B, C = (Link(name) for name in "abc")
RELAYED = Link("relay", rank=0)


def using(*links: Link, now: float = NOW) -> GuestTaking:
    """A guest that has taken these links, the last of which answers."""
    guest = GuestTaking()
    for link in links:
        guest.ready(link, 1, now)
    guest.heard()
    return guest


def test_the_first_link_is_taken() -> None:
    """There is nothing to ask about."""
    assert GuestTaking().ready(A, 1, NOW) == [Take(A, 1)]


def test_a_better_link_is_taken_at_once() -> None:
    """And the one before is left, for some seconds."""
    guest = using(RELAYED)
    assert guest.ready(A, 1, NOW) == [Take(A, 2)]
    assert guest.left == [RELAYED]
    guest.heard()
    assert guest.deadline == NOW + limits.LINK_SECONDS
    assert guest.tick(NOW + limits.LINK_SECONDS - 0.1) == []
    assert guest.tick(NOW + limits.LINK_SECONDS) == [HangUp(RELAYED)]
    assert guest.deadline is None


@pytest.mark.parametrize("link", [B, RELAYED])
def test_another_link_waits_for_an_answer(link: Link) -> None:
    """If that comes it goes; if not in time it is taken."""
    guest = using(A)
    assert guest.ready(link, 7, NOW) == [Ask()]
    assert guest.answered(6) == []
    assert guest.answered(7) == [HangUp(link)]
    assert guest.deadline is None
    assert guest.ready(link, 8, NOW) == [Ask()]
    assert guest.deadline == NOW + 0.4
    assert guest.tick(NOW + 0.39) == []
    assert guest.tick(NOW + 0.4) == [Take(link, 2)]


def test_nothing_but_the_pong_is_an_answer() -> None:
    """A text may have been on its way before the link died."""
    guest = using(A)
    guest.ready(B, 1, NOW)
    guest.heard()
    assert guest.tick(NOW + 0.4) == [Take(B, 2)]


@pytest.mark.parametrize(
    ("round_trip", "seconds"),
    [
        (0.0, limits.ANSWER_LEAST_SECONDS),
        (limits.ANSWER_LEAST_SECONDS / limits.ROUND_TRIPS, limits.ANSWER_LEAST_SECONDS),
        (0.2, 0.2 * limits.ROUND_TRIPS),
        (limits.ANSWER_MOST_SECONDS / limits.ROUND_TRIPS, limits.ANSWER_MOST_SECONDS),
        (60.0, limits.ANSWER_MOST_SECONDS),
    ],
)
def test_the_answer_time_follows_the_path(round_trip: float, seconds: float) -> None:
    """Within its bounds."""
    guest = using(Link("slow", round_trip=round_trip))
    guest.ready(B, 1, NOW)
    assert guest.deadline == pytest.approx(NOW + seconds)


def test_the_answer_time_grows_where_links_are_exchanged() -> None:
    """By each take that follows another one soon, up to a bound that is below the time in which
    what waits has to be finished; and it is forgotten after a while."""
    guest, now, waits = using(A), NOW, []
    for number in range(6):
        now += 1
        guest.ready((B, A)[number % 2], number, now)
        guest.left.clear()
        waits.append(min(asked.until for asked in guest._waiting.values()) - now)
        guest.no_answer(now)
    assert waits == pytest.approx([0.4, 0.8, 1.6, 3.2, 4, 4])
    assert limits.ANSWER_GROWN_SECONDS < limits.LINK_SECONDS
    now += limits.TAKES_SECONDS + 1
    guest.ready(C, 9, now)
    guest.no_answer(now)
    guest.ready(B, 10, now)
    assert guest._waiting[B].until == pytest.approx(now + 0.4)


def test_links_that_wait_are_bounded() -> None:
    """At the limit all wait; one over it the new one goes."""
    guest = using(A)
    links = [Link(str(number)) for number in range(limits.STANDBY_LINKS + 1)]
    for link in links[:-1]:
        assert guest.ready(link, 1, NOW) == [Ask()]
    assert guest.ready(links[-1], 1, NOW) == [HangUp(links[-1])]
    assert guest.waiting == links[:-1]
    assert guest.no_answer(NOW) == [*map(HangUp, links[1:-1]), Take(links[0], 2)]


def test_links_that_were_left_are_bounded() -> None:
    """Whoever makes a guest take one link after the other has a few of them at most."""
    links = [Link(str(number), rank=number) for number in range(limits.STANDBY_LINKS + 2)]
    guest = using(*links[:-1])
    assert guest.left == links[:-2]
    assert guest.ready(links[-1], 1, NOW) == [HangUp(links[0]), Take(links[-1], len(links))]
    assert guest.left == links[1:-1]


def test_when_the_link_ends_the_oldest_that_waits_is_taken() -> None:
    """The others go; without any, the newest that was left and is open is gone back to."""
    guest = using(A)
    guest.ready(B, 1, NOW)
    guest.ready(C, 2, NOW)
    assert guest.ended(A, NOW) == [HangUp(C), Take(B, 2)]
    moved = using(RELAYED, A)
    assert moved.ended(A, NOW) == [Take(RELAYED, 3)]
    assert moved.left == []
    assert moved.ended(RELAYED, NOW) == [Look()]
    assert moved.in_use is None


def test_what_waits_is_taken_when_doubt_begins() -> None:
    """It was asked about a moment ago, but something else has had no answer for longer; not where
    links are taken again and again."""
    guest = using(A)
    assert guest.doubted(NOW) == []
    guest.ready(B, 1, NOW)
    guest.ready(C, 2, NOW)
    assert guest.doubted(NOW + 0.1) == [HangUp(C), Take(B, 2)]
    guest.ready(C, 3, NOW + 1)
    assert guest.doubted(NOW + 1) == []
    assert guest.waiting == [C]


def test_a_take_without_an_answer_is_taken_back() -> None:
    """If a link that was left is still there. The one that is given up is read on, as its answer
    may be late: it is gone back to where the other one ends, not where that is silent as well."""
    guest = GuestTaking()
    guest.ready(RELAYED, 1, NOW)
    guest.heard()
    guest.ready(A, 1, NOW)
    assert guest.deadline == NOW + 0.8
    late = NOW + 0.8
    assert guest.tick(late) == [Take(RELAYED, 3)]
    assert guest.left == [A]
    assert guest.deadline == late + limits.LINK_SECONDS
    assert guest.no_answer(late) == []
    assert guest.ended(RELAYED, late) == [Take(A, 4)]
    assert guest.deadline is None
    silent = using(RELAYED, A)
    silent._unanswered = NOW
    assert silent.no_answer(NOW) == [Take(RELAYED, 3)]
    assert silent.tick(NOW + limits.LINK_SECONDS) == [HangUp(A)]
    answered = using(RELAYED, A)
    assert answered.no_answer(NOW) == []
    alone = GuestTaking()
    alone.ready(A, 1, NOW)
    assert alone.deadline is None
    assert alone.no_answer(NOW) == []


def test_a_link_that_ends_without_having_been_used_changes_nothing() -> None:
    """Whether it waits, was left, or is unknown."""
    guest = using(RELAYED, A)
    guest.ready(B, 1, NOW)
    for link in (RELAYED, B, C):
        assert guest.ended(link, NOW) == []
    assert guest.in_use is A
    assert guest.left == guest.waiting == []


def test_a_host_follows_the_highest_number() -> None:
    """The one before is closed, a lower one as well; the same link can be taken again."""
    host = HostTaking()
    assert host.took(A, 3) == [Use(A)]
    assert host.took(B, 3) == [HangUp(B)]
    assert host.took(B, 1) == [HangUp(B)]
    assert host.took(B, 4) == [HangUp(A), Use(B)]
    assert host.took(B, 9) == [Use(B)]
    with pytest.raises(Unexpected):
        host.took(B, 9)
    assert host.ended(A, NOW) == []
    assert host.ended(B, NOW) == [Look()]
    assert host.took(C, 8) == [HangUp(C)]
    assert host.took(C, 10) == [Use(C)]


def test_a_bounded_number_of_secrets_is_kept() -> None:
    """At the limit all, one over it the newest; a host has one."""
    guest, host = ResumeSecrets(is_host=False), ResumeSecrets(is_host=True)
    secrets = [bytes([number]) * 32 for number in range(limits.RESUME_SECRETS + 1)]
    for secret in secrets[:-1]:
        guest.add(secret)
        host.add(secret)
    assert guest.kept == tuple(secrets[:-1])
    assert host.kept == (secrets[-2],)
    guest.add(secrets[-1])
    assert guest.kept == tuple(secrets[1:])
    guest.add(secrets[5])
    assert guest.kept[-1] == secrets[5]
    assert len(guest.kept) == limits.RESUME_SECRETS
    guest.answered()
    assert guest.kept == (secrets[5],)


EVENTS = st.one_of(
    st.tuples(st.just("ready"), st.sampled_from([A, B, C, RELAYED])),
    st.tuples(st.just("ended"), st.sampled_from([A, B, C, RELAYED])),
    st.tuples(st.just("answered"), st.integers(1, 5)),
    st.tuples(st.sampled_from(["heard", "tick", "wait"]), st.none()),
)


@given(st.lists(EVENTS, max_size=30))
def test_a_timer_is_over_once(events: list[tuple[str, object]]) -> None:
    """What is due at the deadline is done then: the next one is later, or there is none."""
    guest, now, question = GuestTaking(), NOW, 0
    for event, what in events:
        match event:
            case "ready" if what not in (guest.in_use, *guest.waiting, *guest.left):
                question += 1
                guest.ready(what, question, now)  # type: ignore[arg-type]
            case "ended":
                guest.ended(what, now)  # type: ignore[arg-type]
            case "answered":
                guest.answered(what)  # type: ignore[arg-type]
            case "heard":
                guest.heard()
            case "wait":
                now += 0.25
            case "tick" if guest.deadline is not None:
                now = max(now, guest.deadline)
                guest.tick(now)
                assert guest.deadline is None or guest.deadline > now


def test_in_doubt_nothing_more_is_asked() -> None:
    """A guest that looks for another link for want of an answer takes it at once; not where links
    are taken again and again, so that two whose every path is slow exchange them more rarely."""
    guest = GuestTaking()
    first, second, third, fourth = (Link(str(number)) for number in range(4))
    guest.ready(first, 1, 0.0)
    assert guest.ready(second, 1, 1.0, in_doubt=True) == [Take(second, 2)]
    assert guest.ready(third, 1, 2.0, in_doubt=True) == [Ask()]
    later = 2.0 + limits.TAKES_SECONDS
    assert guest.ready(fourth, 1, later, in_doubt=True) == [HangUp(third), Take(fourth, 3)]

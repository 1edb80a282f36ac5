"""Requests in both directions: their time, their bounds, and what becomes of them."""

import pytest
from machine_cases import (
    BOB,
    CAROL,
    DAVE,
    ID,
    ID2,
    NOW,
    WELCOME,
    asks,
    away,
    free,
    is_asked,
    judge,
    preparing_guest,
    sends,
    show,
    state,
    told,
)
from no_proofs import NoProofs
from welcomes import welcome

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.machine import Machine
from chatd.errors import Unexpected
from chatd.noise.keys import fingerprint
from chatd.store.contact import New
from chatd.ui import wording
from chatd.wire import server as wire


@pytest.mark.parametrize(
    ("passed", "seconds"),
    [(0, 300), (0.5, 300), (1, 299), (299.5, 1), (300, 1), (400, 1)],
)
def test_requests_are_asked_again_with_the_seconds_left(passed: float, seconds: int) -> None:
    """A lost server link costs no time and adds none; one second is the least there is."""
    machine = asks(free(), "bob", ID)
    away = machine.server_lost("it broke", 2.0)
    assert away == [show(e.ServerAway("host:1", "it broke", 2.0, ["bob"]))]
    assert machine.logged_in(WELCOME, NOW + passed)[-1] == sends(wire.Request("bob", seconds, None))


def test_that_the_server_is_away_is_said_once() -> None:
    """The next failed tries do not repeat it; the next time it is news again."""
    machine = asks(free(), "bob", ID)
    for _ in range(2):
        assert machine.server_lost("it broke", 2.0)
        assert machine.server_lost("no answer", 4.0) == []
        machine.logged_in(WELCOME, NOW)


def test_a_request_made_while_away_is_sent_after_the_login() -> None:
    """It counts from when it was made."""
    machine = away()
    assert machine.chat("bob", NOW) == [show(e.AskingLater("bob"))]
    assert machine.logged_in(WELCOME, NOW + 7) == [
        do.NameHeld("alice"),
        show(e.LoggedIn("host:1", "alice", False)),
        sends(wire.Request("bob", 293, None)),
    ]


def test_requests_expire_where_no_server_ends_them() -> None:
    """Ours while the server is away, others' in any case; the deadline says when."""
    machine = is_asked(asks(free(), "bob", ID), "dave", ID2, DAVE)
    assert machine.deadline == NOW + 300
    machine.server_lost("it broke", 2.0)
    assert machine.deadline == NOW + limits.REQUEST_SECONDS
    assert machine.tick(NOW + 299.9) == []
    assert machine.tick(NOW + 300) == [show(e.AskingEnded("bob", "expired"))]
    assert machine.deadline is None


def test_a_request_to_us_expires_by_itself() -> None:
    """After the seconds that the server named it cannot be accepted any more."""
    machine = free()
    machine.receive(wire.Requested(ID, "bob", BOB, 60, None), NOW)
    assert machine.tick(NOW + 60) == [show(e.RequestEnded("bob", "expired"))]
    assert machine.accept("bob", NOW + 60) == told("nobody-asks")


def test_a_server_that_answers_ends_our_requests_itself() -> None:
    """Our clock does not end what the server has taken, unless it says nothing for too long."""
    machine = asks(free(), "bob", ID)
    late = NOW + limits.REQUEST_SECONDS + limits.ANSWER_SECONDS
    assert machine.deadline == late
    assert machine.tick(late - 1) == []
    assert asks(free(), "bob", ID).tick(late) == [
        sends(wire.Cancel(ID)),
        show(e.AskingEnded("bob", "expired")),
    ]
    assert machine.receive(wire.Ended(ID, "expired"), NOW + 301) == [
        show(e.AskingEnded("bob", "expired"))
    ]


@pytest.mark.parametrize("reason", ["declined", "withdrawn", "gone", "expired"])
def test_how_requests_end(reason: wire.Ending) -> None:
    """The person is told in either direction, and the id means nothing afterwards."""
    machine = is_asked(asks(free(), "bob", ID), "dave", ID2, DAVE)
    assert machine.receive(wire.Ended(ID, reason), NOW) == [show(e.AskingEnded("bob", reason))]
    assert machine.receive(wire.Ended(ID2, reason), NOW) == [show(e.RequestEnded("dave", reason))]
    assert machine.receive(wire.Ended(ID, reason), NOW) == []
    assert not machine.busy


def test_a_refused_request_is_not_waited_for() -> None:
    """It is shown with the server's reason, and can be made again."""
    machine = free()
    machine.chat("bob", NOW)
    refused = wire.Refused("request", "bob", None, "slow-down", 9)
    assert machine.receive(refused, NOW) == [show(e.Refused("request", "bob", "slow-down", 9))]
    assert machine.chat("bob", NOW) == [sends(wire.Request("bob", 300, None))]


def test_asking_says_what_to_expect() -> None:
    """Whether they are here, and how long the request still stands."""
    machine = free()
    machine.chat("bob", NOW)
    asked = wire.Asked(ID, "bob", here=False, crossing=False)
    assert machine.receive(asked, NOW + 1.5) == [show(e.Asking("bob", False, 299))]


def test_as_many_as_a_server_allows_can_be_asked() -> None:
    """At the limit a request goes out, one over it does not."""
    machine = free()
    for n in range(limits.ASKING):
        assert machine.chat(f"n{n}", NOW) == [sends(wire.Request(f"n{n}", 300, None))]
    assert machine.chat("bob", NOW) == told("too-many-asked")


def test_as_many_requests_are_kept_as_a_server_lets_through() -> None:
    """At the limit a request is kept, one over ends the link."""
    machine = free()
    for n in range(limits.ASKED):
        is_asked(machine, f"n{n}", bytes([n]) * 16, DAVE)
    assert len(machine.requests.incoming) == limits.ASKED
    with pytest.raises(Unexpected):
        is_asked(machine, "bob", b"x" * 16, BOB)


@pytest.mark.parametrize(
    ("name", "key", "standing", "known_as"),
    [
        ("bob", BOB, "known", None),
        ("dave", DAVE, "new", None),
        ("caroline", CAROL, "known", "carol"),
    ],
)
def test_who_asks(name: str, key: bytes, standing: e.Standing, known_as: str | None) -> None:
    """A request says whether we know the key, and by which name."""
    arrived = e.RequestArrived(name, fingerprint(key), standing, known_as, 60)
    assert free().receive(wire.Requested(ID, name, key, 60, None), NOW) == [show(arrived)]


def test_who_asks_and_looks_like_somebody_else() -> None:
    """It is said loudly, and before the request can be accepted."""
    machine = Machine("host:1", BOB, lambda name, key: New("bob (Bobby)"), NoProofs())
    machine.username("alice")
    machine.logged_in(welcome("alice"), NOW)
    [arrived] = machine.receive(wire.Requested(ID, "b0b", DAVE, 60, None), NOW)
    assert isinstance(arrived, do.Show)
    first, second, *_, last = wording.lines(arrived.event)
    assert first.text.startswith("b0b asks for a conversation (first contact")
    assert second == wording.Line(
        "error",
        "CAREFUL: b0b is NOT bob (Bobby), whom you know: the names look alike, the keys differ",
    )
    assert "accept b0b" in last.text


def test_to_ask_who_asks_is_to_accept() -> None:
    """No second request goes out."""
    machine = is_asked(free(), "bob", ID, BOB)
    assert machine.chat("bob", NOW) == [
        show(e.Preparing("bob", False, conversation=BOB)),
        do.Prepare(BOB, ID, False),
    ]


def test_the_same_person_is_asked_once() -> None:
    """A second time there is nothing to send."""
    machine = asks(free(), "bob", ID)
    assert machine.chat("bob", NOW) == told("asking-already", "bob")


def test_without_a_name_nobody_is_asked() -> None:
    """The hint says how to take one."""
    machine = Machine("host:1", BOB, judge, NoProofs())
    assert machine.chat("bob", NOW) == told("no-name")


@pytest.mark.parametrize("word", ["accept", "decline"])
def test_one_of_several_requests_must_be_named(word: str) -> None:
    """With one waiting no name is needed, with two it is, and an unknown one is not taken."""
    machine = is_asked(is_asked(free(), "bob", ID, BOB), "dave", ID2, DAVE)
    act = {"accept": lambda n: machine.accept(n, NOW), "decline": machine.decline}[word]
    which = told("several-ask", "bob", "dave")
    assert act(None) == which
    assert act("carol") == which
    assert machine.decline("dave") == [
        sends(wire.Decline(ID2, "declined")),
        show(e.RequestEnded("dave", "declined-by-us")),
    ]
    act(None)
    assert not machine.requests.incoming


def test_one_of_several_requests_of_ours_must_be_named() -> None:
    """The same for cancelling them."""
    machine = asks(asks(free(), "bob", ID), "carol", ID2)
    assert machine.cancel(None) == told("several-asked", "bob", "carol")
    assert machine.cancel("carol")[0] == sends(wire.Cancel(ID2))
    assert machine.cancel(None)[0] == sends(wire.Cancel(ID))
    assert not machine.busy


def test_requests_to_us_are_gone_after_a_conversation() -> None:
    """The server delivers what still waits after the next login."""
    machine = is_asked(preparing_guest(), "dave", ID2, DAVE)
    machine.server_lost("it broke", 1.0)
    machine.logged_in(WELCOME, NOW)
    assert state(machine) == "Free"
    assert not machine.requests.incoming

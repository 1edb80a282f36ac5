"""What the person does and what the server says, on their way past each other."""

import pytest
from machine_cases import (
    BOB,
    CAROL,
    DAVE,
    ID,
    ID2,
    ID3,
    NOW,
    OTHER,
    OURS,
    Event,
    asks,
    away,
    free,
    go,
    is_asked,
    key_changed,
    preparing_guest,
    preparing_host,
    receives,
    sends,
    show,
    state,
    unmade,
)
from no_proofs import NoProofs
from welcomes import welcome

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.machine import Machine
from chatd.errors import Unexpected
from chatd.peer.message import Message
from chatd.wire import server as wire

BACK = do.Connect()
HANGS_UP = do.CloseServer(None)


def withdrawn(name: str) -> do.Show:
    """A request of ours is over, since we are in an introduction."""
    return show(e.AskingEnded(name, "withdrawn"))


def test_accepted_after_a_cancel_is_cancelled_again() -> None:
    """Who accepts what we have withdrawn hears of that, and we stay free."""
    machine = asks(free(), "bob", ID)
    assert machine.cancel("bob") == [
        sends(wire.Cancel(ID)),
        show(e.AskingEnded("bob", "cancelled")),
    ]
    assert machine.receive(wire.Accepted(ID, BOB), NOW) == [sends(wire.Cancel(ID))]
    assert machine.receive(wire.Ended(ID, "gone"), NOW) == []
    assert state(machine) == "Free"


def test_a_request_cancelled_before_it_was_answered_is_cancelled_then() -> None:
    """Its id is not known before; nothing is said of a refusal either."""
    machine = free()
    machine.chat("bob", NOW)
    assert machine.cancel(None) == [show(e.AskingEnded("bob", "cancelled"))]
    assert machine.receive(wire.Asked(ID, "bob", here=True, crossing=False), NOW) == [
        sends(wire.Cancel(ID))
    ]
    assert machine.receive(wire.Refused("request", "bob", None, "slow-down", 3), NOW) == []


@pytest.mark.parametrize(
    "withdraw",
    [
        pytest.param(lambda machine: machine.cancel(None), id="cancelled"),
        pytest.param(lambda machine: machine.tick(NOW + limits.PREPARING_SECONDS), id="too late"),
    ],
)
@pytest.mark.parametrize("make", [preparing_host, preparing_guest])
def test_go_that_crosses_a_cancel_returns_to_the_server(make: object, withdraw: Event) -> None:
    """The server has let go of us, so the client goes back to it."""
    machine = make()  # type: ignore[operator]
    withdraw(machine)
    assert machine.receive(go(), NOW) == [HANGS_UP, BACK]
    assert state(machine) == "Away"


def test_go_that_crosses_a_cancel_ends_the_next_introduction_too() -> None:
    """Its listener is closed, its lines are reported, and the client returns."""
    machine = is_asked(preparing_host(), "carol", ID2, CAROL)
    machine.cancel(None)
    machine.accept("carol", NOW)
    machine.say("hello")
    failed = e.PreparingFailed("carol", "server-lost", [Message("hello")], conversation=CAROL)
    assert machine.receive(go(), NOW) == [HANGS_UP, do.Unprepare(CAROL), show(failed), BACK]
    assert state(machine) == "Away"


def test_what_was_asked_meanwhile_is_asked_again_after_a_crossing_go() -> None:
    """The server forgot the requests with the session, but the person did not."""
    machine = preparing_host()
    machine.cancel(None)
    asks(machine, "carol", ID2)
    machine.receive(go(), NOW)
    again = machine.logged_in(welcome("alice"), NOW + 10)
    assert sends(wire.Request("carol", 290, None)) in again


def test_only_the_newest_withdrawn_introductions_may_still_go() -> None:
    """At the limit a go is taken for a crossing; one over, the oldest is forgotten."""
    ids = [bytes([n]) * 16 for n in range(limits.WITHDRAWN + 1)]
    for last, outcome in ((ids[-2], "Away"), (ids[-1], None)):
        machine = free()
        for id in ids[: ids.index(last) + 1]:
            machine.receive(wire.Accepted(id, BOB), NOW)
        if outcome is None:
            with pytest.raises(Unexpected):
                machine.receive(go(ids[0]), NOW)
        else:
            machine.receive(go(ids[0]), NOW)
            assert state(machine) == outcome


def test_accepted_for_our_request_while_we_accept_someone_else() -> None:
    """The server refuses what we accepted, as it has locked us: we follow the other one."""
    machine = is_asked(asks(free(), "carol", ID2), "bob", ID, BOB)
    machine.accept("bob", NOW)
    machine.say("hello bob")
    assert machine.receive(wire.Accepted(ID2, CAROL), NOW) == [
        *unmade("not-now", [Message("hello bob")]),
        show(e.Preparing("carol", True, conversation=CAROL)),
        do.Prepare(CAROL, ID2, True),
    ]
    assert machine.receive(wire.Refused("accept", None, ID, "not-now", None), NOW) == []
    assert machine.making is not None
    assert machine.making.name == "carol"
    # The server keeps bob's request: it is there to be accepted later, once, and not by itself.
    assert [each.name for each in machine.requests.incoming.values()] == ["bob"]
    machine.receive(wire.Ended(ID2, "gone"), NOW)
    assert machine.accept("bob", NOW) == [
        show(e.Preparing("bob", False, conversation=BOB)),
        do.Prepare(BOB, ID, False),
    ]


def test_what_was_accepted_and_refused_is_not_kept_when_its_asker_is_gone() -> None:
    """Nor after the server link is lost, nor for anybody whom the person has blocked meanwhile."""
    refused = wire.Refused("accept", None, ID, "not-now", None)
    for forget in (
        lambda machine: machine.server_lost("reset", 1),
        lambda machine: machine.requests.drop_from(BOB),
    ):
        machine = is_asked(asks(free(), "carol", ID2), "bob", ID, BOB)
        machine.accept("bob", NOW)
        machine.receive(wire.Accepted(ID2, CAROL), NOW)
        forget(machine)
        machine.requests.accept_refused(refused.id)
        assert machine.requests.incoming == {}


def test_an_accepted_request_of_ours_ends_all_others() -> None:
    """The server has ended them without a word to us, so they are not waited for."""
    machine = asks(asks(free(), "bob", ID), "carol", ID2)
    assert machine.receive(wire.Accepted(ID, BOB), NOW) == [
        withdrawn("carol"),
        show(e.Preparing("bob", True, conversation=BOB)),
        do.Prepare(BOB, ID, True),
    ]
    machine.cancel(None)
    assert not machine.busy


def test_an_accepted_request_to_us_ends_ours_when_it_comes_to_nothing() -> None:
    """Whether the server still has them depends on what crossed: they are withdrawn for certain."""
    machine = is_asked(asks(free(), "carol", ID2), "bob", ID, BOB)
    machine.accept("bob", NOW)
    assert machine.receive(wire.Ended(ID, "gone"), NOW) == [
        *unmade("gone"),
        sends(wire.Cancel(ID2)),
        withdrawn("carol"),
    ]
    assert not machine.busy


@pytest.mark.parametrize(
    ("name", "key"), [("bob", OTHER), ("robert", BOB), ("dave", DAVE)], ids=["key", "name", "both"]
)
@pytest.mark.parametrize("make", [preparing_host, preparing_guest])
def test_go_with_someone_else_is_refused_loudly(make: object, name: str, key: bytes) -> None:
    """What was introduced must be what was asked for; nothing is dialled."""
    machine: Machine = make()  # type: ignore[operator]
    machine.say("hello")
    assert machine.receive(go(name=name, key=key), NOW) == [
        HANGS_UP,
        key_changed("bob", BOB, key),
        *unmade("cancelled", [Message("hello")]),
        BACK,
    ]
    assert state(machine) == "Away"


def test_two_who_ask_each_other_make_one_introduction() -> None:
    """Their request is accepted by itself, and the crossing answer to ours means nothing more."""
    machine = free()
    machine.chat("bob", NOW)
    assert machine.receive(wire.Requested(ID, "bob", BOB, 300, None), NOW) == [
        show(e.Preparing("bob", False, conversation=BOB)),
        do.Prepare(BOB, ID, False),
    ]
    assert receives(wire.Asked(ID, "bob", here=True, crossing=True))(machine) == []
    assert machine.making is not None
    assert machine.making.name == "bob"
    assert not machine.requests.outgoing


def test_a_crossing_answer_before_the_request_shows_nothing() -> None:
    """The request that is accepted by itself comes next."""
    machine = free()
    machine.chat("bob", NOW)
    assert receives(wire.Asked(ID, "bob", here=True, crossing=True))(machine) == []
    machine.receive(wire.Requested(ID, "bob", BOB, 300, None), NOW)
    assert machine.making is not None
    assert not machine.making.is_host


def test_while_preparing_nobody_is_accepted_by_themselves() -> None:
    """A request that comes meanwhile is shown, and waits."""
    machine = is_asked(asks(free(), "carol", ID2), "bob", ID, BOB)
    machine.accept("bob", NOW)
    shown = machine.receive(wire.Requested(ID3, "carol", CAROL, 60, None), NOW)
    assert [type(effect.event) for effect in shown] == [e.RequestArrived]  # type: ignore[union-attr]
    assert machine.making is not None
    assert machine.making.name == "bob"


@pytest.mark.parametrize(
    ("key", "loud"),
    [(OTHER, key_changed("bob", BOB, OTHER)), (OURS, show(e.OwnKey("bob")))],
    ids=["another key", "our own key"],
)
def test_a_key_that_cannot_be(key: bytes, loud: do.Show) -> None:
    """Who is not who they should be is refused in every way in, and said loudly to the person;
    whoever asks hears nothing, as from somebody who does not know them and has not looked."""
    asked = free()
    assert asked.receive(wire.Requested(ID, "bob", key, 300, None), NOW) == [loud]
    assert not asked.requests.incoming
    asking = asks(free(), "bob", ID)
    assert asking.receive(wire.Accepted(ID, key), NOW) == [loud, sends(wire.Cancel(ID))]
    crossing = asks(free(), "bob", ID)
    assert crossing.receive(wire.Requested(ID2, "bob", key, 300, None), NOW) == [
        loud,
        sends(wire.Cancel(ID)),
    ]
    for machine in (asked, asking, crossing):
        assert state(machine) == "Free"
        assert not machine.busy


def test_a_key_that_changed_while_the_request_waited() -> None:
    """Trust is looked at again at the moment of accepting."""
    pins: dict[str, bytes] = {}
    from machine_cases import judge

    def learning(name: str, key: bytes) -> object:
        return judge("bob", BOB if pins.get(name, key) == key else OTHER)

    machine = Machine("host:1", OURS, learning, NoProofs())  # type: ignore[arg-type]
    machine.username("alice")
    machine.logged_in(welcome("alice"), NOW)
    is_asked(machine, "dave", ID, DAVE)
    pins["dave"] = CAROL
    effects = machine.accept(None, NOW)
    assert isinstance(effects[0], do.Show)
    assert isinstance(effects[0].event, e.KeyChanged)
    assert effects[1:] == []


def test_a_renamed_session_asks_again() -> None:
    """With the old name the server has ended its requests, and has not said so."""
    machine = asks(free(), "bob", ID)
    machine.username("anna")
    assert machine.receive(wire.Named("anna"), NOW + 100) == [
        do.NameHeld("anna"),
        show(e.Named("anna")),
        sends(wire.Request("bob", 200, None)),
    ]
    machine.username("anna")
    assert sends(wire.Request("bob", 200, None)) not in machine.receive(
        wire.Named("anna"), NOW + 100
    )


def test_without_a_name_no_request_is_left_waiting() -> None:
    """Where the name is refused after a return, nobody can be asked."""
    machine = away()
    machine.chat("bob", NOW)
    machine.logged_in(welcome(None), NOW)
    assert machine.busy
    refused = wire.Refused("username", "alice", None, "taken", None)
    assert machine.receive(refused, NOW) == [
        show(e.Refused("username", "alice", "taken", None)),
        withdrawn("bob"),
    ]
    assert not machine.busy

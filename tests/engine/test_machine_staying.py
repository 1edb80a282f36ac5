"""A client that keeps its login through conversations, and one that goes back for a while."""

import pytest
from interrupted_cases import SECRET, Proving, proof
from machine_cases import (
    BOB,
    CAROL,
    DAVE,
    ID,
    ID2,
    ID3,
    NOW,
    OURS,
    asks,
    go,
    is_asked,
    judge,
    sends,
    show,
    talking,
    told,
)
from no_proofs import NoProofs
from welcomes import TOKENS

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.machine import Machine
from chatd.engine.decisions.presence import At
from chatd.engine.decisions.wiring import FULL
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.wire import server as wire

WELCOME = wire.Welcome("alice", ["stay"], TOKENS)
PLAIN = wire.Welcome("alice", [], TOKENS)


def staying(welcome: wire.Welcome = WELCOME) -> Machine:
    """Alice stays, and is logged in."""
    machine = Machine("host:1", OURS, judge, NoProofs(), stays=True)
    machine.username("alice")
    assert machine.login() == wire.Login("alice", False, ["stay"])
    machine.logged_in(welcome, NOW)
    return machine


def introduced(machine: Machine) -> list[do.Effect]:
    """Alice and bob are introduced."""
    asks(machine, "bob", ID)
    machine.receive(wire.Accepted(ID, BOB), NOW)
    return machine.receive(go(), NOW)


def test_who_stays_is_asked_and_accepts_while_talking() -> None:
    """Neither introduction ends the login."""
    machine = staying()
    assert introduced(machine) == [do.Race(BOB, go(), True)]
    machine.met(BOB, "gcm", "p")
    assert machine.at is At.IN
    is_asked(machine, "dave", ID2, DAVE)
    assert do.Prepare(DAVE, ID2, False) in machine.accept("dave", NOW)
    assert machine.receive(go(ID2, "dave", DAVE), NOW) == [
        do.Race(DAVE, go(ID2, "dave", DAVE), False)
    ]
    machine.met(DAVE, "gcm", "p")
    assert [each.name for each in machine.conversations] == ["bob", "dave"]
    assert machine.at is At.IN


def test_a_server_that_does_not_know_of_it() -> None:
    """Its link ends with "go" as without, and the client returns at once."""
    machine = staying(PLAIN)
    assert introduced(machine) == [do.Race(BOB, go(), True), do.Depart(), do.Connect()]


def test_staying_ends_and_begins_when_the_person_says_so() -> None:
    """At once: who talks leaves, or goes back."""
    machine = staying()
    introduced(machine)
    machine.met(BOB, "gcm", "p")
    assert machine.stay(stays=False) == [show(e.Staying(False)), do.CloseServer("left")]
    assert machine.stay(stays=True) == [show(e.Staying(True)), do.Connect()]


def test_who_talks_is_back_for_as_long_as_it_takes_to_ask() -> None:
    """And leaves when that has come to nothing; the conversation goes on, and is not told of it."""
    machine = talking()
    assert machine.chat("dave", NOW) == [show(e.AskingLater("dave")), do.Connect()]
    back = machine.logged_in(PLAIN, NOW)
    assert [each for each in back if isinstance(each, do.Show)] == []
    assert sends(wire.Request("dave", 300, None)) in back
    machine.receive(wire.Asked(ID2, "dave", here=True, crossing=False), NOW)
    assert machine.receive(wire.Ended(ID2, "declined"), NOW) == [
        show(e.AskingEnded("dave", "declined")),
        do.CloseServer("left"),
    ]
    assert machine.at is At.OUT


def test_a_request_that_was_left_at_the_server_can_be_accepted() -> None:
    """It came while the client was back for another one: to accept is to return, to ask, and to be
    told that they ask already."""
    machine = talking()
    machine.search("carol")
    machine.logged_in(PLAIN, NOW)
    is_asked(machine, "dave", ID2, DAVE)
    assert machine.receive(wire.Found("carol", True), NOW)[-1] == do.CloseServer("left")
    assert machine.accept("dave", NOW) == [show(e.AskingLater("dave")), do.Connect()]
    machine.logged_in(PLAIN, NOW)
    machine.receive(wire.Asked(ID2, "dave", here=True, crossing=True), NOW)
    again = machine.receive(wire.Requested(ID2, "dave", DAVE, 290, None), NOW)
    assert again == [
        show(e.Preparing("dave", False, conversation=DAVE)),
        do.Prepare(DAVE, ID2, False),
    ]
    assert not machine.requests.incoming


def test_a_request_is_told_once_however_often_it_is_delivered() -> None:
    """Going back and forth is not news."""
    machine = talking()
    for _ in range(2):
        machine.search("carol")
        machine.logged_in(PLAIN, NOW)
        machine.receive(wire.Requested(ID2, "dave", DAVE, 290, None), NOW)
        machine.receive(wire.Found("carol", True), NOW)
    assert [each.name for each in machine.requests.incoming.values()] == ["dave"]
    machine.search("carol")
    machine.logged_in(PLAIN, NOW)
    assert machine.receive(wire.Requested(ID2, "dave", DAVE, 290, None), NOW) == []


def test_what_is_said_goes_where_it_belongs() -> None:
    """To the conversation that is named; without a name to the only one, and to none of several."""
    machine = talking()
    machine.chat("dave", NOW)
    machine.logged_in(PLAIN, NOW)
    machine.receive(wire.Asked(ID2, "dave", here=True, crossing=False), NOW)
    machine.receive(wire.Accepted(ID2, DAVE), NOW)
    assert machine.say("a", BOB) == [do.Say(BOB, Message("a"))]
    assert machine.say("b", DAVE) == [show(e.Held(Message("b"), conversation=DAVE))]
    assert machine.say("c", CAROL) == [show(e.NotSaid("c", "no-conversation", conversation=CAROL))]
    assert machine.say("d") == [show(e.NotSaid("d", "several-conversations"))]
    machine.receive(go(ID2, "dave", DAVE), NOW)
    assert machine.leave() == told("several-conversations")
    assert machine.leave(DAVE) != []
    said = machine.met(DAVE, "gcm", "p")
    assert do.Say(DAVE, Message("b")) in said


def test_one_conversation_with_each() -> None:
    """Nobody is asked twice, under whatever name, and nobody accepted with whom we talk."""
    machine = talking()
    assert machine.chat("bob", NOW) == told("talking-already", "bob")
    machine.chat("robert", NOW)
    machine.logged_in(PLAIN, NOW)
    machine.receive(wire.Asked(ID2, "robert", here=True, crossing=False), NOW)
    assert machine.receive(wire.Accepted(ID2, BOB), NOW)[:2] == [
        *told("talking-already", "bob"),
        sends(wire.Cancel(ID2)),
    ]


def test_as_many_conversations_as_there_may_be() -> None:
    """At the limit there is one more, beyond it none, asked or accepted."""
    machine = staying()
    for number in range(limits.CONVERSATIONS):
        key, id = b"\1" + number.to_bytes(32), number.to_bytes(16)
        assert machine.chat(f"n{number}", NOW) == [sends(wire.Request(f"n{number}", 300, None))]
        machine.receive(wire.Asked(id, f"n{number}", here=True, crossing=False), NOW)
        machine.receive(wire.Accepted(id, key), NOW)
        machine.receive(go(id, f"n{number}", key), NOW)
        machine.met(key, "gcm", "p")
    assert len(machine.conversations) == limits.CONVERSATIONS
    assert machine.chat("dave", NOW) == [FULL]
    is_asked(machine, "dave", ID3, DAVE)
    assert machine.accept("dave", NOW) == [FULL]
    machine.over(key, Ending.LEFT, "", [])
    assert do.Prepare(DAVE, ID3, False) in machine.accept("dave", NOW)


def test_what_is_unread_takes_the_place_of_a_conversation() -> None:
    """Or there would be no end of what people keep who never read."""
    unread = [limits.CONVERSATIONS]
    machine = Machine("host:1", OURS, judge, NoProofs(), unread=lambda: unread[0])
    machine.username("alice")
    machine.logged_in(PLAIN, NOW)
    assert machine.chat("dave", NOW) == [FULL]
    unread[0] -= 1
    assert machine.chat("dave", NOW) == [sends(wire.Request("dave", 300, None))]


def interrupted(count: int) -> Machine:
    """Alice hosts so many conversations, which are interrupted, and is back at the server."""
    machine = staying()
    for number in range(count):
        key, id, name = b"\1" + number.to_bytes(32), number.to_bytes(16), f"n{number}"
        asks(machine, name, id)
        machine.receive(wire.Accepted(id, key), NOW)
        machine.receive(go(id, name, key), NOW)
        machine.met(key, "gcm", "p", (bytes([number]) * 32,))
    for dialog in machine.conversations:
        machine.broken(dialog.key, Ending.LOST, "", NOW)
        machine.not_met(dialog.key, [], NOW)
    return machine


def test_a_few_are_asked_to_go_on_at_a_time() -> None:
    """At the limit all are asked; one beyond waits until another one has had its answer."""
    machine = interrupted(limits.RESUMING_AT_A_TIME + 1)
    asked = [each.message for each in machine.tick(NOW) if isinstance(each, do.Send)]
    assert [each.name for each in asked if isinstance(each, wire.Request)] == [
        f"n{number}" for number in range(limits.RESUMING_AT_A_TIME)
    ]
    machine.receive(wire.Asked(ID, "n0", here=True, crossing=False), NOW)
    later = NOW + limits.RESUME_FIRST_PAUSE_SECONDS
    assert not any(isinstance(each, do.Send) for each in machine.tick(later))
    machine.receive(wire.Accepted(ID, b"\1" + bytes(32)), later)
    assert machine.making is not None
    assert machine.making.resumes


def test_the_person_can_ask_beside_them() -> None:
    """However many conversations are interrupted, half of the requests are the person's."""
    machine = interrupted(limits.RESUMING_AT_A_TIME + 1)
    machine.tick(NOW)
    sent = machine.chat("dave", NOW)
    assert sends(wire.Request("dave", 300, None)) in sent


@pytest.mark.parametrize("proof", [None, b"\0" * limits.PROOF])
def test_a_server_cannot_end_a_conversation_that_is_open(proof: bytes | None) -> None:
    """Neither by a request in the other's name, nor by a session that replaces ours."""
    machine = staying()
    introduced(machine)
    machine.met(BOB, "gcm", "p", (b"s" * 32,))
    asked = machine.receive(wire.Requested(ID2, "bob", BOB, 300, proof), NOW)
    replaced = machine.receive(wire.Close("replaced"), NOW)
    ends = do.Abandon | do.Leave | do.Stop
    assert not any(isinstance(each, ends) for each in [*asked, *replaced])
    assert machine.say("hi", BOB) == [do.Say(BOB, Message("hi"))]
    assert machine.over(BOB, Ending.LEFT, "", [])[-1] == do.Stop(1)


def test_who_asked_anew_while_the_old_link_seemed_alive() -> None:
    """Their program was restarted: when the link is gone, the conversation is over at once."""
    machine = staying()
    introduced(machine)
    machine.met(BOB, "gcm", "p", (b"s" * 32,))
    is_asked(machine, "bob", ID2, BOB)
    assert do.Abandon(BOB) in machine.broken(BOB, Ending.CUT_OFF, "", NOW)
    over = [each.event for each in machine.abandoned(BOB, []) if isinstance(each, do.Show)]
    assert [each.ending for each in over if isinstance(each, e.ConversationOver)] == [
        Ending.RESTARTED
    ]
    assert do.Prepare(BOB, ID2, False) in machine.accept("bob", NOW)


def test_a_program_that_ends_leaves_all_its_conversations() -> None:
    """And stops when the last one is left."""
    machine = staying()
    introduced(machine)
    machine.met(BOB, "gcm", "p")
    asks(machine, "dave", ID2)
    machine.receive(wire.Accepted(ID2, DAVE), NOW)
    machine.receive(go(ID2, "dave", DAVE), NOW)
    machine.met(DAVE, "gcm", "p")
    quitting = machine.quit()
    assert [each for each in quitting if isinstance(each, do.Leave)] == [
        do.Leave(BOB, "quit"),
        do.Leave(DAVE, "quit"),
    ]
    assert not any(isinstance(each, do.Stop) for each in machine.left(BOB, []))
    assert machine.left(DAVE, [])[-1] == do.Stop(0)


def talking_and_staying() -> Machine:
    """Alice, whom bob has asked, stays and talks with him."""
    machine = Machine("host:1", OURS, judge, Proving(), stays=True)
    machine.username("alice")
    machine.login()
    machine.logged_in(WELCOME, NOW)
    is_asked(machine, "bob", ID, BOB)
    machine.accept("bob", NOW)
    machine.receive(go(), NOW)
    machine.met(BOB, "gcm", "p", (SECRET,))
    return machine


def test_an_ask_at_a_guest_whose_link_seems_alive_is_a_reason_to_find_out() -> None:
    """One with a right proof alone; with a doubt it is accepted at once."""
    other, machine = talking_and_staying(), talking_and_staying()
    assert do.FindOut(BOB) not in other.receive(requested(proof(1, 9)), NOW)
    assert machine.receive(requested(proof()), NOW) == [do.FindOut(BOB)]
    machine.doubted(BOB, NOW + 1)
    assert do.Prepare(BOB, ID2, False) in machine.tick(NOW + 1) + machine.tick(NOW + 1)


def requested(data: bytes) -> wire.Requested:
    return wire.Requested(ID2, "bob", BOB, 300, data)


def test_a_host_that_has_noticed_the_break_first() -> None:
    """Its ask waits at a guest whose link seems alive, and is accepted when that is gone too; one
    that is taken back is forgotten."""
    for is_taken_back in (False, True):
        machine = talking_and_staying()
        assert machine.receive(requested(proof()), NOW) == [do.FindOut(BOB)]
        if is_taken_back:
            assert machine.receive(wire.Ended(ID2, "withdrawn"), NOW) == []
        machine.broken(BOB, Ending.LOST, "", NOW)
        machine.not_met(BOB, [], NOW)
        assert (do.Prepare(BOB, ID2, False) in machine.tick(NOW)) != is_taken_back

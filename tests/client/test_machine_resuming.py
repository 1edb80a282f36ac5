"""What a client does while its conversation is interrupted, and what the person reads of it."""

import pytest
from interrupted_cases import INTERRUPTED, PROOF, SECRET, accepted, asked, back, racing, talking
from machine_cases import BOB, CAROL, ID2, ID3, NOW, WELCOME, Effects, go, is_asked

from chatd import limits
from chatd.client import effects as do
from chatd.client import events as e
from chatd.client.machine import Free, Machine, Racing, Stopped
from chatd.peer.conversation import Ending
from chatd.peer.message import Message
from chatd.wire import server as wire
from chatd.wire.close import Close

HOST = [name for name in INTERRUPTED if name.endswith("host")]
AGAIN = wire.Requested(ID3, "bob", BOB, 300, b"\1" + PROOF[1:])


def sent(effects: Effects) -> list[wire.FromClient]:
    """What the server is told."""
    return [effect.message for effect in effects if isinstance(effect, do.Send)]


def shown(effects: Effects) -> list[e.Event]:
    """What the person is told."""
    return [effect.event for effect in effects if isinstance(effect, do.Show)]


def asks_again(machine: Machine, now: float) -> float:
    """The seconds until the host asks again by itself."""
    assert isinstance(machine.state, Free)
    began = now
    while True:
        assert machine.deadline is not None
        now = max(now, machine.deadline)
        assert now - began <= limits.RESUME_MOST_PAUSE_SECONDS
        if any(isinstance(message, wire.Request) for message in sent(machine.tick(now))):
            return now - began


def over(undelivered: list[str], ending: Ending | None = Ending.CUT_OFF) -> do.Show:
    """The end of the conversation with bob."""
    return do.Show(e.ConversationOver("bob", ending, "", [*map(Message, undelivered)]))


def test_a_request_that_runs_out_is_made_again() -> None:
    """A server keeps it for five minutes, and ten were promised."""
    machine = asked(is_host=True)
    machine.receive(wire.Ended(ID2, "expired"), NOW + limits.REQUEST_SECONDS)
    assert machine.is_suspended
    assert asks_again(machine, NOW + limits.REQUEST_SECONDS) == limits.RESUME_FIRST_PAUSE_SECONDS


@pytest.mark.parametrize("reason", ["gone", "no-answer", "withdrawn", "expired", "closing"])
def test_whatever_comes_to_nothing_is_tried_again_more_and_more_rarely(
    reason: wire.Ending,
) -> None:
    """Nothing is repeated without a pause, and nothing stands still."""
    machine, now = asked(is_host=True), NOW
    pauses: list[float] = []
    for n in range(10):
        machine.receive(wire.Ended(ID2, reason), now)
        pauses.append(asks_again(machine, now))
        now += pauses[-1]
        machine.receive(wire.Asked(ID2, "bob", here=bool(n % 2), crossing=False), now)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_an_introduction_that_is_refused_in_the_end_is_tried_after_a_pause() -> None:
    """As where both insist on a relay that the server does not have any more."""
    machine, now = accepted(is_host=True), NOW
    said: Effects = []
    for pause in (1, 2, 4):
        machine.state = Racing("bob", BOB, True, [], SECRET)
        said += machine.not_met([(e.INTRODUCTION, "there is no relay")], now)
        assert sent(machine.logged_in(WELCOME, now)) == []
        assert asks_again(machine, now) == pause
        now += pause
        machine.receive(wire.Asked(ID2, "bob", here=True, crossing=False), now)
        machine.receive(wire.Accepted(ID2, BOB), now)
    assert shown(said) == [e.StillAway("bob", limits.RESUME_SECONDS, "there is no relay")]


def test_a_host_without_a_port_tries_again() -> None:
    """What is in the way may be gone a moment later; the reason is said once."""
    machine = accepted(is_host=True)
    effects = machine.offer_failed("the port is in use", NOW)
    assert sent(effects) == [wire.Cancel(ID2)]
    assert shown(effects) == [e.StillAway("bob", limits.RESUME_SECONDS, "the port is in use")]
    assert asks_again(machine, NOW) == 1


def test_a_guest_without_a_port_leaves_the_request_open() -> None:
    """A refusal would end the conversation for the host."""
    machine, now = asked(is_host=False), NOW
    for pause in (1, 2, 4):
        effects = machine.offer_failed("the port is in use", now)
        assert sent(effects) == []
        machine.tick(machine.deadline or now)
        assert machine.deadline == now + pause
        now += pause
        assert do.Prepare(ID2, False) in machine.tick(now)


def test_a_request_that_ended_is_not_accepted_later() -> None:
    """The guest waits for the next one."""
    machine = asked(is_host=False)
    machine.offer_failed("the port is in use", NOW)
    machine.receive(wire.Ended(ID2, "withdrawn"), NOW)
    assert machine.deadline == NOW + limits.RESUME_SECONDS
    assert do.Prepare(ID3, False) in machine.receive(AGAIN, NOW + 1)


def test_what_was_asked_before_a_race_is_not_accepted_after_it() -> None:
    """The server has forgotten it at "go"; the guest waits for the next request."""
    machine = asked(is_host=False)
    machine.receive(go(ID2), NOW)
    machine.not_met([], NOW)
    machine.logged_in(WELCOME, NOW)
    assert machine.deadline == NOW + limits.RESUME_SECONDS
    assert do.Prepare(ID3, False) in machine.receive(AGAIN, NOW + 1)


def test_a_request_that_overtakes_the_end_of_the_one_before() -> None:
    """It is accepted as soon as that is over."""
    machine = asked(is_host=False)
    assert machine.receive(AGAIN, NOW) == []
    machine.receive(wire.Ended(ID2, "gone"), NOW)
    machine.tick(NOW)
    assert do.Prepare(ID3, False) in machine.tick(machine.deadline or 0)


def again(machine: Machine, count: int, secret: int = 0) -> Effects:
    """The link breaks, both return, and the host's ask has this count."""
    machine.broken(Ending.CUT_OFF, "", NOW)
    machine.not_met([], NOW)
    machine.logged_in(WELCOME, NOW)
    proof = bytes([count - 1, secret]) + PROOF[2:]
    return machine.receive(wire.Requested(ID2, "bob", BOB, 300, proof), NOW)


def found(machine: Machine) -> None:
    """The ask has led to a link."""
    machine.receive(go(ID2), NOW)
    machine.met("gcm", "IPv4 10.0.1.2:4000", SECRET)
    assert not machine.is_suspended


def test_counts_belong_to_one_conversation() -> None:
    """However high they were in one, in the next they begin at 1."""
    machine = talking(is_host=False)
    assert do.Prepare(ID2, False) in again(machine, 200)
    found(machine)
    machine.over(Ending.LEFT, "", [])
    machine.logged_in(WELCOME, NOW)
    is_asked(machine, "bob", b"\1" * 16, BOB)
    machine.accept("bob", NOW)
    machine.receive(go(), NOW)
    machine.met("gcm", "IPv4 10.0.1.2:4000", b"\x08" * 32)
    assert do.Prepare(ID2, False) in again(machine, 1, secret=8)


@pytest.mark.parametrize("count", [1, 4, 5])
def test_an_ask_of_an_earlier_interruption_is_left_open(count: int) -> None:
    """It is neither accepted nor declined, and said once in words of its own."""
    machine = talking(is_host=False)
    again(machine, 5)
    found(machine)
    assert again(machine, count) == [do.Show(e.AskedBefore("bob"))]
    proof = bytes([count - 1]) + PROOF[1:]
    assert machine.receive(wire.Requested(ID3, "bob", BOB, 300, proof), NOW) == []
    assert machine.requests.incoming == {}
    fresh = wire.Requested(b"\4" * 16, "bob", BOB, 300, bytes([5]) + PROOF[1:])
    assert do.Prepare(b"\4" * 16, False) in machine.receive(fresh, NOW)


@pytest.mark.parametrize("name", HOST)
def test_a_host_never_stands_still(name: str) -> None:
    """Whatever the stage, it is asking, making or dialling something, or about to."""
    machine, now = INTERRUPTED[name](), NOW
    if isinstance(machine.state, Racing):
        machine.not_met([], now)
    machine.server_lost("it broke", 1)
    told = sent(machine.logged_in(WELCOME, now))
    assert any(isinstance(message, wire.Request) for message in told) or asks_again(machine, now)


def test_the_end_comes_after_ten_minutes() -> None:
    """And not before."""
    machine = back(is_host=True)
    assert machine.tick(NOW + limits.RESUME_SECONDS - 1) == []
    assert machine.tick(NOW + limits.RESUME_SECONDS) == [do.Abandon()]
    assert over(["lost"]) in machine.abandoned([Message("lost")])


def test_what_the_other_side_asks_after_the_end_is_declined_without_a_word() -> None:
    """It does not know yet that we gave up; and it is no card."""
    machine = back(is_host=False)
    machine.leave()
    machine.abandoned([])
    assert machine.receive(AGAIN, NOW) == [do.Send(wire.Decline(ID3))]
    machine = talking(is_host=False)
    machine.over(Ending.LEFT, "", [])
    machine.logged_in(WELCOME, NOW)
    assert machine.receive(AGAIN, NOW) == [do.Send(wire.Decline(ID3))]


def test_somebody_else_with_that_proof_is_asked_about() -> None:
    """Only the key of that conversation can mean it."""
    machine = back(is_host=False)
    machine.leave()
    machine.abandoned([])
    effects = machine.receive(wire.Requested(ID3, "carol", CAROL, 300, AGAIN.proof), NOW)
    assert shown(effects) == [e.StaleCard("carol")]


def test_replaced_while_interrupted() -> None:
    """What was not delivered is listed before the end, which is a failure."""
    machine = back(is_host=True)
    effects = machine.receive(Close("replaced"), NOW)
    assert effects == [do.Show(e.Replaced()), do.Abandon()]
    ended = machine.abandoned([Message("lost")])
    assert over(["lost"], None) in ended
    assert ended[-1] == do.Stop(1)
    assert machine.state == Stopped()


def test_who_it_is_stays_known() -> None:
    """In every stage the partner is the one with whom we talked."""
    for make in INTERRUPTED.values():
        machine = make()
        assert machine.partner == "bob"
        assert machine.partner_standing == "known"
    assert racing(is_host=True).partner_petname == ""

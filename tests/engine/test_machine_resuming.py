"""What a client does while its conversation is interrupted, and what the person reads of it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from interrupted_cases import (
    INTERRUPTED,
    SECRET,
    Proving,
    accepted,
    asked,
    back,
    proof,
    racing,
    talking,
)
from machine_cases import (
    BOB,
    CAROL,
    ID2,
    ID3,
    NOW,
    OURS,
    WELCOME,
    Effects,
    go,
    is_asked,
    is_interrupted,
    is_told,
    judge,
    partner,
    state,
)

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events as e
from chatd.engine.decisions.machine import Machine
from chatd.peer.ending import Ending
from chatd.peer.message import Message
from chatd.store.contact import Blocked, Judgement
from chatd.store.past import Past
from chatd.wire import server as wire
from chatd.wire.close import Close

HOST = [name for name in INTERRUPTED if name.endswith("host")]
AGAIN = wire.Requested(ID3, "bob", BOB, 300, proof(2))


def free(proofs: Proving, judged: Callable[[str, bytes], Judgement] = judge) -> Machine:
    """Logged in as alice."""
    machine = Machine("host:1", OURS, judged, proofs)
    machine.username("alice")
    machine.logged_in(WELCOME, NOW)
    return machine


def sent(effects: Effects) -> list[wire.FromClient]:
    """What the server is told."""
    return [effect.message for effect in effects if isinstance(effect, do.Send)]


def shown(effects: Effects) -> list[e.Event]:
    """What the person is told."""
    return [effect.event for effect in effects if isinstance(effect, do.Show)]


def asks_again(machine: Machine, now: float) -> float:
    """The seconds until the host asks again by itself."""
    assert state(machine) == "Free"
    began = now
    while True:
        assert machine.deadline is not None
        now = max(now, machine.deadline)
        assert now - began <= limits.RESUME_MOST_PAUSE_SECONDS
        if any(isinstance(message, wire.Request) for message in sent(machine.tick(now))):
            return now - began


def over(undelivered: list[str], ending: Ending | None = Ending.CUT_OFF) -> do.Show:
    """The end of the conversation with bob."""
    return do.Show(
        e.ConversationOver("bob", ending, "", [*map(Message, undelivered)], conversation=BOB)
    )


def test_a_request_that_runs_out_is_made_again() -> None:
    """A server keeps it for five minutes, and ten were promised."""
    machine = asked(is_host=True)
    machine.receive(wire.Ended(ID2, "expired"), NOW + limits.REQUEST_SECONDS)
    assert is_interrupted(machine)
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
        machine.receive(go(ID2), now)
        said += machine.not_met(BOB, [(e.INTRODUCTION, "there is no relay")], now)
        assert sent(machine.logged_in(WELCOME, now)) == []
        assert asks_again(machine, now) == pause
        now += pause
        machine.receive(wire.Asked(ID2, "bob", here=True, crossing=False), now)
        machine.receive(wire.Accepted(ID2, BOB), now)
    assert shown(said) == [
        e.StillAway("bob", limits.RESUME_SECONDS, "there is no relay", conversation=BOB)
    ]


def test_a_host_without_a_port_tries_again() -> None:
    """What is in the way may be gone a moment later; the reason is said once."""
    machine = accepted(is_host=True)
    effects = machine.offer_failed(BOB, "the port is in use", NOW)
    assert sent(effects) == [wire.Cancel(ID2)]
    assert shown(effects) == [
        e.StillAway("bob", limits.RESUME_SECONDS, "the port is in use", conversation=BOB)
    ]
    assert asks_again(machine, NOW) == 1


def test_a_guest_without_a_port_leaves_the_request_open() -> None:
    """A refusal would end the conversation for the host."""
    machine, now = asked(is_host=False), NOW
    for pause in (1, 2, 4):
        effects = machine.offer_failed(BOB, "the port is in use", now)
        assert sent(effects) == []
        machine.tick(machine.deadline or now)
        assert machine.deadline == now + pause
        now += pause
        assert do.Prepare(BOB, ID2, False) in machine.tick(now)


def test_a_request_that_ended_is_not_accepted_later() -> None:
    """The guest waits for the next one."""
    machine = asked(is_host=False)
    machine.offer_failed(BOB, "the port is in use", NOW)
    machine.receive(wire.Ended(ID2, "withdrawn"), NOW)
    assert machine.deadline == NOW + limits.RESUME_SECONDS
    assert do.Prepare(BOB, ID3, False) in machine.receive(AGAIN, NOW + 1)


def test_what_was_asked_before_a_race_is_not_accepted_after_it() -> None:
    """The server has forgotten it at "go"; the guest waits for the next request."""
    machine = asked(is_host=False)
    machine.receive(go(ID2), NOW)
    machine.not_met(BOB, [], NOW)
    machine.logged_in(WELCOME, NOW)
    assert machine.deadline == NOW + limits.RESUME_SECONDS
    assert do.Prepare(BOB, ID3, False) in machine.receive(AGAIN, NOW + 1)


def test_a_request_that_overtakes_the_end_of_the_one_before() -> None:
    """It is accepted as soon as that is over."""
    machine = asked(is_host=False)
    assert machine.receive(AGAIN, NOW) == []
    machine.receive(wire.Ended(ID2, "gone"), NOW)
    machine.tick(NOW)
    assert do.Prepare(BOB, ID3, False) in machine.tick(machine.deadline or 0)


def again(machine: Machine, count: int, secret: int = SECRET[0]) -> Effects:
    """The link breaks, both return, and the host's ask has this count."""
    machine.broken(BOB, Ending.CUT_OFF, "", NOW)
    machine.not_met(BOB, [], NOW)
    machine.logged_in(WELCOME, NOW)
    return machine.receive(wire.Requested(ID2, "bob", BOB, 300, proof(count, secret)), NOW)


def found(machine: Machine) -> None:
    """The ask has led to a link."""
    machine.receive(go(ID2), NOW)
    machine.met(BOB, "gcm", "IPv4 10.0.1.2:4000", (SECRET,))
    assert not is_interrupted(machine)


def test_counts_belong_to_one_conversation() -> None:
    """However high they were in one, in the next they begin at 1."""
    machine = talking(is_host=False)
    assert do.Prepare(BOB, ID2, False) in again(machine, 200)
    found(machine)
    machine.over(BOB, Ending.LEFT, "", [])
    machine.logged_in(WELCOME, NOW)
    is_asked(machine, "bob", b"\1" * 16, BOB)
    machine.accept("bob", NOW)
    machine.receive(go(), NOW)
    machine.met(BOB, "gcm", "IPv4 10.0.1.2:4000", (b"\x08" * 32,))
    assert do.Prepare(BOB, ID2, False) in again(machine, 1, secret=8)


@pytest.mark.parametrize("count", [1, 4, 5])
def test_an_ask_of_an_earlier_interruption_is_left_open(count: int) -> None:
    """It is neither accepted nor declined, and said once in words of its own."""
    machine = talking(is_host=False)
    again(machine, 5)
    found(machine)
    assert again(machine, count) == [do.Show(e.AskedBefore("bob", conversation=BOB))]
    assert machine.receive(wire.Requested(ID3, "bob", BOB, 300, proof(count)), NOW) == []
    assert machine.requests.incoming == {}
    fresh = wire.Requested(b"\4" * 16, "bob", BOB, 300, proof(6))
    assert do.Prepare(BOB, b"\4" * 16, False) in machine.receive(fresh, NOW)


@pytest.mark.parametrize("name", HOST)
def test_a_host_never_stands_still(name: str) -> None:
    """Whatever the stage, it is asking, making or dialling something, or about to."""
    machine, now = INTERRUPTED[name](), NOW
    if state(machine) == "Racing":
        machine.not_met(BOB, [], now)
    machine.server_lost("it broke", 1)
    told = sent(machine.logged_in(WELCOME, now))
    assert any(isinstance(message, wire.Request) for message in told) or asks_again(machine, now)


def test_the_end_comes_after_ten_minutes() -> None:
    """And not before."""
    machine = back(is_host=True)
    assert machine.tick(NOW + limits.RESUME_SECONDS - 1) == []
    assert machine.tick(NOW + limits.RESUME_SECONDS) == [do.Abandon(BOB)]
    assert over(["lost"]) in machine.abandoned(BOB, [Message("lost")])


@pytest.mark.parametrize("name", INTERRUPTED)
def test_a_link_ends_whatever_was_done_for_one(name: str) -> None:
    """In every stage the client is where it was before the break, and has left the server; what
    was quick is no news."""
    machine = INTERRUPTED[name]()
    was_racing, was_told = state(machine) == "Racing", is_told(machine)
    effects = machine.met(BOB, "gcm", "IPv4 10.0.1.2:4000", (SECRET,))
    assert state(machine) == "Talking"
    assert (do.CloseServer("left") in effects) != was_racing
    assert do.Unprepare(BOB) in effects
    assert shown(effects) == (
        [e.Resumed("bob", "IPv4 10.0.1.2:4000", conversation=BOB)] if was_told else []
    )
    assert not is_interrupted(machine)
    assert machine.awaited is None


def test_a_break_is_told_when_it_lasts() -> None:
    """And not before, and once."""
    machine = racing(is_host=True)
    assert machine.deadline == NOW + limits.QUIET_SECONDS
    assert machine.tick(NOW + limits.QUIET_SECONDS - 0.1) == []
    assert not is_told(machine)
    seconds = limits.RACE_SECONDS - limits.QUIET_SECONDS
    told = e.Interrupted("bob", Ending.CUT_OFF, "", seconds, conversation=BOB)
    assert machine.tick(NOW + limits.QUIET_SECONDS) == [do.Show(told)]
    assert is_told(machine)
    assert machine.tick(NOW + 2 * limits.QUIET_SECONDS) == []


def test_a_second_break_is_as_quiet_as_the_first() -> None:
    """However the first one ended."""
    machine = racing(is_host=True)
    machine.tick(NOW + limits.QUIET_SECONDS)
    machine.met(BOB, "gcm", "IPv4 10.0.1.2:4000", (SECRET,))
    machine.broken(BOB, Ending.CUT_OFF, "", NOW + 10)
    assert not is_told(machine)
    assert shown(machine.met(BOB, "gcm", "IPv4 10.0.1.2:4000", (SECRET,))) == []


def past(*, restarted: bool = False, is_host: bool = False) -> Past:
    """The conversation with bob."""
    return Past("bob", BOB, SECRET, is_host, [], datetime.fromtimestamp(0, UTC), restarted)


@pytest.mark.parametrize("reason", ["over", "restarted"])
def test_what_the_other_side_asks_after_the_end_is_answered_without_a_word(
    reason: wire.Declining,
) -> None:
    """It does not know yet that it is over, and is told why; and it is no card."""
    machine = free(Proving())
    machine.proofs.over = [past(restarted=reason == "restarted")]  # type: ignore[attr-defined]
    assert machine.receive(AGAIN, NOW) == [do.Send(wire.Decline(ID3, reason))]


def test_the_end_is_remembered() -> None:
    """For as long as the other side may not know; what it has told us itself is forgotten."""
    machine = talking(is_host=False)
    assert do.Ended(BOB, is_known=True) in machine.over(BOB, Ending.LEFT, "", [])
    machine = talking(is_host=False)
    assert do.Ended(BOB, is_known=False) in machine.over(BOB, Ending.CUT_OFF, "", [])
    machine = talking(is_host=False)
    machine.leave()
    assert do.Ended(BOB, is_known=False) in machine.left(BOB, [])
    machine = back(is_host=False)
    machine.leave()
    assert do.Ended(BOB, is_known=False) in machine.abandoned(BOB, [])


def test_somebody_else_with_that_proof_is_told_nothing() -> None:
    """Only the key of that conversation can mean it."""
    machine = free(Proving())
    machine.proofs.over = [past(restarted=True)]  # type: ignore[attr-defined]
    effects = machine.receive(wire.Requested(ID3, "carol", CAROL, 300, AGAIN.proof), NOW)
    assert shown(effects) == [e.StaleCard("carol")]
    assert sent(effects) == []


def test_someone_blocked_is_told_nothing() -> None:
    """Not even that it is over."""
    machine = free(Proving(), lambda name, key: Blocked())
    machine.proofs.over = [past()]  # type: ignore[attr-defined]
    assert machine.receive(AGAIN, NOW) == []


@pytest.mark.parametrize(
    ("reason", "ending"), [("over", Ending.OVER), ("restarted", Ending.RESTARTED)]
)
def test_a_host_reads_what_became_of_it(reason: wire.Declining, ending: Ending) -> None:
    """And can ask anew in a keystroke."""
    machine = asked(is_host=True)
    assert machine.receive(wire.Ended(ID2, reason), NOW) == [do.Abandon(BOB)]
    ended = machine.abandoned(BOB, [Message("lost")])
    assert over(["lost"], ending) in ended
    assert do.Ended(BOB, is_known=True) in ended
    assert machine.again == "bob"
    assert sent(machine.chat("bob", NOW)) == [wire.Request("bob", 300, None)]
    assert machine.again is None


@pytest.mark.parametrize("is_host", [True, False])
def test_whoever_asks_anew_has_forgotten_the_conversation(is_host: bool) -> None:
    """Their program was restarted: ours is over as well, and their request waits for an answer."""
    machine = back(is_host=is_host)
    effects = machine.receive(wire.Requested(ID3, "bob", BOB, 300, None), NOW)
    assert effects[0] == do.Abandon(BOB)
    assert isinstance(shown(effects)[0], e.RequestArrived)
    assert over([], Ending.RESTARTED) in machine.abandoned(BOB, [])
    assert machine.again == "bob"
    assert do.Prepare(BOB, ID3, False) in machine.chat("bob", NOW)


def test_an_ask_anew_that_crosses_ours() -> None:
    """Theirs becomes the introduction, and ours is not taken back in its stead."""
    machine = back(is_host=True)
    machine.receive(wire.Requested(ID3, "bob", BOB, 300, None), NOW)
    machine.receive(wire.Asked(ID3, "bob", here=True, crossing=True), NOW)
    assert sent(machine.abandoned(BOB, [])) == []


def cut_host() -> Machine:
    """The program was killed while alice hosted a conversation, and is started again."""
    proofs = Proving()
    proofs.left_open = [past(restarted=True, is_host=True)]
    return Machine("host:1", OURS, judge, proofs)


def test_a_host_whose_program_was_restarted_tells_the_guest() -> None:
    """Which would wait for ten minutes; both people read it, and nobody has to answer."""
    machine = cut_host()
    machine.username("alice")
    effects = machine.logged_in(WELCOME, NOW)
    assert e.EndedWithTheProgram("bob") in shown(effects)
    assert sent(effects) == [wire.Request("bob", 300, proof(0))]
    assert machine.again == "bob"
    machine.receive(wire.Asked(ID3, "bob", here=True, crossing=False), NOW)
    assert machine.receive(wire.Ended(ID3, "over"), NOW) == []
    assert not machine.busy


def test_a_farewell_makes_way_for_an_ask() -> None:
    """The server takes one for each name, and this one would be declined."""
    machine = cut_host()
    machine.username("alice")
    machine.logged_in(WELCOME, NOW)
    machine.receive(wire.Asked(ID3, "bob", here=False, crossing=False), NOW)
    told = sent(machine.chat("bob", NOW))
    assert told == [wire.Cancel(ID3), wire.Request("bob", 300, None)]
    machine.receive(wire.Asked(ID2, "bob", here=False, crossing=False), NOW)
    assert machine.requests.outgoing["bob"].id == ID2


def test_an_ask_waits_for_a_farewell_that_is_on_its_way() -> None:
    """The server would take the two for one."""
    machine = cut_host()
    machine.username("alice")
    machine.logged_in(WELCOME, NOW)
    assert machine.chat("bob", NOW) == []
    told = sent(machine.receive(wire.Asked(ID3, "bob", here=False, crossing=False), NOW))
    assert told == [wire.Cancel(ID3), wire.Request("bob", 300, None)]
    machine = cut_host()
    machine.username("alice")
    machine.logged_in(WELCOME, NOW)
    machine.chat("bob", NOW)
    told = sent(machine.receive(wire.Refused("request", "bob", None, "slow-down", 1), NOW))
    assert told == [wire.Request("bob", 300, None)]


@pytest.mark.parametrize("reason", ["expired", "over", "closing", "declined"])
def test_nothing_is_read_of_the_end_of_a_farewell(reason: wire.Ending) -> None:
    """It asks for nothing, so nothing has failed."""
    machine = cut_host()
    machine.username("alice")
    machine.logged_in(WELCOME, NOW)
    machine.receive(wire.Asked(ID3, "bob", here=False, crossing=False), NOW)
    assert machine.receive(wire.Ended(ID3, reason), NOW) == []


def test_a_farewell_ends_the_conversation_of_the_guest() -> None:
    """At once, in words of its own."""
    machine = back(is_host=False)
    farewell = wire.Requested(ID3, "bob", BOB, 300, proof(0))
    assert machine.receive(farewell, NOW) == [do.Send(wire.Decline(ID3, "over")), do.Abandon(BOB)]
    assert over([], Ending.RESTARTED) in machine.abandoned(BOB, [])


@pytest.mark.parametrize(
    ("key", "secret"), [(CAROL, SECRET[0]), (BOB, 9)], ids=["somebody else", "another secret"]
)
def test_a_farewell_that_is_not_ours_changes_nothing(key: bytes, secret: int) -> None:
    """Nor is it a request that anybody reads."""
    machine = back(is_host=False)
    farewell = wire.Requested(ID3, "bob", key, 300, proof(0, secret))
    assert machine.receive(farewell, NOW) == [do.Send(wire.Decline(ID3, "over"))]
    assert is_interrupted(machine)
    assert machine.requests.incoming == {}


def test_a_guest_without_a_port_says_so() -> None:
    """Its asker reads that, and not that the person declined."""
    machine = free(Proving())
    is_asked(machine, "bob", ID2, BOB)
    machine.accept("bob", NOW)
    effects = machine.offer_failed(BOB, "the port is in use", NOW)
    assert sent(effects) == [wire.Decline(ID2, "no-port")]
    machine = free(Proving())
    machine.chat("bob", NOW)
    machine.receive(wire.Asked(ID2, "bob", here=True, crossing=False), NOW)
    assert shown(machine.receive(wire.Ended(ID2, "no-port"), NOW)) == [
        e.AskingEnded("bob", "no-port")
    ]
    assert machine.again == "bob"


def test_replaced_while_interrupted() -> None:
    """What was not delivered is listed before the end, which is a failure."""
    machine = back(is_host=True)
    effects = machine.receive(Close("replaced"), NOW)
    assert effects == [do.Show(e.Replaced()), do.Abandon(BOB), do.CloseServer("left")]
    ended = machine.abandoned(BOB, [Message("lost")])
    assert over(["lost"], None) in ended
    assert ended[-1] == do.Stop(1)
    assert state(machine) == "Stopped"


def test_who_it_is_stays_known() -> None:
    """In every stage the partner is the one with whom we talked."""
    for make in INTERRUPTED.values():
        machine = make()
        assert partner(machine).name == "bob"
        assert partner(machine).standing == "known"
    assert partner(racing(is_host=True)).petname == ""

"""What a client does about another introduction beside a conversation, and what it does not
(protocol, "Another introduction")."""

from itertools import pairwise

import pytest
from interrupted_cases import PROOF, proof, talking
from machine_cases import BOB, CAROL, ID2, NOW, WELCOME

from chatd import limits
from chatd.engine.decisions import effects as do
from chatd.engine.decisions import events
from chatd.engine.decisions.machine import Machine
from chatd.engine.decisions.presence import At
from chatd.wire import codes
from chatd.wire import server as wire


def relayed(*, is_host: bool = False) -> Machine:
    """Alice talks with bob on a relayed link, of which a better one may be found."""
    machine = talking(is_host=is_host)
    assert machine.carried(BOB, NOW, is_wanted=True) == []
    assert machine.at is At.OUT
    return machine


def asked(data: bytes, key: bytes = BOB) -> wire.Requested:
    return wire.Requested(ID2, "bob", key, 300, data)


@pytest.mark.parametrize("is_host", [True, False])
def test_where_none_is_wanted_nobody_goes_to_the_server(*, is_host: bool) -> None:
    """On a direct link, and where one of the two hides: whatever the other side says, whatever
    changes, however long it lasts."""
    machine = talking(is_host=is_host)
    machine.carried(BOB, NOW, is_wanted=False)
    assert machine.meet_wanted(BOB, NOW) == machine.network_changed(NOW) == []
    assert machine.tick(NOW + 10 * limits.MEET_MOST_PAUSE_SECONDS) == []
    assert machine.deadline is None
    assert machine.at is At.OUT


def test_the_other_side_sends_nobody_to_the_server_again_and_again() -> None:
    """So many times at once, and then once a minute."""
    machine, visits = relayed(), 0
    for second in range(600):
        visits += do.Connect() in machine.meet_wanted(BOB, NOW + second)
        machine.tick(NOW + second)
    assert 600 // limits.MEET_SECONDS <= visits <= limits.MEETS + 600 // limits.MEET_SECONDS


def test_the_guest_accepts_by_itself_while_it_waits_for_that() -> None:
    """A proof of this conversation alone, from its own other side, and each once."""
    machine = relayed()
    machine.meet_wanted(BOB, NOW)
    machine.logged_in(WELCOME, NOW)
    assert do.Prepare(BOB, ID2, False) not in machine.receive(asked(proof(1, 9)), NOW)
    assert do.Prepare(BOB, ID2, False) not in machine.receive(asked(PROOF, CAROL), NOW)
    assert do.Prepare(BOB, ID2, False) in machine.receive(asked(PROOF), NOW)
    machine.receive(wire.Ended(ID2, "gone"), NOW)
    machine.tick(NOW + limits.MEET_SECONDS)
    assert machine.at is At.OUT
    machine.meet_wanted(BOB, NOW + limits.MEET_SECONDS)
    machine.logged_in(WELCOME, NOW + limits.MEET_SECONDS)
    later = machine.receive(asked(PROOF), NOW + limits.MEET_SECONDS)
    assert not any(isinstance(effect, do.Prepare) for effect in later)


def test_the_host_asks_once_and_leaves_when_nobody_comes() -> None:
    """With a proof; nothing is shown."""
    machine = relayed(is_host=True)
    machine.network_changed(NOW)
    assert machine.tick(NOW + limits.MEET_AFTER_SECONDS) == [do.Meet(BOB), do.Connect()]
    sent = machine.logged_in(WELCOME, NOW + 2) + machine.tick(NOW + 2)
    requests = [each.message for each in sent if isinstance(each, do.Send)]
    assert [type(each) for each in requests] == [wire.Request]
    assert not any(isinstance(each, do.Show) for each in sent)
    machine.receive(wire.Asked(ID2, "bob", here=True, crossing=False), NOW + 2)
    over = machine.tick(NOW + limits.MEET_AFTER_SECONDS + limits.MEETING_SECONDS)
    assert over == [do.Send(wire.Cancel(ID2)), do.CloseServer("left")]
    assert machine.at is At.OUT


def test_a_better_link_ends_it() -> None:
    """Wherever it is: what was asked is taken back, and the server left."""
    machine = relayed(is_host=True)
    machine.network_changed(NOW)
    machine.tick(NOW + limits.MEET_AFTER_SECONDS)
    machine.logged_in(WELCOME, NOW + 2)
    machine.tick(NOW + 2)
    machine.receive(wire.Asked(ID2, "bob", here=True, crossing=False), NOW + 2)
    over = machine.carried(BOB, NOW + 3, is_wanted=False)
    assert over == [do.Send(wire.Cancel(ID2)), do.CloseServer("left")]
    assert machine.deadline is None


def in_doubt(*, is_host: bool, late: float = 0.0) -> Machine:
    """Alice talks with bob on a direct link, which may be dead; she has come to the server."""
    machine = talking(is_host=is_host)
    machine.carried(BOB, NOW, is_wanted=False)
    machine.doubted(BOB, NOW + late)
    machine.tick(NOW + late + limits.MEET_DOUBT_SECONDS)
    return machine


def requests(effects: list[do.Effect]) -> int:
    """How often bob is asked."""
    sent = [each.message for each in effects if isinstance(each, do.Send)]
    return sum(isinstance(each, wire.Request) for each in sent)


def test_a_doubt_leads_to_the_server() -> None:
    """Later, as the relay may be quicker; at once where that takes the tickets no more."""
    for late, wait in ((0, limits.MEET_DOUBT_SECONDS), (limits.RELAY_TICKET_SECONDS, 0)):
        machine = talking(is_host=True)
        machine.carried(BOB, NOW, is_wanted=False)
        machine.doubted(BOB, NOW + late)
        assert machine.deadline == NOW + late + wait
        assert do.Connect() in machine.tick(NOW + late + wait)


def test_the_host_asks_again_while_the_doubt_lasts() -> None:
    """Whoever is not there yet may come; not more often than every two seconds, and nothing is
    shown."""
    machine, now, asked_at = in_doubt(is_host=True), NOW + 2, []
    effects = machine.logged_in(WELCOME, now)
    while now < NOW + limits.LOST_SECONDS:
        effects += machine.tick(now)
        if requests(effects):
            asked_at.append(now)
            effects = machine.receive(wire.Refused("request", "bob", "unknown", None, None), now)
        assert not any(isinstance(each, do.Show) for each in effects)
        now, effects = now + 0.25, []
    pauses = {later - sooner for sooner, later in pairwise(asked_at)}
    assert pauses == {limits.MEET_AGAIN_SECONDS}
    machine.tick(NOW + limits.LOST_SECONDS + limits.MEET_DOUBT_SECONDS)
    assert machine.at is At.OUT


@pytest.mark.parametrize("reason", ["declined", "over", "restarted"])
def test_an_answer_is_not_asked_for_again(reason: codes.Ending) -> None:
    """Whoever has no conversation any more says so; the link, or its end, does the rest."""
    machine = in_doubt(is_host=True)
    machine.logged_in(WELCOME, NOW + 2)
    machine.tick(NOW + 2)
    machine.receive(wire.Asked(ID2, "bob", here=True, crossing=False), NOW + 2)
    assert do.CloseServer("left") in machine.receive(wire.Ended(ID2, reason), NOW + 3)
    assert not requests(machine.tick(NOW + 10))


def test_a_sign_of_life_ends_it() -> None:
    """What was asked is taken back, an introduction that is being made as well, and the server
    left."""
    asking = in_doubt(is_host=True)
    asking.logged_in(WELCOME, NOW + 2)
    asking.tick(NOW + 2)
    asking.receive(wire.Asked(ID2, "bob", here=True, crossing=False), NOW + 2)
    assert asking.trusted(BOB) == [do.Send(wire.Cancel(ID2)), do.CloseServer("left")]
    making = in_doubt(is_host=False)
    making.logged_in(WELCOME, NOW + 2)
    assert do.Prepare(BOB, ID2, False) in making.receive(asked(PROOF), NOW + 2)
    over = making.trusted(BOB)
    assert [do.Send(wire.Cancel(ID2)), do.Unprepare(BOB)] == over[:2]
    assert over[-1] == do.CloseServer("left")
    for machine in (asking, making):
        assert machine.deadline is None
        assert machine.trusted(BOB) == []


def test_doubts_send_nobody_to_the_server_again_and_again() -> None:
    """So many times at once, and then once a minute, however often they come and go."""
    machine, comes = talking(is_host=True), 0
    for second in range(600):
        machine.doubted(BOB, NOW + second)
        comes += do.Connect() in machine.tick(NOW + second + 1)
        machine.trusted(BOB)
    assert 600 // limits.MEET_SECONDS <= comes <= limits.MEETS + 600 // limits.MEET_SECONDS


def test_whoever_leaves_during_a_visit_reads_that_they_are_back() -> None:
    """Nothing of the visit, and where they are when nobody is talked to any more; once."""
    machine = relayed(is_host=True)
    machine.network_changed(NOW)
    machine.tick(NOW + limits.MEET_AFTER_SECONDS)
    shown = machine.logged_in(WELCOME, NOW + 2)
    assert not any(isinstance(each, do.Show) for each in shown)
    over = machine.left(BOB, [])
    told = [type(each.event) for each in over if isinstance(each, do.Show)]
    assert told == [events.ConversationOver, events.LoggedIn]
    assert machine.at is At.IN
    machine.server_lost("gone", 1)
    assert machine._wired.unsaid == []

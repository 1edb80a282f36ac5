"""Every state of two sides that take links, with everything that can happen to these: our own
machines, walked to the end (protocol, "Taking a link").

Good is: no cycle at all, so that every run is bounded without any assumption on what happens when;
no message that an honest side refuses; at every moment the host's resume secret is among the
guest's; no moment without a link where answers are late and nothing breaks; and at every end both
use the same unbroken link of the best kind and all texts are there once, or, where somebody left,
both know it unless a link broke.

CHATD_EXPLORER=1 walks the largest ones as well, for some minutes each.
"""

import os

import pytest
from peer.explorer import faults
from peer.explorer.rules import Rules
from peer.explorer.search import explore, livelocks
from peer.explorer.world import GUEST, HOST

from chatd.peer.conversation import Conversation
from chatd.peer.resume_secrets import ResumeSecrets
from chatd.peer.taking import GuestTaking, HostTaking

SMALL = {
    "a text each way, a break": Rules((1, 1), (1, 1)),
    "two breaks": Rules((1, 1), (0, 0), breaks=2),
    "a false alarm": Rules((1, 1), (0, 0), false=1),
    "a break that the guest alone notices": Rules((0, 1), (0, 1), notices=(GUEST,)),
    "a break that the host alone notices": Rules((0, 1), (0, 1), notices=(HOST,)),
    "a relay": Rules((0, 1), (0, 0), breaks=2),
    "a relay, a false alarm": Rules((0, 1), (0, 0), false=1),
    "answers that come late, from links that live": Rules(
        (0, 1), (1, 1), breaks=0, late=2, swift=True
    ),
    "three links": Rules((1, 1, 1), (0, 0)),
    "looking beside": Rules((1, 1), (0, 0), false=1, beside=True),
    "pings in silence": Rules((0, 1), (0, 0), pings=1),
    "a renewal": Rules((0, 1), (0, 0), renewals=1),
    "two renewals": Rules((1, 1), (0, 0), renewals=2),
    "somebody leaves": Rules((1, 1), (1, 1), breaks=0, leaving=(GUEST, HOST)),
    "somebody leaves, a break": Rules((0, 1), (0, 0), leaving=(GUEST, HOST)),
    "somebody leaves, a false alarm": Rules(
        (0, 1), (0, 0), breaks=0, false=1, leaving=(GUEST, HOST)
    ),
    "two introductions, and the older one is given up": Rules(
        (0, 1), (0, 0), introductions=(0, 1), closings=1
    ),
}
SLOW = {
    "doubts": Rules((1, 1), (0, 0), false=2, beside=True),
    "a relay, a text each way": Rules((0, 1), (1, 1)),
    "two pings": Rules((1, 1), (0, 0), pings=2),
    "the guest notices, a text each way": Rules((1, 1), (1, 1), notices=(GUEST,)),
    "the host notices, a text each way": Rules((1, 1), (1, 1), notices=(HOST,)),
    "a relay and two": Rules((0, 1, 1), (0, 0)),
    "somebody leaves, a text, a break": Rules((1, 1), (1, 0), leaving=(GUEST, HOST)),
    "three links, two introductions": Rules((0, 1, 1), (0, 0), introductions=(0, 0, 1), closings=1),
}
LARGE = {
    "a text each way, two breaks": Rules((1, 1), (1, 1), breaks=2),
    "a text each way, a false alarm": Rules((1, 1), (1, 1), false=1),
    "two texts each way": Rules((1, 1), (2, 2)),
    "a relay, a text each way, two breaks": Rules((0, 1), (1, 1), breaks=2),
    "a relay, a false alarm, a text, the host notices": Rules(
        (0, 1), (1, 0), false=1, notices=(HOST,)
    ),
    "doubts, a relay, a break": Rules((0, 1), (0, 1), breaks=1, false=2, beside=True),
    "a relay and two, a text": Rules((0, 1, 1), (1, 0)),
    "looking beside twice": Rules((0, 1), (0, 0), false=2, beside=True),
    "renewals, pings, breaks": Rules((0, 1), (0, 0), breaks=2, renewals=2, pings=1),
    "everybody leaves, a relay": Rules((0, 1), (1, 0), false=1, leaving=(GUEST, HOST)),
}


def guest(taking=GuestTaking, conversation=Conversation, secrets=ResumeSecrets):
    """The machines of a guest, of which one is another."""
    return taking, conversation, secrets


def host(taking=HostTaking, conversation=Conversation, secrets=ResumeSecrets):
    """The same of a host."""
    return taking, conversation, secrets


def assert_holds(rules: Rules) -> None:
    """And what it found is enough to show something."""
    found = explore(rules)
    assert found.verdict == "holds", str(found)
    assert found.states > 100
    assert found.ends


@pytest.mark.parametrize("rules", SMALL.values(), ids=SMALL)
def test_every_run_comes_to_a_good_end(rules: Rules) -> None:
    """Whatever happens in whatever order."""
    assert_holds(rules)


@pytest.mark.slow
@pytest.mark.parametrize("rules", SLOW.values(), ids=SLOW)
def test_every_longer_run_comes_to_a_good_end(rules: Rules) -> None:
    """With more of everything."""
    assert_holds(rules)


@pytest.mark.skipif("CHATD_EXPLORER" not in os.environ, reason="CHATD_EXPLORER is not set")
@pytest.mark.parametrize("rules", LARGE.values(), ids=LARGE)
def test_every_long_run_comes_to_a_good_end(rules: Rules) -> None:
    """With as much as can be waited for."""
    assert_holds(rules)


WRONG = {
    "no numbers": (
        "cycle",
        Rules((0, 1), (0, 0), breaks=0, false=1, asks=False, host=host(faults.NoNumbers)),
    ),
    "no question": (
        "cycle",
        Rules((1, 1), (0, 0), notices=(HOST,), asks=False, guest=guest(faults.NoQuestion)),
    ),
    "whatever is not worse is taken": (
        "cycle",
        Rules((1, 1), (0, 0), asks=False, guest=guest(faults.Eager)),
    ),
    "what does not answer is hung up on": (
        "fault",
        Rules((0, 1), (0, 0), breaks=0, late=1, swift=True, guest=guest(faults.HangsUp)),
    ),
    "what does not answer is gone back to": (
        "cycle",
        Rules((0, 1), (0, 0), guest=guest(faults.ToAndFro)),
    ),
    "nothing sent again by the guest": (
        "stuck",
        Rules((1, 1), (1, 0), guest=guest(conversation=faults.NoRepeat)),
    ),
    "nothing sent again by the host": (
        "stuck",
        Rules((1, 1), (0, 1), host=host(conversation=faults.Gaps)),
    ),
    "no first ack": ("stuck", Rules((1, 1), (1, 0), host=host(conversation=faults.NoFirstAck))),
    "the newest secret alone": (
        "fault",
        Rules((1, 1), (0, 0), guest=guest(secrets=faults.NewestSecret)),
    ),
    "the first secret alone": (
        "fault",
        Rules((1, 1), (0, 0), renewals=1, guest=guest(secrets=faults.FirstSecret)),
    ),
    "two secrets": (
        "fault",
        Rules((1, 1), (0, 0), renewals=2, guest=guest(secrets=faults.TwoSecrets)),
    ),
    "what comes on a link that was gone back to is an answer": (
        "fault",
        Rules((0, 1), (0, 0), false=1, always_fresh=True),
    ),
}


@pytest.mark.parametrize(("verdict", "rules"), WRONG.values(), ids=WRONG)
def test_the_search_notices_what_is_wrong(verdict: str, rules: Rules) -> None:
    """Each sentence of the rule is needed, and the search finds what happens without it."""
    found = explore(rules)
    assert found.verdict == verdict, str(found)
    assert found.way


def test_without_the_question_links_are_exchanged_for_ever() -> None:
    """Also by runs that are fair, in which nothing is held up that could happen."""
    rules = Rules((1, 1), (0, 0), notices=(HOST,), asks=False, guest=guest(faults.NoQuestion))
    _, sets, way = livelocks(rules)
    assert sets
    assert way


def test_the_rule_has_no_livelock() -> None:
    """Where the search for cycles finds none, there is no fair one either."""
    states, sets, _ = livelocks(Rules((1, 1), (0, 0), notices=(HOST,)))
    assert states > 100
    assert sets == []

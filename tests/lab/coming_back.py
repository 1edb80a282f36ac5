"""How soon a conversation goes on after a change, each time another conversation of the same two,
30 ms apart in each direction."""

import signal
import time
from contextlib import closing
from dataclasses import dataclass, replace

from lab.kinds import CARRIER, KEPT, ONLY_SERVER, Kind
from lab.meeting import Lab

from chatd import limits

MOST = 300
"""Seconds that anything may take here."""
PAUSE = 1
"""Seconds between two conversations: a server bounds their commands."""
MINUTE = limits.RELAY_TICKET_SECONDS + 1
"""Seconds of talk after which the relay takes the tickets no more."""
OUTAGE = 60
"""Seconds without a cable, or with a program that does not run."""


@dataclass(frozen=True)
class Return:
    """What is brought about, how often, on what network, how old the conversation is then, in
    seconds; both say something then, or the one to whom it happens alone."""

    name: str
    kind: Kind
    change: object
    times: int
    before: float = 0
    is_other_silent: bool = False


def comes_back(case, folder, times=0):
    """The seconds after each change until each of the two had heard the other again."""
    with closing(Lab(replace(case.kind, delay=0.03), folder)) as lab:
        return [_seconds(lab, case, number) for number in range(times or case.times)]


def goes_direct(folder):
    """The seconds from the moment in which a path is there, and one's machine is told of a change,
    until both read that the conversation has left the relay."""
    with closing(Lab(Kind("strict", ONLY_SERVER, ONLY_SERVER, "", delay=0.03), folder)) as lab:
        lab.meet()
        time.sleep(limits.RACE_SECONDS + 2)  # the first search for a direct path is in vain
        lab.network.let_all_out()
        for machine in (lab.network.asker, lab.network.asked):
            lab.network.renumber(machine, 77, is_more=True)
        began = time.monotonic()
        for person in lab.people:
            person.until("has moved to a direct link", MOST)
        return time.monotonic() - began


def is_direct_again(folder):
    """The seconds from another address of one, where both are behind routers, until the
    conversation has left the relay, at which it went on, for both; and nobody reads of that."""
    with closing(Lab(replace(BOTH, delay=0.03), folder)) as lab:
        lab.meet()
        lab.network.renumber(lab.network.asker, 77)
        began = time.monotonic()
        for person in lab.people:
            person.type("are you there?")
        for person in lab.people:
            person.until("^< .*: are you there", MOST)  # at the relay, or after it
        for person in lab.people:
            _is_direct(person)
        assert not any(person.out.found("(has moved)") for person in lab.people)
        return time.monotonic() - began


def _is_direct(person):
    """Ask for the status until it says so."""
    deadline, path = time.monotonic() + MOST, ""
    while "IPv4" not in path:
        assert time.monotonic() < deadline
        person.type("/status")
        path = person.until("path: ", MOST)


def _seconds(lab, case, number):
    if number:
        lab.part()
        time.sleep(PAUSE)
    lab.meet()
    time.sleep(case.before)
    case.change(lab, number)
    began = time.monotonic()
    asker, asked = lab.people
    for speaker in [asker] if case.is_other_silent else [asker, asked]:
        speaker.type(f"after {number}")
    for hearer in [asked] if case.is_other_silent else [asked, asker]:
        hearer.until(rf"^< \w+: after {number}$", MOST)
    return time.monotonic() - began


def _renumber(lab, number):
    lab.network.renumber(lab.network.asker, 70 + number)


def _forget(lab, number):
    lab.network.forget()


def _outage(lab, number):
    lab.network.unplug(lab.network.asker)
    lab.stop_server()
    time.sleep(OUTAGE)
    lab.network.plug(lab.network.asker)


def _stop(lab, number):
    lab.people[0].signal(signal.SIGSTOP)
    time.sleep(OUTAGE)
    lab.people[0].signal(signal.SIGCONT)


ONE_ROUTER, BOTH = Kind("one behind a router", KEPT, None, ""), Kind("", KEPT, KEPT, "")
RETURNS = [
    Return("the address of one changes", ONE_ROUTER, _renumber, 20),
    Return("the same, both are behind routers", BOTH, _renumber, 20),
    Return("the same, a minute later: they are introduced anew", BOTH, _renumber, 5, MINUTE),
    Return("the same, the other one says nothing", BOTH, _renumber, 2, MINUTE, True),
    Return("a carrier forgets its mappings", Kind("", CARRIER, None, ""), _forget, 20),
    Return("two carriers do, a minute later", Kind("", CARRIER, CARRIER, ""), _forget, 5, MINUTE),
    Return("no cable for a minute, and no server from then on", ONE_ROUTER, _outage, 1),
    Return("the program of one is stopped for a minute", ONE_ROUTER, _stop, 5),
]

"""What can happen to a conversation: each trouble with the network that it happens on."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lab.kinds import CARRIER, FULLY_RANDOM, KEPT, RANDOM, Kind, Router
from lab.meeting import Lab

FILE = 2 << 20
"""Bytes of a file that is on its way: seconds at the relay, an instant elsewhere."""
ARRIVAL = 300
"""Seconds that everything may take to arrive; it is never waited out where all is well."""
NEWS = r"^\* (interrupted|.* is to be found|the conversation with|cut off|lost|no server)"


@dataclass(frozen=True)
class Trouble:
    """`begin` brings it about and `end` takes it away after so many seconds, if it does not pass by
    itself; `before` are seconds of talk without any. `is_noticed` is whether anyone reads of it."""

    name: str
    kind: Kind
    begin: Callable[[Lab], None]
    end: Callable[[Lab], None] = lambda lab: None
    seconds: float = 0
    before: float = 0
    is_noticed: bool = True
    is_slow: bool = False
    has_file: bool = True
    """Whether a file goes over meanwhile."""


@dataclass(frozen=True)
class Outcome:
    """What each of the two heard and read, and the seconds from the end of the trouble until both
    had heard everything; and whether a file that was on its way is there, whole."""

    heard: list[list[str]]
    read: list[list[str]]
    seconds: float
    is_whole: bool


def suffer(trouble: Trouble, folder: Path) -> Outcome:
    """Let two people talk before, during and after a trouble, where it says so beside a file."""
    with closing(Lab(trouble.kind, folder)) as lab:
        lab.meet()
        time.sleep(trouble.before)
        _say(lab, "before")
        files = _begin_file(lab, folder) if trouble.has_file else None
        trouble.begin(lab)
        _say(lab, "one", "two", "three")
        time.sleep(trouble.seconds)
        trouble.end(lab)
        began = time.monotonic()
        _say(lab, "after")
        for person in lab.people:
            person.until(r"^< \w+: after$", ARRIVAL)
        seconds = time.monotonic() - began
        is_whole = files is None or _is_whole(lab, *files)
        return Outcome(_found(lab, r"^< \w+: (.*)"), _found(lab, f"({NEWS}.*)"), seconds, is_whole)


SAID = ["hello", "before", "one", "two", "three", "after"]
"""What each must have heard in the end, once and in this order."""


def _say(lab: Lab, *texts: str) -> None:
    for person in lab.people:
        person.type(*texts)


def _begin_file(lab: Lab, folder: Path) -> tuple[Path, Path]:
    """Let alice send a file and bob take it; where it is and where it comes to."""
    alice, bob = lab.people
    sent = folder / "alice" / "big"
    sent.write_bytes(os.urandom(FILE))
    alice.type("/send big")
    bob.until("you are offered files")
    bob.type(f"/take {folder / 'bob' / 'there'}")
    return sent, folder / "bob" / "there" / "big"


def _is_whole(lab: Lab, sent: Path, taken: Path) -> bool:
    """Whether it comes to that."""
    until = time.monotonic() + ARRIVAL
    while not all(_found(lab, "(is there, whole)")) and time.monotonic() < until:
        time.sleep(0.05)
    return taken.read_bytes() == sent.read_bytes()


def _found(lab: Lab, pattern: str) -> list[list[str]]:
    return [person.out.found(pattern) for person in lab.people]


# -- what happens


def _unplug_asker(lab: Lab) -> None:
    lab.network.unplug(lab.network.asker)


def _plug_asker(lab: Lab) -> None:
    lab.network.plug(lab.network.asker)


def _unplug_both(lab: Lab) -> None:
    _unplug_asker(lab)
    lab.network.unplug(lab.network.asked)


def _plug_both(lab: Lab) -> None:
    _plug_asker(lab)
    lab.network.plug(lab.network.asked)


def _stop_asked(lab: Lab) -> None:
    lab.people[1].signal(signal.SIGSTOP)


def _continue_asked(lab: Lab) -> None:
    lab.people[1].signal(signal.SIGCONT)


def _restart_server(lab: Lab) -> None:
    """In no time for the two, however long this machine takes to start a program."""
    for person in lab.people:
        person.signal(signal.SIGSTOP)
    lab.stop_server()
    lab.start_server()
    for person in lab.people:
        person.signal(signal.SIGCONT)


ONE_ROUTER = Kind("one behind a router", KEPT, None, "")
TWO_ROUTERS = Kind("both behind routers", KEPT, KEPT, "")
RANDOM_ROUTER = Kind("random ports", FULLY_RANDOM, None, "")
AT_CARRIER = Kind("at a carrier", CARRIER, None, "")
RELAYED = Kind("relayed", RANDOM, RANDOM, "")

TROUBLES = [
    Trouble(
        "the cable of one is pulled for 3 s",
        ONE_ROUTER,
        _unplug_asker,
        _plug_asker,
        seconds=3,
        is_noticed=False,
    ),
    Trouble(
        "the cable of one is pulled for a minute",
        ONE_ROUTER,
        _unplug_asker,
        _plug_asker,
        seconds=60,
        is_slow=True,
    ),
    Trouble(
        "both cables are pulled for a minute",
        TWO_ROUTERS,
        _unplug_both,
        _plug_both,
        seconds=60,
        is_slow=True,
    ),
    Trouble(
        "the cable of one is pulled for a minute, the link is relayed",
        RELAYED,
        _unplug_asker,
        _plug_asker,
        seconds=60,
        is_slow=True,
    ),
    Trouble(
        "a router with random ports forgets its connections",
        RANDOM_ROUTER,
        lambda lab: lab.network.forget(),
        is_noticed=False,
    ),
    Trouble(
        "a carrier forgets its mappings",
        AT_CARRIER,
        lambda lab: lab.network.forget(),
        is_noticed=False,
        has_file=False,
    ),
    Trouble(
        "nobody speaks for four minutes, and a router forgets after 30 s",
        Kind("forgets", Router(forgets=30), None, ""),
        lambda lab: None,
        before=240,
        is_noticed=False,
        is_slow=True,
    ),
    Trouble(
        "the address of one changes",
        ONE_ROUTER,
        lambda lab: lab.network.renumber(lab.network.asker),
        is_noticed=False,
    ),
    Trouble(
        "the address of one changes, both behind routers",
        TWO_ROUTERS,
        lambda lab: lab.network.renumber(lab.network.asker),
        is_noticed=False,
    ),
    Trouble(
        "the program of one is stopped for 3 s",
        ONE_ROUTER,
        _stop_asked,
        _continue_asked,
        seconds=3,
        is_noticed=False,
    ),
    Trouble(
        "the program of one is stopped for a minute",
        ONE_ROUTER,
        _stop_asked,
        _continue_asked,
        seconds=60,
        is_slow=True,
    ),
    Trouble(
        "the server is killed, the link is direct",
        ONE_ROUTER,
        lambda lab: lab.stop_server(),
        is_noticed=False,
    ),
    Trouble(
        "the server is restarted, the link is relayed by it",
        RELAYED,
        _restart_server,
        is_noticed=False,
    ),
    Trouble(
        "the same, when the tickets have run out",
        RELAYED,
        _restart_server,
        before=65,
        is_slow=True,
    ),
]

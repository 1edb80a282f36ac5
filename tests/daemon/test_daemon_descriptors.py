"""The daemon allows itself the descriptors that its links need, or says that it can't."""

import os
import resource
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from chatctl_process import refused, told
from daemon_process import Daemon
from person import Person
from test_daemon_signals import wait_for
from twisted.internet.task import Clock

from chatd import limits
from chatd.relay.relay import SMALL, Relay
from chatd.rendezvous.access import Access
from chatd.rendezvous.descriptors import OTHERS
from chatd.rendezvous.door import Room
from chatd.rendezvous.reception import Reception
from chatd.sources import NOWHERE
from chatd.wire.close import Reason

PROGRAM = """
import resource, sys
from chatd.errors import StartupError
from chatd.rendezvous.descriptors import make_room
resource.setrlimit(resource.RLIMIT_NOFILE, (256, int(sys.argv[1])))
try:
    room = make_room(1000, 3000)
except StartupError as error:
    print(error)
else:
    print(room, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("hard", "said"),
    [
        (4096, "3000 3128"),
        (3128, "3000 3128"),
        (3127, "2999 3127"),
        (1128, "1000 1128"),
        (1127, "1000 links need 1128 file descriptors, and 1127 are allowed"),
    ],
)
def test_room_for_links(hard: int, said: str) -> None:
    """The soft limit rises to what all links could need, or to the hard one; one that is below what
    there has to be is said at the start."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(hard)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == said


def test_where_fewer_are_allowed_there_is_less_room_for_those_who_wait(tmp_path: Path) -> None:
    """As many people as there is room for with the fewest other links, and nobody more."""
    least, most = Reception.links(300)
    with Daemon(tmp_path, max_clients="10", relay="off") as daemon:
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (least + OTHERS,) * 2)
        assert told(tmp_path, "set", "max-clients", "300")
        assert "file descriptors" in refused(tmp_path, "set", "max-clients", "301")[1]
        with Person(daemon.port) as person:
            person.login("here")
        daemon.terminate()
        assert daemon.wait()
    assert f"with {most - least} more file descriptors (ulimit -Hn) everybody" in daemon.log


def test_operators_are_told_how_many_there_have_to_be() -> None:
    """By numbers that follow from the code."""
    told_of = (Path(__file__).parents[2] / "docs/operating.md").read_text()
    least, most = (links + OTHERS for links in Reception.links(5000))
    assert f"`--max-clients` descriptors and {least - 5000:,} more" in told_of
    assert f"with twice `--max-clients` and {most - 10_000:,}" in told_of
    assert f"a small relay takes another {Relay.room(SMALL)}" in told_of


def test_an_idle_person_takes_one_descriptor(tmp_path: Path) -> None:
    """The link, and nothing beside it."""
    with Daemon(tmp_path) as daemon, ExitStack() as people:

        def opened() -> int:
            return len(os.listdir(f"/proc/{daemon.pid}/fd"))

        people.enter_context(Person(daemon.port, source="127.0.9.1")).login("first")
        before = min(opened() for _ in range(10))  # its disk may be at work this moment
        for number in range(20):
            person = Person(daemon.port, source=f"127.0.8.{number + 1}")
            people.enter_context(person).login(f"n{number}")
        wait_for(lambda: opened() == before + 20)


@pytest.mark.parametrize(
    ("clients", "room", "known", "ending"),
    [
        (300, 300 + 512 + 512, 256, 256),  # the fewest
        (100, 100 + 512 + 356, 100, 256),
        (300, 300 + 512 + 513, 256, 257),
        (2000, 2000 + 512 + 2048, 1024, 1024),
        (2000, 2000 + 512 + 3023, 1999, 1024),
        (2000, 2000 + 512 + 3024, 2000, 1024),  # the most
        (10, 10 + 512 + 1034, 10, 1024),
    ],
)
def test_who_has_the_room_that_people_and_strangers_leave(
    clients: int, room: int, known: int, ending: int
) -> None:
    """Those who are known and wait, and links that end; never more links in all than there is room
    for."""
    reception = Reception(Clock(), clients)
    reception.resize(clients, room)
    assert clients + 512 + known + ending <= room
    links = [_Link() for _ in range(known + 1)]
    for number, link in enumerate(links):
        reception.came(link, NOWHERE)
        reception.door.showed(link, b"%d" % number, 0)
    assert reception.door.count(Room.KNOWN) == known
    leaving = [_Link() for _ in range(ending + 1)]
    for link in leaving:
        reception.came(link, NOWHERE)
        reception.logged_in(link)
        reception.ending(link)
    assert reception.states(0)["ending"] == ending


class _Link:
    """Does as it is told, and nothing else."""

    def work(self) -> None:
        """Nothing is there."""

    def drop(self) -> None:
        """Nobody looks."""

    def review(self, access: Access) -> None:
        """Whoever it is stays."""

    def close(self, reason: Reason) -> None:
        """Nobody hears it."""


def test_what_people_need_is_said(tmp_path: Path) -> None:
    """The log says at the start what the links of so many people take."""
    with Daemon(tmp_path, max_clients="100", relay="off") as daemon:
        daemon.terminate()
        assert daemon.wait()
    links = Reception.links(100)[1]
    assert (
        f"room for {links} links: {links + OTHERS} file descriptors, and about "
        f"{links * limits.LINK_MEMORY >> 20} MiB of memory" in daemon.log
    )

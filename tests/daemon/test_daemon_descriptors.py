"""The daemon allows itself the descriptors that its links need, or says that it can't."""

import subprocess
import sys
from pathlib import Path

import pytest
from daemon_process import Daemon

from chatd import limits
from chatd.rendezvous.descriptors import OTHERS
from chatd.rendezvous.reception import Reception

PROGRAM = """
import resource, sys
from chatd.errors import StartupError
from chatd.rendezvous.descriptors import make_room
resource.setrlimit(resource.RLIMIT_NOFILE, (256, int(sys.argv[1])))
try:
    make_room(1000)
except StartupError as error:
    print(error)
else:
    print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("hard", "said"),
    [
        (4096, "1128"),
        (1128, "1128"),
        (1127, "1000 links need 1128 file descriptors, and 1127 are allowed"),
    ],
)
def test_room_for_all_links(hard: int, said: str) -> None:
    """The soft limit rises to what is needed; a hard limit below it is said at the start."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(hard)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == said


def test_what_people_need_is_said(tmp_path: Path) -> None:
    """The log says at the start what the links of so many people take."""
    with Daemon(tmp_path, max_clients="100", relay="off") as daemon:
        daemon.terminate()
        assert daemon.wait()
    links = Reception.most_links(100)
    assert (
        f"room for {links} links: {links + OTHERS} file descriptors, and about "
        f"{links * limits.LINK_MEMORY >> 20} MiB of memory" in daemon.log
    )

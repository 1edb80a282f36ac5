"""Both ends of a server link notice when the other one is gone, whatever was in between."""

import socket
import time
from pathlib import Path

from patience import SECONDS
from stage import Stage

from chatd.keepalive import keep_alive

KEEPALIVE, ESTABLISHED = "02", "01"


def timers(port):
    """The timers of the kernel for the connections with this port on loopback (proc(5), tcp)."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    end = f":{port:04X}"
    return [
        row[5].partition(":")[0]
        for row in rows
        if row[3] == ESTABLISHED and (row[1].endswith(end) or row[2].endswith(end))
    ]


def test_both_ends_are_kept_alive(start):
    """A silent link has a timer for signs of life on either side, and no other traffic."""
    stage = Stage(start)
    stage.arrived("alice")
    deadline = time.monotonic() + SECONDS
    while timers(stage.port) != [KEEPALIVE, KEEPALIVE]:  # until the last bytes are acknowledged
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_the_kernel_is_told():
    """Links that are accepted inherit keepalive and a timeout for unacknowledged data."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        keep_alive(listening)
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            found = [
                accepted.getsockopt(socket.IPPROTO_TCP, option)
                for option in (
                    socket.TCP_KEEPIDLE,
                    socket.TCP_KEEPINTVL,
                    socket.TCP_KEEPCNT,
                    socket.TCP_USER_TIMEOUT,
                )
            ]
    assert found == [60, 15, 3, 105_000]

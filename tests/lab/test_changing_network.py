"""A machine whose network changes, and a program on it that is told: the real kernel."""

import ctypes
import os
import select
import signal
import sys
from contextlib import closing
from pathlib import Path

import pytest
from lab.namespaces import Namespace, what_is_missing
from patience import SECONDS
from processes.chat_process import Process

from chatd.reach import wake_up

pytestmark = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())
PROGRAM = [sys.executable, str(Path(__file__).with_name("watching_network.py"))]
AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def machine():
    """One with a cable, at whose other end somebody is."""
    with closing(Namespace()) as made:
        made.set("net/ipv6/conf/default/accept_dad", 0)
        made.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "cable")
        made.run("ip", "link", "set", "cable", "address", "02:00:00:00:00:02")
        for name in ("eth0", "cable"):
            made.run("ip", "link", "set", name, "addrgenmode", "none")
        made.run("ip", "link", "set", "cable", "up")
        yield made


@pytest.fixture
def watching(machine, tmp_path):
    """The program, which has begun."""
    process = Process(machine.command(*PROGRAM), tmp_path, pass_fds=[machine.file])
    try:
        process.until("watching")
        yield process
        process.end_input()
        assert process.ended() == 0
    finally:
        process.kill()


def test_each_change_is_told(machine, watching):
    """Addresses of both families, routes, a cable, and an interface that is switched off."""
    ip = lambda *words: machine.run("ip", *words)  # noqa: E731
    ip("link", "set", "eth0", "up")
    ip("address", "add", "10.1.2.3/24", "dev", "eth0")
    watching.until(r"come \[10\.1\.2\.3\] routes")
    ip("route", "add", "default", "via", "10.1.2.1")
    assert watching.until("gone") == "gone [] come [] routes "
    ip("route", "del", "default")
    assert watching.until("gone") == "gone [] come [] routes "
    ip("-6", "address", "add", "2a0f::1/64", "dev", "eth0")
    watching.until(r"come \[2a0f::1\]")
    ip("link", "set", "cable", "down")
    watching.until(r"gone \[10\.1\.2\.3 2a0f::1\] come \[\]")
    ip("link", "set", "cable", "up")
    watching.until(r"gone \[\] come \[10\.1\.2\.3 2a0f::1\]")
    ip("address", "replace", "10.1.2.4/24", "dev", "eth0")
    watching.until(r"come \[10\.1\.2\.4\]")
    ip("link", "set", "eth0", "down")
    watching.until(r"gone \[10\.1\.2\.3 10\.1\.2\.4 2a0f::1\]")


def test_more_changes_than_the_kernel_keeps(machine, watching):
    """Whoever is stopped meanwhile hears of what is different in the end."""
    machine.run("ip", "link", "set", "eth0", "up")
    machine.run("ip", "address", "add", "10.1.2.3/24", "dev", "eth0")
    watching.until(r"come \[10\.1\.2\.3\]")
    watching.signal(signal.SIGSTOP)
    routes = [f"route add 10.9.{n // 250}.{n % 250}/32 dev eth0" for n in range(2000)]
    lines = [*routes, "address add 10.1.2.4/24 dev eth0", "address del 10.1.2.3/24 dev eth0"]
    machine.run("ip", "-batch", "-", text="\n".join(lines))
    watching.signal(signal.SIGCONT)
    watching.until(r"gone \[10\.1\.2\.3\]")


def test_nobody_needs_rights_for_it(machine, tmp_path):
    """An account that may do nothing is told as well."""
    tmp_path.chmod(0o755)
    command = machine.command(*AS_NOBODY, *PROGRAM)
    process = Process(command, tmp_path, pass_fds=[machine.file])
    try:
        process.until("watching")
        machine.run("ip", "link", "set", "eth0", "up")
        machine.run("ip", "address", "add", "10.1.2.3/24", "dev", "eth0")
        process.until(r"come \[10\.1\.2\.3\]")
    finally:
        process.kill()


class Timex(ctypes.Structure):
    """struct timex, as far as it is used."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("unused", ctypes.c_long * 8),
        ("seconds", ctypes.c_long),
        ("nanoseconds", ctypes.c_long),
        ("more", ctypes.c_long * 30),
    )


ADD_NANOSECONDS = 0x0100 | 0x2000


def set_date():
    """Forward by a nanosecond, after which the kernel does what it does when it wakes up."""
    change = Timex(modes=ADD_NANOSECONDS, nanoseconds=1)
    if ctypes.CDLL(None).adjtimex(ctypes.byref(change)) < 0:
        pytest.skip("this account may not set the date")


def test_whoever_is_asleep_is_told_when_it_wakes_up(watching):
    """As often as it does."""
    for _ in range(2):
        set_date()
        assert watching.until("gone").split() == ["gone", "[]", "come", "[]", "slept"]


def test_the_timer_that_a_machine_cancels_when_it_wakes_up():
    """So it does when its date is set; each time anew."""
    file = wake_up.opened()
    try:
        with pytest.raises(BlockingIOError):
            os.read(file, 8)
        for _ in range(2):
            set_date()
            assert select.select([file], [], [], SECONDS)[0]
            with pytest.raises(OSError, match="cancel"):
                os.read(file, 8)
    finally:
        os.close(file)

"""A daemon that logs to the log of the system."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from daemon_process import LISTENING, LOOPBACK, WAYS, command, environment
from patience import SECONDS
from person import Line, Person

MARK = "qwertz-mark"
OWN_DEV = """
mount -t tmpfs tmpfs "$1"
for each in null zero random urandom; do
    touch "$1/$each"
    mount --bind "/dev/$each" "$1/$each"
done
ln -s "$2" "$1/log"
mount --rbind "$1" /dev
shift 2
exec "$@"
"""
"""Gives a process a log of the system that is ours."""
ENTRY = re.compile(r"<(\d+)>\w+ +\d+ [\d:]+ (\w+)\[(\d+)\]: (.*)")
DAEMON, WARNING, INFO = 3 << 3, 4, 6

MOUNT = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
CAN_MOUNT = subprocess.run(MOUNT, capture_output=True, check=False).returncode == 0
needs_dev = pytest.mark.skipif(not CAN_MOUNT, reason="needs to mount a /dev of its own")


class Syslog:
    """What arrives there."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "syslog"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(SECONDS)
        self._socket.bind(str(self.path))
        self.entries: list[tuple[int, str, int, str]] = []

    def until(self, text: str) -> str:
        """The next entry that has this."""
        while True:
            data = self._socket.recv(65536).decode()
            found = ENTRY.fullmatch(data.rstrip("\0\n"))
            assert found, data
            self.entries.append((int(found[1]), found[2], int(found[3]), found[4]))
            if text in found[4]:
                return found[4]

    def close(self) -> None:
        """It is over."""
        self._socket.close()


@contextmanager
def logging(
    folder: Path, way: str, *front: str, **given: str
) -> Iterator[tuple[Syslog, subprocess.Popen[str]]]:
    """A daemon, and where it logs."""
    log, dev = Syslog(folder), folder / "dev"
    dev.mkdir()
    given = {"listen": LOOPBACK, "data_dir": str(folder / "data"), **given}
    twistd = command(way, folder, front=["--syslog", *front], **given)
    inside = ["unshare", "--mount", "sh", "-ec", OWN_DEV, "sh", str(dev), str(log.path), *twistd]
    process = subprocess.Popen(
        inside,
        env=environment(way, **given),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield log, process
    finally:
        process.kill()
        process.communicate()
        log.close()


def await_greeting(line: str) -> int:
    """The port in a line of a log, once the daemon behind it runs."""
    found = LISTENING.search(line)
    assert found
    with Line(int(found[2])) as link:
        assert link.socket.recv(1)
    return int(found[2])


@needs_dev
@pytest.mark.parametrize("way", WAYS)
def test_the_log_of_the_system_has_what_ours_has(tmp_path: Path, way: str) -> None:
    """As entries of a daemon that is called chatd, by how grave they are, without a second date;
    nothing that was sent to it, and nothing on standard output."""
    with logging(tmp_path, way) as (log, process):
        with Line(await_greeting(log.until("listening on"))) as line:
            line.send(MARK.encode() * 100 + b"\r\n")
            line.rest()
        process.send_signal(signal.SIGTERM)
        log.until("Server Shut Down")
        assert process.communicate(timeout=SECONDS)[0] == ""
        assert process.returncode == 0
    assert {(called, number) for _, called, number, _ in log.entries} == {("chatd", process.pid)}
    assert {facility for facility, *_ in log.entries} == {DAEMON | INFO}
    assert all(text.startswith("[") for *_, text in log.entries)
    assert MARK not in str(log.entries)
    assert not (tmp_path / "log").exists()


@needs_dev
def test_as_json_by_another_name(tmp_path: Path) -> None:
    """Each entry is an object."""
    with logging(tmp_path, "plugin", "--prefix=other", log_format="json") as (log, process):
        await_greeting(log.until("listening on"))
        process.send_signal(signal.SIGTERM)
        log.until("Server Shut Down")
    assert {json.loads(text)["level"] for *_, text in log.entries} == {"info"}
    assert {called for _, called, *_ in log.entries} == {"other"}


@needs_dev
def test_an_error_that_nobody_foresaw_keeps_its_words_to_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in every log of ours: they could be what somebody has sent."""
    (tmp_path / "sitecustomize.py").write_text(
        "from chatd.rendezvous import session\n"
        "def opened(self, secured):\n"
        f"    raise KeyError('{MARK}')\n"
        "session.LinkSession.opened = opened\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with logging(tmp_path, "plugin") as (log, _):
        with Person(await_greeting(log.until("listening on"))) as person:
            person.rest()
        log.until("KeyError")
        log.until("sitecustomize.py")
    assert MARK not in str(log.entries)
    assert min(priority & 7 for priority, *_ in log.entries) < WARNING


def test_an_observer_of_the_operators_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is given the events of a daemon, which then writes no log of its own."""
    (tmp_path / "mine.py").write_text(
        "from twisted.logger import FileLogObserver, eventAsText\n"
        "def observer():\n"
        "    out = open('events', 'a', buffering=1)\n"
        "    return FileLogObserver(out, lambda event: 'mine: ' + eventAsText(event) + '\\n')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    given = {"listen": LOOPBACK, "data_dir": str(tmp_path / "data")}
    twistd = command("plugin", tmp_path, front=["--logger=mine.observer"], **given)
    events = tmp_path / "events"
    events.touch()
    with subprocess.Popen(twistd, cwd=tmp_path, stdout=subprocess.PIPE) as process:
        try:
            while not LISTENING.search(events.read_text()):
                assert process.poll() is None
            await_greeting(events.read_text())
            process.send_signal(signal.SIGTERM)
            assert process.communicate(timeout=SECONDS)[0] == b""
            assert process.returncode == 0
        finally:
            process.kill()
    assert all(line.startswith("mine: ") for line in events.read_text().splitlines())
    assert not (tmp_path / "log").exists()


def test_the_journal_is_told_how_grave_a_line_is(tmp_path: Path) -> None:
    """Where systemd says that standard output leads there; without a second date."""
    journal = 'exec 3>&1; export JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/3); exec "$@" 3>&-'
    given = {"listen": LOOPBACK, "data_dir": str(tmp_path / "data")}
    process = subprocess.Popen(
        ["sh", "-c", journal, "sh", *command("program", tmp_path, **given)],
        env=environment("program"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    while "listening on" not in (line := process.stdout.readline()):
        lines.append(line)
        assert line, lines
    await_greeting(line)
    process.terminate()
    lines += process.communicate(timeout=SECONDS)[0].splitlines()
    assert {line[:4] for line in lines} == {"<6>["}

"""A daemon on a machine whose clock jumps, by libfaketime."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from daemon_process import Daemon
from patience import SECONDS
from person import Person

from chatd import chatctl
from chatd.noise.keys import REAL
from chatd.wire import server as wire

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(LIBRARY is None, reason="needs the package faketime"),
]
ALICE, MALLORY = REAL.dh.generate_keypair(), REAL.dh.generate_keypair()
DAY = 86_400
JUMPS = {"two days": 2 * DAY, "a year": 366 * DAY, "an hour": -3600, "ten years": -3650 * DAY}


@pytest.fixture
def jump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Moves the date, not the time, of the processes that are started from now on."""
    offset = tmp_path / "offset"

    def jump(seconds: int) -> None:
        new = offset.with_suffix(".new")
        new.write_text(f"{seconds:+d}")
        new.rename(offset)  # a process may read it this moment

    jump(0)
    monkeypatch.setenv("LD_PRELOAD", str(LIBRARY))
    monkeypatch.setenv("FAKETIME_TIMESTAMP_FILE", str(offset))
    monkeypatch.setenv("FAKETIME_NO_CACHE", "1")
    monkeypatch.setenv("DONT_FAKE_MONOTONIC", "1")
    return jump


def take(daemon: Daemon) -> tuple[str | None, str]:
    """What somebody else gets who wants the name, and why not."""
    with Person(daemon.port, MALLORY) as mallory:
        name = mallory.login("alice").name
        return name, "" if name else mallory.hear(wire.Refused).code


@pytest.mark.parametrize("seconds", JUMPS.values(), ids=JUMPS)
def test_a_jump_frees_no_name_and_stops_no_deadline(
    tmp_path: Path,
    jump: Callable[[int], None],
    seconds: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The name of a new key stays its own, whoever says nothing is still cut off, those who are
    here stay, what chatctl shows is sane, and the log has the jump."""
    with Daemon(tmp_path) as daemon, Person(daemon.port) as other:
        other.login("other")
        with Person(daemon.port, ALICE) as alice:
            assert alice.login("alice").name == "alice"
        with socket.create_connection(("127.0.0.1", daemon.port), SECONDS) as silent:
            silent.settimeout(SECONDS)
            assert silent.recv(1)  # its time has begun
            jump(seconds)
            assert take(daemon) == (None, "taken")
            while silent.recv(4096):
                pass
        other.say(wire.Search("other"))
        assert other.hear(wire.Found).here
        assert chatctl.main(["--data-dir", str(tmp_path / "data"), "--json", "names"]) == 0
        entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert {entry["name"] for entry in entries} == {"alice", "other"}
        daemon.terminate()
        other.close()
        assert daemon.wait()
    assert "the clock of this machine has jumped by" in daemon.log


@pytest.mark.parametrize("seconds", [366 * DAY, -3650 * DAY])
def test_time_is_kept_across_restarts(
    tmp_path: Path, jump: Callable[[int], None], seconds: int
) -> None:
    """Whoever was here a day after the first name keeps it over a stop in which the date jumps,
    and over the next, in which it jumps back."""

    def visit() -> None:
        with Daemon(tmp_path) as daemon:
            with Person(daemon.port, ALICE) as alice:
                assert alice.login("alice").name == "alice"
            daemon.terminate()
            assert daemon.wait()

    for date in (0, DAY - 3600, DAY + 3600):
        jump(date)
        visit()
    for date in (2 * DAY + seconds, 2 * DAY):
        jump(date)
        with Daemon(tmp_path) as daemon:
            assert take(daemon) == (None, "taken")
            daemon.terminate()
            assert daemon.wait()

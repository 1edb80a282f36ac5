"""A backup of a daemon that runs, and another daemon that goes on with it."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from chatctl_process import chatctl, refused, told
from daemon_process import CHATD, Daemon, environment
from patience import SECONDS
from person import Person

from chatd.limits import EPOCH_SECONDS
from chatd.noise.keys import REAL, encode_identity, fingerprint
from chatd.seed_file import DOOR, RELAY, SeedFile
from chatd.wire import server as wire
from chatd.wire.close import Close

ALICE, BOB = REAL.dh.generate_keypair(), REAL.dh.generate_keypair()
KEYS = [fingerprint(encode_identity(each.public)) for each in (ALICE, BOB)]


def restore(copy: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """`chatd restore`."""
    return subprocess.run(
        [*CHATD, "restore", str(copy), "--data-dir", str(folder)],
        env=environment("program"),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


@pytest.mark.slow
def test_a_server_moves(tmp_path: Path) -> None:
    """Copied while people are there, killed, and restored elsewhere: the key, the names, the bans
    and the list of the private server are the same, and who was known at the door is."""
    copy = tmp_path / "copy"
    with Daemon(tmp_path, private="1") as daemon:
        for key in KEYS:
            told(tmp_path, "allow", key)
        told(tmp_path, "ban", "mallory")
        with Person(daemon.port, ALICE) as alice:
            token = alice.login("alice").tokens[0]
            assert "server-key" in chatctl(tmp_path, "backup", str(copy)).stdout
            server = daemon.fingerprint
            assert alice.sees("alice")
    shutil.rmtree(tmp_path / "data")
    new = tmp_path / "new"
    new.mkdir()
    assert restore(copy, new / "data").returncode == 0
    with Daemon(new, private="1") as daemon:
        assert daemon.fingerprint == server
        assert told(new, "bans") == [{"lines": ["mallory"]}]
        assert told(new, "allowed") == [{"lines": sorted(KEYS)}]
        with Person(daemon.port, BOB) as bob:
            bob.say(wire.Login("alice", False, []))
            assert bob.hear(wire.Welcome).name is None
            assert bob.hear(wire.Refused).code == "taken"
            with Person(daemon.port, ALICE, token=token) as alice:
                assert alice.login("alice").name == "alice"
                assert bob.sees("alice")
        with Person(daemon.port) as stranger:
            stranger.say(wire.Login(None, False, []))
            assert stranger.hear(Close).reason == "private"
        daemon.terminate()
        assert daemon.wait()


def test_nothing_is_left_out(tmp_path: Path) -> None:
    """Whatever a daemon leaves in its folder is copied and restored, but for the locks; what is in
    doubt about the seeds goes on being so."""
    old, copy, new = tmp_path / "data", tmp_path / "copy", tmp_path / "new" / "data"
    for name in (DOOR, RELAY):
        SeedFile(old, name).load(os.urandom, time.time() - EPOCH_SECONDS)
    run_until_in_doubt(tmp_path)
    left = {each for each in os.listdir(old) if not each.endswith(".lock")}
    assert {f"{DOOR}-over", f"{RELAY}-over", "door-shown"} < left
    assert chatctl(tmp_path, "backup", str(copy)).returncode == 0
    assert restore(copy, new).returncode == 0
    assert set(os.listdir(copy)) == left == set(os.listdir(new))
    run_until_in_doubt(new.parent)
    for name in left - {"names.sqlite3", "door-shown"}:
        assert (new / name).read_bytes() == (old / name).read_bytes()


def run_until_in_doubt(folder: Path) -> None:
    """Have a daemon run until it has stored that its seeds may be over."""
    with Daemon(folder) as daemon:
        while not all((folder / "data" / f"{name}-over").exists() for name in (DOOR, RELAY)):
            time.sleep(0.01)
        daemon.terminate()
        assert daemon.wait()


def test_no_restore_under_a_daemon(tmp_path: Path) -> None:
    """Neither into its folder, nor over what another one left there."""
    with Daemon(tmp_path) as daemon:
        assert told(tmp_path, "backup", str(tmp_path / "copy"))
        ran = restore(tmp_path / "copy", tmp_path / "data")
        assert (ran.returncode, ran.stdout) == (1, "")
        assert "another daemon runs" in ran.stderr
        daemon.terminate()
        assert daemon.wait()
    ran = restore(tmp_path / "copy", tmp_path / "data")
    assert ran.returncode == 1
    assert "already" in ran.stderr


def test_a_copy_that_cannot_be_made(tmp_path: Path) -> None:
    """It is said in one line, nothing is left of it, and the daemon goes on."""
    with Daemon(tmp_path) as daemon:
        before = os.listdir(tmp_path)
        status, why = refused(tmp_path, "backup", str(tmp_path / "none" / "\x1b[2J" / ("x" * 300)))
        assert (status, os.listdir(tmp_path)) == (1, before)
        assert why.startswith("chatctl: error: ")
        assert all(line.isprintable() for line in why.splitlines())
        with Person(daemon.port) as person:
            assert person.login("here").name == "here"


@pytest.mark.parametrize("words", [[], ["one", "two"]])
def test_one_copy_is_named(words: list[str]) -> None:
    """No more and no less; the status is that of wrong usage."""
    ran = subprocess.run([*CHATD, "restore", *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.startswith("chatd: error: ")

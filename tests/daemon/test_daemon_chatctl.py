"""The operator's commands, with a real daemon."""

import os
import signal
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from chatctl_process import CHATCTL, chatctl, refused, told
from daemon_process import Daemon
from patience import SECONDS
from person import Line, Person

from chatd.chatctl import parser
from chatd.noise.keys import REAL, fingerprint
from chatd.wire import server as wire
from chatd.wire.close import Close

ALICE = REAL.dh.generate_keypair()


def test_names_are_listed(tmp_path: Path) -> None:
    """Whose they are, who is here, by a pattern, in words and for programs."""
    with Daemon(tmp_path) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        with Person(daemon.port) as bob:
            bob.login("bob")
        found = told(tmp_path, "names")
        assert [entry["name"] for entry in found] == ["alice", "bob"]
        assert found[0]["key"] == fingerprint(alice.identity)
        assert [found[0]["here"], *told(tmp_path, "names", "z*")] == [True]
        text = chatctl(tmp_path, "names", "a*").stdout
        assert text.split()[0] == "alice"
        assert "here now" in text
        assert told(tmp_path, "status")[0]["names"] == 2


def test_options_stand_before_a_command_or_behind_it() -> None:
    """As people type them; what is said behind it counts."""
    line = ["--json", "--data-dir", "a", "--config", "c"]
    for words in ([*line, "ban", "bob"], ["ban", *line, "bob"], ["ban", "bob", *line]):
        found = parser().parse_args(words)
        assert (found.what, found.json, found.data_dir, found.config) == ("bob", True, "a", "c")
    assert parser().parse_args(["--data-dir", "a", "status", "--data-dir", "b"]).data_dir == "b"
    plain = parser().parse_args(["status"])
    assert (plain.json, plain.data_dir, plain.config) == (False, None, None)


def test_the_day_on_which_somebody_was_here_is_theirs(tmp_path: Path) -> None:
    """And not the one after it, at whose beginning it ends."""
    with Daemon(tmp_path) as daemon:
        days = [datetime.now(UTC).date()]
        with Person(daemon.port) as alice:
            alice.login("alice")
        while told(tmp_path, "names")[0]["here"]:
            pass
        text = chatctl(tmp_path, "names").stdout
        days.append(datetime.now(UTC).date())
    assert text.split()[1] in map(str, days)


def test_a_name_is_taken_away(tmp_path: Path) -> None:
    """Not while it is in use, and then anybody can have it."""
    with Daemon(tmp_path) as daemon:
        with Person(daemon.port, ALICE) as alice:
            alice.login("alice")
            status, why = refused(tmp_path, "release", "alice")
            assert status == 1
            assert "in use" in why
            alice.say(wire.Username("other"))
            alice.hear(wire.Named)
            assert told(tmp_path, "release", "alice") == [{"released": "alice"}]
        with Person(daemon.port) as bob:
            assert bob.login("alice").name == "alice"


def test_the_folder_that_the_settings_name(tmp_path: Path) -> None:
    """It is found as the daemon finds it, also where another setting has a mistake by now."""
    path = tmp_path / "chatd.toml"
    path.write_text(f'data-dir = "{tmp_path / "elsewhere"}"\n')
    with Daemon(tmp_path, config=str(path), data_dir=str(tmp_path / "elsewhere")):
        path.write_text(path.read_text() + "prot = 1\n")
        command = [*CHATCTL, "--config", str(path), "status"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("by", ["name", "key"])
def test_a_ban_ends_the_session_and_outlives_the_daemon(tmp_path: Path, by: str) -> None:
    """Whoever is banned is told so, also after a restart, until the ban is lifted."""
    with Daemon(tmp_path) as daemon:
        with Person(daemon.port, ALICE) as alice:
            alice.login("alice")
            what = "alice" if by == "name" else fingerprint(alice.identity)
            assert told(tmp_path, "ban", what) == [{"banned": what}]
            assert alice.hear(Close).reason == "banned"
        daemon.terminate()
        assert daemon.wait()
    with Daemon(tmp_path) as daemon:
        assert told(tmp_path, "bans") == [{"lines": [what]}]
        with Person(daemon.port, ALICE) as alice:
            alice.say(wire.Login("alice", False, []))
            if by == "name":
                assert alice.hear(wire.Welcome).name is None
                assert alice.hear(wire.Refused).code == "banned"
            else:
                assert alice.hear(Close).reason == "banned"
        assert told(tmp_path, "unban", what) == [{"unbanned": what}]
        with Person(daemon.port, ALICE) as alice:
            assert alice.login("alice").name == "alice"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["release", "nobody"], 1),
        (["ban", "no name at all"], 1),
        (["ban", "SHA256:short"], 1),
        (["unban", "nobody"], 1),
        (["fly"], 2),
        ([], 2),
    ],
)
def test_mistakes(tmp_path: Path, words: list[str], status: int) -> None:
    """A line that says what is wrong, and the status of the client's other commands."""
    with Daemon(tmp_path):
        found, why = refused(tmp_path, *words)
    assert found == status
    assert why.startswith("chatctl: error: ")


def test_a_data_folder_with_a_long_path(tmp_path: Path) -> None:
    """Longer than the name of a socket may be; the socket is removed at the end as anywhere."""
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    with Daemon(folder) as daemon:
        assert told(folder, "status")[0]["here"] == 0
        assert (folder / "data" / "admin.sock").is_socket()
        daemon.terminate()
        assert daemon.wait()
    assert not (folder / "data" / "admin.sock").exists()
    assert refused(folder, "status")[0] == 1


def test_no_daemon(tmp_path: Path) -> None:
    """Neither where there never was one, nor where one has ended."""
    assert "no daemon runs" in refused(tmp_path, "status")[1]
    with Daemon(tmp_path) as daemon:
        daemon.terminate()
        assert daemon.wait()
    assert "no daemon runs" in refused(tmp_path, "status")[1]


def test_the_socket_is_the_operators(tmp_path: Path) -> None:
    """Nobody else can open it, and one that a killed daemon left behind is taken over."""
    with Daemon(tmp_path):
        assert (tmp_path / "data" / "admin.sock").stat().st_mode & 0o777 == 0o600
    with Daemon(tmp_path):
        assert told(tmp_path, "status")[0]["here"] == 0


@pytest.mark.parametrize("line", [b"{}\n", b"garbage\n", b'{"do": "fly"}\n', b"x" * 5000])
def test_bad_questions(tmp_path: Path, line: bytes) -> None:
    """They are answered with an error or a closed connection, and the next one is answered."""
    with Daemon(tmp_path):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(tmp_path / "data" / "admin.sock"))
            connection.sendall(line)
            with connection.makefile("rb") as answer:
                assert b"released" not in answer.read()
        assert told(tmp_path, "status")[0]["here"] == 0


def test_output_that_cannot_be_written(tmp_path: Path) -> None:
    """A full disk is one line, a reader that has gone none, and the status is 1."""
    command = [*CHATCTL, "--data-dir", str(tmp_path / "data")]
    with Daemon(tmp_path), open("/dev/full", "w") as full:
        done = subprocess.run(
            [*command, "status"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=SECONDS
        )
        words = "chatctl: error: cannot write the output: no space left on device\n"
        assert (done.returncode, done.stderr) == (1, words)
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [*command, "status"], stdout=writing, stderr=subprocess.PIPE, text=True, timeout=SECONDS
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (1, "")


def test_an_interrupt(tmp_path: Path) -> None:
    """While it waits for an answer, it ends without a traceback, with the status of a shell."""
    (tmp_path / "data").mkdir()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "data" / "admin.sock"))
        silent.listen()
        asking = subprocess.Popen(
            [*CHATCTL, "--data-dir", str(tmp_path / "data"), "status"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(4096)
            asking.send_signal(signal.SIGINT)
            assert asking.communicate(timeout=SECONDS) == ("", "")
        assert asking.returncode == 128 + signal.SIGINT


def test_the_rooms_at_the_door_are_counted(tmp_path: Path) -> None:
    """Links that have not logged in: those of a source that has a share, and those over it, of
    which there are more where a network is named as shared."""
    with Daemon(tmp_path, shared="127.0.0.0/8=2") as daemon:
        links = [Line(daemon.port, f"127.0.0.{number + 1}") for number in range(5)]
        for link in links:
            assert link.line()
        (status,) = told(tmp_path, "status")
        # The first link of all is the one that waited for the daemon to listen.
        assert [status[each] for each in ("known", "fresh", "rest", "dropped")] in (
            [0, 3, 2, 0],
            [0, 4, 2, 0],
        )
        for link in links:
            link.close()

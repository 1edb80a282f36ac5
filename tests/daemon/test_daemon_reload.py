"""Settings of a real daemon that change while it runs."""

import os
import signal
from pathlib import Path

import pytest
from chatctl_process import chatctl, refused, told
from daemon_process import LOOPBACK, WAYS, Daemon
from person import Person
from test_daemon_signals import wait_for

from chatd.wire import server as wire


def settings(folder: Path) -> list[str]:
    """What is in force."""
    lines: list[str] = told(folder, "settings")[0]["lines"]
    return lines


@pytest.mark.parametrize("way", [*WAYS, "program"])
def test_a_file_is_read_anew(tmp_path: Path, way: str) -> None:
    """On SIGHUP, however the daemon was started; what cannot change is said, and the rest holds."""
    path = tmp_path / "chatd.toml"
    path.write_text("names-per-key = 1\nmax-clients = 5\n")
    with Daemon(tmp_path, way, config=str(path)) as daemon, Person(daemon.port) as person:
        person.login("one")
        person.say(wire.Username("two"))
        assert person.hear(wire.Refused).code == "too-many"
        path.write_text("names-per-key = 2\nmax-clients = 6\nrole = 'relay'\ndebug = true\n")
        os.kill(daemon.pid, signal.SIGHUP)
        wait_for(lambda: f"names-per-key = 2  # {path} line 1" in settings(tmp_path))
        person.say(wire.Username("two"))
        assert person.hear(wire.Named).name == "two"
        assert "# role: server  (default)" in settings(tmp_path)
        person.close()
        daemon.terminate()
        assert daemon.wait()
    assert f"names-per-key is now 2 ({path} line 1)" in daemon.log
    assert "role needs a restart to change" in daemon.log
    assert "read settings anew" in daemon.log
    assert "a link from ~" in daemon.log  # a line of the debug level


def test_a_bad_file_changes_nothing(tmp_path: Path) -> None:
    """All that is wrong is said in the log, a line for each, and the old settings hold."""
    path = tmp_path / "chatd.toml"
    path.write_text("names-per-key = 1\n")
    with Daemon(tmp_path, config=str(path)) as daemon:
        before = settings(tmp_path)
        path.write_text("names-per-key = 2\nnames = 0\nprot = 1\n")
        status, why = refused(tmp_path, "reload")
        assert status == 1
        first = f"{path} line 2: names must be a number from 1 to 10000000, not '0'"
        assert why == f"chatctl: error: {first}, and 1 more\nchatctl: hint: chatd check says all\n"
        path.unlink()
        assert refused(tmp_path, "reload")[0] == 1
        assert settings(tmp_path) == before
        path.write_text("names-per-key = 3\n")
        assert told(tmp_path, "reload") == [{"lines": [f"names-per-key is now 3 ({path} line 1)"]}]
        daemon.terminate()
        assert daemon.wait()
    assert f"{path} line 2: names must be a number from 1 to 10000000, not '0'" in daemon.log
    assert f"{path} line 3: there is no setting 'prot': did you mean port?" in daemon.log
    assert "Traceback" not in daemon.log


@pytest.mark.slow
def test_what_was_said_to_it_counts_most(tmp_path: Path) -> None:
    """`chatctl set` holds against file, variable and option, and over a reload, until it is taken
    back."""
    path = tmp_path / "chatd.toml"
    path.write_text("max-clients = 5\n")
    with Daemon(tmp_path, config=str(path), names_per_key="1") as daemon:
        lines = told(tmp_path, "set", "names-per-key", "2")[0]["lines"]
        assert lines == ["names-per-key is now 2 (chatctl)"]
        path.write_text("max-clients = 6\nnames-per-key = 3\n")
        told(tmp_path, "reload")
        with Person(daemon.port) as person:
            person.login("one")
            person.say(wire.Username("two"))
            assert person.hear(wire.Named).name == "two"
        assert told(tmp_path, "unset", "names-per-key") == [
            {"lines": ["names-per-key is now 1 (--names-per-key)"]}
        ]
        assert told(tmp_path, "unset", "names-per-key") == [{"lines": ["nothing has changed"]}]
        lines = told(tmp_path, "set", "motd", "back at noon")[0]["lines"]
        assert lines == ['motd is now "back at noon" (chatctl)']


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["set", "names", "0"], "error: names must be a number from 1 to 10000000, not '0'"),
        (["set", "port", "1"], "cannot be set while chatd runs"),
        (["set", "\x1b[2J", "1"], "cannot be set while chatd runs"),
        (["unset", "prot"], "cannot be set while chatd runs"),
    ],
)
def test_what_cannot_be_said_to_it(tmp_path: Path, words: list[str], why: str) -> None:
    """One line with what can be, and nothing changes."""
    with Daemon(tmp_path):
        before = settings(tmp_path)
        status, said = refused(tmp_path, *words)
        assert (status, settings(tmp_path)) == (1, before)
    assert why in said
    assert all(line.isprintable() for line in said.splitlines())


def test_fewer_people_than_are_here(tmp_path: Path) -> None:
    """Whoever is here stays; the next one is refused until there is a place again."""
    with Daemon(tmp_path) as daemon, Person(daemon.port) as alice, Person(daemon.port) as bob:
        alice.login("alice")
        bob.login("bob")
        told(tmp_path, "set", "max-clients", "1")
        assert alice.sees("bob")
        with Person(daemon.port) as carol:
            carol.say(wire.Login(None, False, []))
            assert carol.hear(wire.Close).reason == "full"


def test_more_people_than_there_are_descriptors_for(tmp_path: Path) -> None:
    """It is said with the number that is missing, and the old limit holds."""
    with Daemon(tmp_path) as daemon:
        status, why = refused(tmp_path, "set", "max-clients", "1000000")
        with Person(daemon.port) as person:
            person.login("here")
    assert status == 1
    assert "file descriptors" in why


def test_a_relay_alone_reads_its_file(tmp_path: Path) -> None:
    """It has the same settings and the same signal."""
    path = tmp_path / "chatd.toml"
    path.write_text('role = "relay"\nrelay-pairs = 1\n')
    given = {"config": str(path), "listen": LOOPBACK}
    with Daemon(tmp_path, **given) as daemon:
        path.write_text('role = "relay"\nrelay-pairs = 2\n')
        os.kill(daemon.pid, signal.SIGHUP)
        daemon.wait_for("relay-pairs is now 2")
        daemon.terminate()
        assert daemon.wait()


def test_settings_are_shown_with_their_places(tmp_path: Path) -> None:
    """As `chatd config` does, for the daemon that runs."""
    with Daemon(tmp_path, max_clients="7"):
        shown = chatctl(tmp_path, "settings").stdout.splitlines()
    assert "max-clients = 7  # --max-clients" in shown

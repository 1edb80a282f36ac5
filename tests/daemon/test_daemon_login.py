"""Coming to a daemon, taking a name, and looking for others."""

from pathlib import Path

import pytest
from daemon_process import WAYS, Daemon
from person import Line, Person

from chatd.noise.keys import fingerprint
from chatd.wire import lines
from chatd.wire import server as wire


@pytest.mark.parametrize("suite", ["gcm", "cbc"])
def test_a_login_takes_a_name_and_tells_the_address(daemon: Daemon, suite: str) -> None:
    """A login with either suite gets the name that it wants and its own observed address."""
    with Person(daemon.port, suites=(suite,)) as person:
        welcome = person.login(f"Person-{suite}")
        assert (person.suite, welcome.name) == (suite, f"person-{suite}")
        assert person.seen == person.socket.getsockname()


def test_the_key_of_the_log_is_the_key_of_the_link(daemon: Daemon) -> None:
    """The fingerprint that a daemon logs at its start is that of the key it shows."""
    with Person(daemon.port) as person:
        assert fingerprint(person.server_identity) == daemon.fingerprint


def test_a_taken_name_is_refused_and_the_link_stays(daemon: Daemon) -> None:
    """Whoever wants another's name stays unnamed, is told why, and can take a free one."""
    with Person(daemon.port) as first, Person(daemon.port) as second:
        first.login("taken")
        assert second.login("TAKEN").name is None
        refused = second.hear(wire.Refused)
        assert (refused.to, refused.name, refused.code) == ("username", "TAKEN", "taken")
        second.say(wire.Username("not-taken"))
        assert second.hear(wire.Named).name == "not-taken"


def test_search_finds_who_is_here_and_only_them(daemon: Daemon) -> None:
    """A search says whether somebody is here now, and not that a name was ever used."""
    with Person(daemon.port) as looking:
        looking.login()
        with Person(daemon.port) as found:
            found.login("found")
            assert looking.sees("FOUND")
            found.say(wire.Close("quit"))
            assert found.is_over()
        assert not looking.sees("found")


def test_a_second_login_of_a_key_replaces_the_first(daemon: Daemon) -> None:
    """The older session of a key is told that it was replaced; the new one has the name."""
    with Person(daemon.port) as old:
        old.login("twice")
        with Person(daemon.port, old.static) as new:
            assert new.login("twice").name == "twice"
            assert old.hear(wire.Close).reason == "replaced"
            assert old.is_over()
            assert new.sees("twice")


def test_only_the_allowed_suites_are_greeted(tmp_path: Path) -> None:
    """A daemon with a restricted list of suites says so and speaks it."""
    with Daemon(tmp_path, suites="cbc") as daemon:
        with Line(daemon.port) as line:
            assert lines.read_greeting(line.line()).suites == ["cbc"]
        with Person(daemon.port) as person:
            assert person.suite == "cbc"


@pytest.mark.parametrize("way", WAYS)
def test_the_key_stays_across_restarts(tmp_path: Path, way: str) -> None:
    """A daemon that starts again on its data folder has the key that it had."""
    with Daemon(tmp_path, way) as first:
        first.terminate()
        assert first.wait()
    with Daemon(tmp_path, way) as second:
        assert second.fingerprint == first.fingerprint

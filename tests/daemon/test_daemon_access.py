"""Who may come to a real daemon, and what people are told."""

import os
import signal
from pathlib import Path

import pytest
from chatctl_process import refused, told
from daemon_process import Daemon
from person import Line, Person

from chatd import limits
from chatd.noise.keys import REAL, encode_identity, fingerprint
from chatd.wire import server as wire
from chatd.wire.close import Close

ALICE = REAL.dh.generate_keypair()
KEY = fingerprint(encode_identity(ALICE.public))
NEAR, FAR = "127.0.0.1", "127.9.9.9"


def test_a_network_is_banned_at_once_and_for_good(tmp_path: Path) -> None:
    """Those who are in, at the door or to come from it are sent away, and nobody else; also by the
    next daemon, until the ban is lifted."""
    with Daemon(tmp_path, listen="tcp:0:interface=0.0.0.0") as daemon:
        with Person(daemon.port, ALICE, source=FAR) as alice, Person(daemon.port) as bob:
            alice.login("alice")
            bob.login("bob")
            with Line(daemon.port, FAR) as waiting:
                assert waiting.line()
                assert told(tmp_path, "ban", "127.9.0.0/16") == [{"banned": "127.9.0.0/16"}]
                assert waiting.rest() == b""
            assert alice.hear(Close).reason == "banned"
            assert not bob.sees("alice")
            with Line(daemon.port, FAR) as line:
                assert line.rest() == b"NO banned\r\n"
        daemon.terminate()
        assert daemon.wait()
    with Daemon(tmp_path, listen="tcp:0:interface=0.0.0.0") as daemon:
        with Line(daemon.port, FAR) as line:
            assert line.rest() == b"NO banned\r\n"
        told(tmp_path, "unban", "127.9.0.0/16")
        with Person(daemon.port, ALICE, source=FAR) as alice:
            assert alice.login("alice").name == "alice"


def test_a_private_server(tmp_path: Path) -> None:
    """Only who is on its list comes in, from the moment at which that is said to that at which it
    is taken back; the list outlives the daemon."""
    with Daemon(tmp_path, private="1") as daemon:
        with Person(daemon.port, ALICE) as alice:
            alice.say(wire.Login("alice", False, []))
            assert alice.hear(Close).reason == "private"
        assert told(tmp_path, "allow", KEY) == [{"allowed": KEY}]
        assert told(tmp_path, "allowed") == [{"lines": [KEY]}]
        with Person(daemon.port, ALICE) as alice:
            alice.login("alice")
        daemon.terminate()
        assert daemon.wait()
    with Daemon(tmp_path, private="1") as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        assert told(tmp_path, "deny", KEY) == [{"denied": KEY}]
        assert alice.hear(Close).reason == "private"
        assert refused(tmp_path, "deny", KEY)[0] == 1


@pytest.mark.slow
def test_a_message_of_the_day(tmp_path: Path) -> None:
    """It follows the answer to the login, as long as it may be, until it is changed; whoever is
    here then is told."""
    text = "\N{GRINNING FACE}" * limits.NOTICE
    with Daemon(tmp_path, motd=text) as daemon:
        with Person(daemon.port) as person:
            person.login("one")
            assert person.hear(wire.Notice).text == text
            told(tmp_path, "set", "motd", "down\nat eight")
            assert person.hear(wire.Notice).text == "down\nat eight"
            told(tmp_path, "set", "motd", "")
            told(tmp_path, "set", "motd", "up")
            assert person.hear(wire.Notice).text == "up"
        told(tmp_path, "set", "motd", "down\nat eight")
        with Person(daemon.port) as person:
            person.login("two")
            assert person.hear(wire.Notice).text == "down\nat eight"
        told(tmp_path, "set", "motd", "")
        with Person(daemon.port) as person:
            person.login("three")
            assert person.sees("three")
        assert refused(tmp_path, "set", "motd", text + "x")[0] == 1


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("banned = ['127.0.0.1']", "banned"),
        ("banned = ['KEY']", "banned"),
        ("banned = ['alice']", "banned"),
        ("private = true", "private"),
    ],
)
def test_the_file_is_read_anew(tmp_path: Path, setting: str, reason: str) -> None:
    """On SIGHUP, who may not be here any more is sent away."""
    path = tmp_path / "chatd.toml"
    path.write_text("")
    with Daemon(tmp_path, config=str(path)) as daemon, Person(daemon.port, ALICE) as alice:
        alice.login("alice")
        path.write_text(setting.replace("KEY", KEY))
        os.kill(daemon.pid, signal.SIGHUP)
        assert alice.hear(Close).reason == reason

"""Names outlive the daemon, however it ends."""

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from daemon_process import LISTENING, LOOPBACK, Daemon, attempt, end
from person import NOWHERE, Person, introduce

from chatd.noise.keys import REAL
from chatd.rendezvous.name_file import FILE, NameFile
from chatd.wire import server as wire

ALICE, MALLORY = REAL.dh.generate_keypair(), REAL.dh.generate_keypair()


def test_a_name_survives_a_restart(tmp_path: Path) -> None:
    """Its holder uses it again, and nobody else can."""
    with Daemon(tmp_path) as daemon:
        with Person(daemon.port, ALICE) as alice:
            assert alice.login("alice").name == "alice"
        daemon.terminate()
        assert daemon.wait()
    with Daemon(tmp_path) as daemon:
        with Person(daemon.port, MALLORY) as mallory:
            assert mallory.login("alice").name is None
            refused = mallory.hear(wire.Refused)
            assert (refused.to, refused.code) == ("username", "taken")
        with Person(daemon.port, ALICE) as alice:
            assert alice.login("alice").name == "alice"


def test_an_answered_name_survives_kills(tmp_path: Path) -> None:
    """A daemon that is killed right after its answers has kept what it answered."""
    random, keys = Random(1), [REAL.dh.generate_keypair() for _ in range(5)]
    for number, key in enumerate(keys):
        with Daemon(tmp_path) as daemon, Person(daemon.port, key) as person:
            person.login(f"name{number}")
            for other in range(random.randrange(3)):
                person.say(wire.Username(f"name{number}-{other}"))
                person.hear(wire.Named)
            os.kill(daemon.pid, signal.SIGKILL)
    with Daemon(tmp_path) as daemon:
        for number, key in enumerate(keys):
            with Person(daemon.port, MALLORY) as mallory:
                assert mallory.login(f"name{number}").name is None
            with Person(daemon.port, key) as person:
                assert person.login(f"name{number}").name == f"name{number}"


def test_commands_behind_a_claim_are_answered_after_it(tmp_path: Path) -> None:
    """Whatever the disk takes, answers come in the order of the commands."""
    with Daemon(tmp_path) as daemon, Person(daemon.port) as person:
        person.login()
        for message in (wire.Username("one"), wire.Search("one"), wire.Username("two")):
            person.say(message)
        assert person.hear(wire.Named).name == "one"
        assert person.hear(wire.Found).here
        assert person.hear(wire.Named).name == "two"
        person.say(wire.Release("one"))
        person.say(wire.Search("one"))
        assert person.hear(wire.Released).name == "one"
        assert not person.hear(wire.Found).here


def test_what_the_operator_says_of_names_holds(tmp_path: Path) -> None:
    """How many there are in all, and for one source, which this machine is as well."""
    with Daemon(tmp_path, names="3", names_per_source="2") as daemon, Person(daemon.port) as person:
        person.login("one")
        person.say(wire.Username("two"))
        person.hear(wire.Named)
        person.say(wire.Username("three"))
        refused = person.hear(wire.Refused)
        assert refused.code == "slow-down"
        assert 12 * 3600 - 60 <= (refused.seconds or 0) <= 12 * 3600
        daemon.terminate()
        person.close()
        assert daemon.wait()
    given = {"names": "3", "names_per_source": "2", "shared": "127.0.0.0/8=5"}
    with Daemon(tmp_path, **given) as daemon, Person(daemon.port) as person:
        person.login("three")
        person.say(wire.Username("four"))
        assert person.hear(wire.Refused).code == "full"


def test_a_key_has_few_names(tmp_path: Path) -> None:
    """The operator's number holds for a key."""
    with Daemon(tmp_path, names_per_key="1") as daemon, Person(daemon.port) as person:
        person.login("one")
        person.say(wire.Username("two"))
        assert person.hear(wire.Refused).code == "too-many"


def test_a_daemon_in_the_background_keeps_names(tmp_path: Path) -> None:
    """The file is opened by the process that stays, not by the one that started it."""
    result = attempt("plugin", tmp_path, listen=LOOPBACK, data_dir="data")
    pid = int((tmp_path / "pid").read_text())
    try:
        assert result.returncode == 0
        found = LISTENING.search((tmp_path / "log").read_text())
        assert found is not None
        with Person(int(found[2]), ALICE) as alice:
            assert alice.login("alice").name == "alice"
        with closing(NameFile(tmp_path / "data")) as file:
            assert [binding.name for binding in file.load().bindings] == ["alice"]
    finally:
        end(pid)


def test_the_file_does_not_say_who_left_with_whom(tmp_path: Path) -> None:
    """Of four people of whom two left to talk, it has the day, or what follows from their first
    name; a daemon that is stopped in good order keeps that the two are shown as around, in round
    numbers, and its successor removes that."""
    with Daemon(tmp_path) as daemon:
        people = {name: Person(daemon.port) for name in ("ann", "ben", "cat", "dan")}
        for name, person in people.items():
            person.login(name)
        id = introduce(people["ann"], people["ben"], "ben")
        people["ann"].say(wire.OfferMade(id, b"of ann", NOWHERE))
        people["ann"].hear(wire.Go)
        for person in people.values():
            person.close()
        daemon.terminate()
        assert daemon.wait()
    moments = stored(tmp_path, "SELECT first, seen FROM names")
    assert len(moments) == 4
    assert all(seen % 86_400 == 0 or seen == first + 86_399 for first, seen in moments)
    held = stored(tmp_path, "SELECT name, until FROM held")
    assert {name for name, _ in held} == {"ann", "ben"}
    with Daemon(tmp_path) as daemon, Person(daemon.port) as watcher:
        watcher.login("watcher")
        assert [watcher.sees(name) for name in ("ann", "ben", "cat")] == [True, True, False]
        os.kill(daemon.pid, signal.SIGKILL)
    assert stored(tmp_path, "SELECT * FROM held") == []


def stored(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """What the file of names says."""
    with closing(sqlite3.connect(folder / "data" / FILE)) as file:
        return file.execute(query).fetchall()

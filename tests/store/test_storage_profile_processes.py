"""Several terminals of one account: real processes that start, collide and die."""

from pathlib import Path

import pytest
from other_process import OtherProcess, Start

from chatd.noise.keys import fingerprint
from chatd.store.profiles import ProfileInUse, Profiles

SERVER = "chat.example.org:1712"

TERMINAL = """
from chatd.store.profiles import ProfileInUse, Profiles
from chatd.noise.keys import fingerprint
say("ready")
wait()
try:
    profile = Profiles(Path(sys.argv[1])).pick(("chat.example.org:1712",), sys.argv[2])
    say(fingerprint(profile.identity))
except ProfileInUse as error:
    say(str(error))
    sys.exit(1)
wait()
if "hold" in sys.argv:
    profile.held("chat.example.org:1712", sys.argv[2])
profile.discard_if_unused()
"""


def terminals(start: Start, folder: Path, *names: str, hold: bool = False) -> list[OtherProcess]:
    """Terminals that are ready, and pick their profiles together."""
    processes = [start(TERMINAL, folder, name, *["hold"] * hold) for name in names]
    assert {process.hears() for process in processes} == {"ready"}
    for process in processes:
        process.go()
    return processes


def made(folder: Path, name: str) -> str:
    """A profile that has held a name; its fingerprint."""
    profile = Profiles(folder).pick((SERVER,), name)
    profile.held(SERVER, name)
    profile.close()
    return fingerprint(profile.identity)


def profiles(folder: Path) -> int:
    return sum(path.is_dir() for path in (folder / "profiles").iterdir())


def test_two_people_start_at_once(tmp_path: Path, start: Start) -> None:
    """Different names at the same instant get their own profiles, made before or now."""
    alice = made(tmp_path, "alice")
    one, two = terminals(start, tmp_path, "alice", "bob")
    heard = [one.hears(), two.hears()]
    assert heard[0] == alice
    assert heard[1].startswith("SHA256:")
    assert heard[1] != alice


def test_two_terminals_with_the_same_name(tmp_path: Path, start: Start) -> None:
    """One opens the profile that held the name; the other is told where it is."""
    alice = made(tmp_path, "alice")
    one, two = terminals(start, tmp_path, "alice", "alice")
    heard = {one.hears(), two.hears()}
    assert heard == {alice, "alice is already open in another terminal"}


def test_many_terminals_with_the_same_new_name(tmp_path: Path, start: Start) -> None:
    """All of them start, each with an identity of its own, and leave nothing when refused."""
    processes = terminals(start, tmp_path, *["alice"] * 4)
    assert len({process.hears() for process in processes}) == 4
    assert profiles(tmp_path) == 4
    for process in processes:
        process.go()
    assert [process.ended() for process in processes] == [0] * 4
    assert profiles(tmp_path) == 0


def test_starting_and_leaving_at_once(tmp_path: Path, start: Start) -> None:
    """While unused profiles are being removed, others start safely and find nothing half gone."""
    leaving = terminals(start, tmp_path, *["alice"] * 3)
    assert len({process.hears() for process in leaving}) == 3
    coming = [start(TERMINAL, tmp_path, "bob", "hold") for _ in range(3)]
    assert {process.hears() for process in coming} == {"ready"}
    for process in leaving + coming:
        process.go()
    assert len({process.hears() for process in coming}) == 3
    for process in coming:
        process.go()
    assert [process.ended() for process in leaving + coming] == [0] * 6
    assert profiles(tmp_path) == 3


def test_a_killed_terminal_leaves_its_profile_free(tmp_path: Path, start: Start) -> None:
    """After SIGKILL the name opens again at once, with the same identity."""
    alice = made(tmp_path, "alice")
    [terminal] = terminals(start, tmp_path, "alice")
    assert terminal.hears() == alice
    with pytest.raises(ProfileInUse):
        Profiles(tmp_path).pick((SERVER,), "alice")
    terminal.kill()
    profile = Profiles(tmp_path).pick((SERVER,), "alice")
    assert fingerprint(profile.identity) == alice
    profile.close()


def test_killed_beginners_do_not_pile_up(tmp_path: Path, start: Start) -> None:
    """However often a first start is killed, its one profile is used again by the next."""
    seen = set()
    for _ in range(4):
        [terminal] = terminals(start, tmp_path, "alice")
        seen.add(terminal.hears())
        terminal.kill()
    assert len(seen) == 1
    assert profiles(tmp_path) == 1


@pytest.mark.slow
def test_starts_killed_anywhere(tmp_path: Path, start: Start) -> None:
    """Killed at any moment of making, holding and removing, profiles stay usable and few."""
    alice = made(tmp_path, "alice")
    code = """
    from chatd.store.profiles import Profiles
    profiles = Profiles(Path(sys.argv[1]))
    while True:
        say("again")
        profiles.pick(("chat.example.org:1712",), "carol").discard_if_unused()
        profile = profiles.pick(("chat.example.org:1712",), "bob")
        profile.held("chat.example.org:1712", "bob")
        profile.close()
    """
    for life in range(24):
        process = start(code, tmp_path)
        for _ in range(1 + life % 4):
            assert process.hears() == "again"
        process.kill()
        profile = Profiles(tmp_path).pick((SERVER,), "alice")
        assert fingerprint(profile.identity) == alice
        profile.close()
        Profiles(tmp_path).pick((SERVER,), "bob").close()
    assert profiles(tmp_path) <= 3

"""What a profile remembers of the doors of its servers (protocol, "Tokens")."""

from pathlib import Path

import pytest

from chatd import limits
from chatd.files import StorageError, write_private
from chatd.noise.keys import X25519
from chatd.store.door_memory import FILE, Door, DoorMemory
from chatd.store.profile import Profile
from chatd.store.profiles import Profiles

SERVER, OTHER = b"\x01" + bytes(32), b"\x01" + bytes(range(32))
SUITES = ["gcm", "cbc"]


def tokens(*numbers: int) -> list[bytes]:
    """Those of these numbers."""
    return [bytes([number]) * limits.DOOR for number in numbers]


def test_each_token_is_given_once_the_newest_first(tmp_path: Path) -> None:
    """Whoever asks, in this process or in another."""
    DoorMemory(tmp_path).learn(SERVER, SUITES, tokens(1, 2))
    DoorMemory(tmp_path).learn(SERVER, SUITES, tokens(3, 4))
    taken = [DoorMemory(tmp_path).take(SERVER) for _ in range(5)]
    assert [each.tokens for each in taken] == [*([each] for each in tokens(4, 3, 2, 1)), []]
    assert {tuple(each.suites) for each in taken} == {("gcm", "cbc")}


def test_the_newest_are_kept(tmp_path: Path) -> None:
    """At the limit all, and of more the oldest go."""
    memory = DoorMemory(tmp_path)
    memory.learn(SERVER, SUITES, tokens(*range(limits.DOOR_KEPT)))
    memory.learn(SERVER, ["cbc"], tokens(100))
    taken = [memory.take(SERVER) for _ in range(limits.DOOR_KEPT + 1)]
    expected = [100, *range(limits.DOOR_KEPT - 1, 0, -1)]
    assert [each.tokens for each in taken] == [*([each] for each in tokens(*expected)), []]
    assert taken[0].suites == ["cbc"]


def test_servers_have_nothing_of_each_other(tmp_path: Path) -> None:
    """A token is shown to the server that gave it alone, and forgotten with it alone."""
    memory = DoorMemory(tmp_path)
    memory.learn(SERVER, SUITES, tokens(1))
    memory.learn(OTHER, SUITES, tokens(2))
    memory.forget(SERVER)
    assert memory.take(SERVER) == Door(SERVER)
    assert memory.take(OTHER).tokens == tokens(2)


def test_servers_are_bounded(tmp_path: Path) -> None:
    """Where there would be one more, the one goes that was seen longest ago."""
    memory = DoorMemory(tmp_path)
    keys = [b"\x01" + bytes([number]) * 32 for number in range(limits.DOORS + 1)]
    for number, key in enumerate(keys):
        memory.learn(key, SUITES, tokens(number))
    assert memory.take(keys[0]) == Door(keys[0])
    assert memory.take(keys[1]).tokens == tokens(1)


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    """It says when somebody was where."""
    DoorMemory(tmp_path).learn(SERVER, SUITES, tokens(1))
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(StorageError):
        DoorMemory(tmp_path).take(SERVER)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"version":2,"doors":[{"server":"AA=="}]}'])
def test_a_damaged_one_gives_nothing(tmp_path: Path, data: bytes) -> None:
    """It is never guessed at."""
    write_private(tmp_path / FILE, data)
    with pytest.raises(StorageError):
        DoorMemory(tmp_path).take(SERVER)
    assert (tmp_path / FILE).read_bytes() == data


def test_what_cannot_be_struck_out_is_not_given(tmp_path: Path) -> None:
    """On a disk that refuses, or it would be shown twice."""
    memory = DoorMemory(tmp_path)
    memory.learn(SERVER, SUITES, tokens(1))
    (tmp_path / FILE).rename(tmp_path / "aside")
    (tmp_path / FILE).mkdir()
    with pytest.raises(StorageError):
        memory.take(SERVER)


def test_a_profile_that_never_held_a_name_goes_with_it(tmp_path: Path) -> None:
    """Its folder is removed as if it had never logged in."""
    profile = Profile(tmp_path / "profiles" / ("0" * 16), X25519(), lambda: 0.0)
    profile.doors.learn(SERVER, SUITES, tokens(1))
    profile.discard_if_unused()
    assert not profile.folder.exists()


def test_a_server_is_forgotten_in_every_profile(tmp_path: Path) -> None:
    """Also in one that is open elsewhere."""
    profiles = Profiles(tmp_path, X25519())
    open_one = profiles.pick(("a:1",), "alice")
    open_one.held("a:1", "alice")
    closed = profiles.pick(("a:1",), "bob")
    for profile in (open_one, closed):
        profile.doors.learn(SERVER, SUITES, tokens(1))
        profile.doors.learn(OTHER, SUITES, tokens(2))
    profiles.forget_door(SERVER)
    for profile in (open_one, closed):
        assert profile.doors.take(SERVER) == Door(SERVER)
        assert profile.doors.take(OTHER).tokens == tokens(2)

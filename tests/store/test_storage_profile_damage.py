"""Profiles among damaged files, strange names and things of others."""

import os
from pathlib import Path

import pytest
from storage_account import SERVER, Account, met

from chatd import limits
from chatd.errors import Usage
from chatd.files import StorageError, write_private
from chatd.store.profile import CONTACTS, IDENTITY, LOCK, NAMES
from chatd.store.profiles import Profiles

BOB = b"\x01" * 33
CAROL = b"\x02" * 33


def test_a_damaged_profile_stops_only_those_who_may_need_it(account: Account) -> None:
    """A name that another profile held still starts; for any other name it is an error."""
    account.past("alice")
    [broken] = account.folders()
    bob = account.past("bob")
    path = account.folder / "profiles" / broken / NAMES
    write_private(path, b"damaged")
    assert account.pick("bob").identity == bob
    with pytest.raises(StorageError, match=r"profile file .* is damaged") as e:
        account.pick("alice")
    assert e.value.hint == f"move it away: mv {path.parent} {path.parent}.damaged"
    assert path.read_bytes() == b"damaged"
    path.parent.rename(f"{path.parent}.damaged")
    account.pick("alice")


@pytest.mark.parametrize("damage", [b"damaged", None])
def test_a_damaged_identity_is_never_replaced(account: Account, damage: bytes | None) -> None:
    """A used profile whose key is unreadable or missing is an error, not a new key."""
    account.past("alice")
    [name] = account.folders()
    path = account.folder / "profiles" / name / IDENTITY
    path.unlink()
    if damage:
        write_private(path, damage)
    with pytest.raises(StorageError, match=r"is damaged|has lost its identity\.json"):
        account.pick("alice")
    assert (path.read_bytes() if damage else path.exists()) == (damage or False)


def test_an_unused_profile_that_cannot_be_read_is_passed_over(account: Account) -> None:
    """A new name does not depend on what an earlier start left unreadable."""
    profile = account.pick("alice")
    profile.close()
    write_private(profile.folder / IDENTITY, b"damaged")
    assert account.pick("alice").folder != profile.folder
    assert (profile.folder / IDENTITY).read_bytes() == b"damaged"


def test_a_key_that_others_can_read_is_refused(account: Account) -> None:
    """The hint is the command that makes it private again."""
    account.past("alice")
    [name] = account.folders()
    path = account.folder / "profiles" / name / IDENTITY
    path.chmod(0o644)
    with pytest.raises(StorageError, match="others have access") as caught:
        account.pick("alice")
    assert caught.value.hint == f"chmod 600 {path}"


def test_other_things_among_the_profiles_are_ignored(account: Account) -> None:
    """Files and folders that are not ours neither disturb nor change."""
    account.past("alice")
    profiles = account.folder / "profiles"
    (profiles / "notes.txt").write_text("mine")
    (profiles / "0123456789abcdef.damaged").mkdir()
    os.mkfifo(profiles / "fifo")
    assert account.pick("bob").folder.name not in ("notes.txt", "0123456789abcdef.damaged", "fifo")
    assert not any((profiles / "0123456789abcdef.damaged").iterdir())


@pytest.mark.parametrize("server", ["../../x:1", "/etc/passwd:1", "a/b:1", ".", "~root:1"])
def test_strange_servers_and_names_are_never_paths(account: Account, server: str) -> None:
    """Only random names become folders, whatever the server and the name look like."""
    profile = account.pick("../../alice", server)
    profile.held(server, "alice")
    met(profile, server, "bob", BOB)
    assert sorted(os.listdir(account.folder.parent)) == ["data"]
    assert os.listdir(account.folder) == ["profiles"]
    assert set(os.listdir(account.folder / "profiles")) == {LOCK, profile.folder.name}
    assert set(os.listdir(profile.folder)) == {CONTACTS, IDENTITY, LOCK, NAMES}


@pytest.mark.parametrize("server", ["", "a\nb:1", "\ud800:1", "x" * (limits.SERVER_ADDRESS + 1)])
def test_what_is_no_server_makes_no_profile(account: Account, server: str) -> None:
    """An address that cannot be kept is refused before anything is made."""
    with pytest.raises(Usage):
        account.pick("alice", server)
    assert account.folders() == []


def test_randomness_names_the_folder(tmp_path: Path) -> None:
    """The folder's name comes from the injected randomness and from nothing else."""
    profile = Profiles(tmp_path, random=lambda size: b"\xab" * size).pick((SERVER,), "alice")
    assert profile.folder == tmp_path / "profiles" / ("ab" * 8)
    profile.close()


def test_a_name_of_a_folder_is_never_taken_twice(tmp_path: Path) -> None:
    """Randomness that repeats itself is an error, and harms no profile that is there."""
    profiles = Profiles(tmp_path, random=bytes)
    profile = profiles.pick((SERVER,), "alice")
    with pytest.raises(StorageError, match="is there already"):
        profiles.pick((SERVER,), "bob")
    assert sorted(os.listdir(profile.folder)) == [IDENTITY, LOCK]
    profile.close()

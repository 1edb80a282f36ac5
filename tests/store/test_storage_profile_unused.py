"""Profiles that never held a name: completed, used again, or removed."""

import os

import pytest
from full_disk import Disk
from storage_account import SERVER, Account

from chatd.files import StorageError
from chatd.store.profile import IDENTITY, LOCK, NAMES


def test_an_unused_profile_is_removed(account: Account) -> None:
    """Discarding removes the folder, also what a killed writer left in it; again is harmless."""
    profile = account.pick("alice")
    (profile.folder / f".{NAMES}.abc.new").touch()
    profile.discard_if_unused()
    profile.discard_if_unused()
    assert account.folders() == []


def test_a_used_profile_is_only_closed(account: Account) -> None:
    """A profile that held a name survives being discarded, and can be opened again."""
    profile = account.pick("alice")
    profile.held(SERVER, "alice")
    profile.discard_if_unused()
    assert account.pick("alice").identity == profile.identity


def test_a_name_that_could_not_be_stored_keeps_the_key(account: Account, disk: Disk) -> None:
    """If the disk is full when the name is granted, the key that owns the name stays."""
    profile = account.pick("alice")
    disk.full = True
    with pytest.raises(StorageError, match="disk is full"):
        profile.held(SERVER, "alice")
    disk.full = False
    assert not profile.unused
    profile.discard_if_unused()
    assert account.pick("alice").identity == profile.identity


def test_what_others_put_there_is_kept(account: Account) -> None:
    """A folder with a file that is not ours is not removed, and is used again."""
    profile = account.pick("alice")
    (profile.folder / "mine.txt").write_text("mine")
    profile.discard_if_unused()
    assert (profile.folder / "mine.txt").read_text() == "mine"
    assert account.pick("alice").folder == profile.folder


@pytest.mark.parametrize("there", [[], [LOCK], [LOCK, f".{IDENTITY}.abc.new"]])
def test_a_half_made_profile_is_completed(account: Account, there: list[str]) -> None:
    """What a process killed while making a profile left is used by the next start."""
    folder = account.folder / "profiles" / "0123456789abcdef"
    folder.mkdir(0o700, parents=True)
    for name in there:
        (folder / name).touch(0o600)
    assert account.pick("alice").folder == folder
    assert sorted(os.listdir(folder)) == [IDENTITY, LOCK]


def test_a_full_disk_is_explained_and_harmless(account: Account, disk: Disk) -> None:
    """No profile without its identity on disk; afterwards the start works and nothing piles up."""
    account.past("bob")
    disk.full = True
    for _ in range(3):
        with pytest.raises(StorageError, match="disk is full"):
            account.pick("alice")
    disk.full = False
    account.pick("alice")
    assert len(account.folders()) == 2

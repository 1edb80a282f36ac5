"""Which profile a name picks, and who may have it open."""

import os
import pwd
from contextlib import closing
from pathlib import Path

import platformdirs
import pytest
from storage_account import SERVER, Account

from chatd.files import StorageError, write_private
from chatd.store.folder import default_folder
from chatd.store.profile import CONTACTS, LOCK
from chatd.store.profiles import ProfileInUse


def test_a_profile_is_picked_by_the_name_that_it_held(account: Account) -> None:
    """Each name finds the identity that held it, whatever the case it is typed in."""
    alice, bob = account.past("alice"), account.past("bob")
    assert account.pick("bob").identity == bob
    assert account.pick("Alice").identity == alice


def test_every_name_that_was_held_counts(account: Account) -> None:
    """Former names of a profile pick it too."""
    alice = account.past("alice", "ally")
    profile = account.pick("alice")
    assert profile.identity == alice
    assert profile.names(SERVER) == ["alice", "ally"]


def test_names_belong_to_a_server(account: Account) -> None:
    """The same name on another server or port is someone else."""
    alice = account.past("alice")
    assert account.pick("alice", "chat.example.org:1713").identity != alice


def test_all_entries_of_a_server_count(account: Account) -> None:
    """What was done under another spelling of the server belongs to it: the last holder wins."""
    alice = account.past("alice")
    other = account.past("alice", "bob", server="localhost:1712")
    entries = (SERVER, "localhost:1712")
    with closing(account.profiles().pick(entries, "alice")) as profile:
        assert profile.identity == other
        assert profile.entry(entries) == "localhost:1712"
    with closing(account.profiles().pick(entries[:1], "alice")) as profile:
        assert profile.identity == alice
        assert profile.entry(entries) == SERVER
    with closing(account.profiles().pick(entries, "carol")) as profile:
        assert profile.identity not in (alice, other)
        assert profile.entry(entries) == SERVER


def test_our_names_on_a_server(account: Account) -> None:
    """All of them, the most recent first, whatever identity had them and under which spelling."""
    account.past("alice", "ally")
    account.past("bob", server="localhost:1712")
    account.past("carol", server="other:1")
    account.past("alice")
    assert account.profiles().names((SERVER, "localhost:1712")) == ["alice", "bob", "ally"]
    assert account.profiles().names(("nowhere:1",)) == []


def test_an_unused_profile_is_left_for_who_we_are(account: Account) -> None:
    """Once it turns out which server it is, the unused profile goes and the known one is taken."""
    alice = account.past("alice")
    unused = account.pick("alice", "localhost:1712")
    assert unused.identity != alice
    profile = account.profiles().pick((SERVER,), "alice", unused)
    assert profile.identity == alice
    assert len(account.folders()) == 1
    profile.close()


def test_two_who_find_out_at_once(account: Account) -> None:
    """Of two clients that both learn who they are, one is, and the other keeps what it had."""
    account.past("alice")
    one, two = (account.pick("alice", f"127.0.0.{n}:1") for n in (1, 2))
    profile = account.pick("alice", current=one)
    with pytest.raises(ProfileInUse):
        account.pick("alice", current=two)
    assert two.unused
    profile.close()


def test_an_unknown_name_gets_a_new_profile(account: Account) -> None:
    """A name that nobody held does not take the profile of another name."""
    alice = account.past("alice")
    new = account.pick("carol")
    assert new.identity != alice
    assert new.unused
    assert new.names(SERVER) == []


def test_the_last_holder_wins(account: Account) -> None:
    """Where several profiles held a name, it is the one to which it was granted last."""
    account.past("alice")
    second = account.past("alice")
    account.past("bob")
    assert account.pick("alice").identity == second
    account.close()
    third = account.past("alice")
    assert account.pick("alice").identity == third


def test_holding_again_makes_it_the_last(account: Account) -> None:
    """A name that is granted again moves to the end and to the present."""
    first = account.past("alice")
    account.past("alice")
    profile = next(p for p in account.all() if p.identity == first)
    profile.held(SERVER, "ally")
    profile.held(SERVER, "alice")
    profile.close()
    picked = account.pick("alice")
    assert picked.identity == first
    assert picked.names(SERVER) == ["ally", "alice"]


def test_a_profile_is_on_disk_before_its_name_is_claimed(account: Account) -> None:
    """A process that ends right after picking leaves its identity to the next one."""
    profile = account.pick("alice")
    profile.close()
    assert account.pick("whoever").identity == profile.identity
    assert len(account.folders()) == 1


def test_an_open_profile_is_in_use(account: Account) -> None:
    """Picking it again says so in these words; others can be picked."""
    account.past("alice")
    account.past("bob")
    alice = account.pick("alice")
    with pytest.raises(ProfileInUse) as caught:
        account.pick("ALICE")
    assert str(caught.value) == "alice is already open in another terminal"
    assert caught.value.hint == f"go on there (process {os.getpid()}), or choose another name"
    account.pick("bob").close()
    alice.close()
    account.pick("alice").close()


@pytest.mark.parametrize("said", [b"", b"alice\n", b"-1", b"\xb2"])
def test_whoever_has_not_signed_is_not_named(account: Account, said: bytes) -> None:
    """What stands in the lock's file is a number, or nothing."""
    account.past("alice")
    alice = account.pick("alice")
    (alice.folder / LOCK).write_bytes(said)
    with pytest.raises(ProfileInUse) as caught:
        account.pick("alice")
    assert caught.value.hint == "go on there, or choose another name"


def test_an_open_unused_profile_is_not_shared(account: Account) -> None:
    """Two who want the same new name at once have two identities; the server decides."""
    one, two = account.pick("alice"), account.pick("alice")
    assert one.identity != two.identity


def test_a_failed_pick_leaves_nothing_locked(account: Account) -> None:
    """After an error at opening, the profile can be opened once the cause is gone."""
    alice = account.past("alice")
    [name] = account.folders()
    path = account.folder / "profiles" / name / CONTACTS
    write_private(path, b"damaged")
    with pytest.raises(StorageError, match="is damaged"):
        account.pick("alice")
    path.unlink()
    assert account.pick("alice").identity == alice


def test_the_next_try_uses_the_same_profile(account: Account) -> None:
    """After "taken", another new name keeps the profile and makes no second one."""
    first = account.pick("alice")
    assert account.pick("alicia", current=first) is first
    assert len(account.folders()) == 1


def test_the_next_try_may_be_a_name_that_was_held(account: Account) -> None:
    """The profile of that name is opened, and the unused one is removed."""
    bob = account.past("bob")
    assert account.pick("bob", current=account.pick("alice")).identity == bob
    assert len(account.folders()) == 1


def test_the_next_try_does_not_mix_identities(account: Account) -> None:
    """A profile with a past is not used for a new name; it is closed and stays."""
    alice = account.past("alice")
    first = account.pick("alice")
    assert account.pick("dave", current=first).identity != alice
    assert account.pick("alice").identity == alice


def test_the_next_try_may_be_the_same_name(account: Account) -> None:
    """Trying the same name again keeps the open profile, though it is locked by ourselves."""
    account.past("alice")
    first = account.pick("alice")
    assert account.pick("alice", current=first) is first


def test_a_failed_next_try_keeps_the_current_profile(account: Account) -> None:
    """When the other profile is in use, the current one stays open for a third name."""
    account.past("bob")
    account.pick("bob")
    current = account.pick("alice")
    with pytest.raises(ProfileInUse):
        account.pick("bob", current=current)
    assert account.pick("carol", current=current) is current


def test_the_default_folder_follows_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`XDG_DATA_HOME` decides, and without it `~/.local/share`."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert default_folder() == tmp_path / "xdg" / "chatd"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_folder() == tmp_path / "home" / ".local" / "share" / "chatd"


def test_a_home_that_does_not_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named itself, not a folder below it, and not made; one that is set counts alone."""
    home = tmp_path / "nobody"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    with pytest.raises(StorageError) as caught:
        default_folder()
    assert str(caught.value) == f"your home folder {home} does not exist"
    assert "set HOME or XDG_DATA_HOME" in caught.value.hint
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert default_folder() == tmp_path / "xdg" / "chatd"
    assert not home.exists()


def test_a_relative_folder_is_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is stored relative to wherever the program was started."""
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_, **__: Path("~/chatd"))
    with pytest.raises(StorageError, match="no home folder"):
        default_folder()


def test_without_a_home_there_is_no_default_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account without a home is told what to set."""

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    with pytest.raises(StorageError, match="no home folder"):
        default_folder()

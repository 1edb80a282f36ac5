"""Identities that move to another machine, in one sealed file."""

import os
import signal
import stat
from contextlib import closing
from pathlib import Path

import pytest
from full_disk import Disk
from msgspec.structs import replace
from other_process import Start
from storage_account import SERVER, Account, met

from chatd.files import StorageError, TooNew, write_private
from chatd.noise.keys import X25519, fingerprint
from chatd.store.contact import Known
from chatd.store.documents import VERSION, Damaged
from chatd.store.identity_export import Moved, export, read_export, unpack
from chatd.store.identity_file import IDENTITY, PassphraseNeeded
from chatd.store.keyring import Keyring, NotFound, ProfileThere
from chatd.store.known_servers import KnownServer
from chatd.store.moment import moment
from chatd.store.profile import CONTACTS, LOCK, NAMES
from chatd.store.profiles import ProfileInUse, Profiles
from chatd.store.sealed import Sealed, seal, unseal
from chatd.store.servers import Servers

pytestmark = pytest.mark.usefixtures("_little_memory")

SECRET = bytes(range(32))
PUBLIC = X25519().keypair_from_private(SECRET).public
BOB = b"\x01" + bytes(range(32))
KEY = b"\x01" + b"k" * 32
WORD = "word"


def opener(sealed: Sealed) -> bytes:
    return unseal(sealed, WORD, "identity")


def keyring(folder: Path) -> Keyring:
    return Keyring(folder, opener)


def exported(account: Account, target: Path) -> bytes:
    """Make a profile with a name and a contact, export it, and give its identity."""
    account.past("alice")
    profile = account.pick("alice")
    met(profile, SERVER, "bob", BOB)
    profile.close()
    export(profile.folder, profile.static, [], WORD, target)
    return profile.identity


def moved(path: Path) -> Moved:
    return unpack(read_export(path), WORD)


def known_as(*addresses: str) -> KnownServer:
    """A server that was reached at these addresses, the first one first."""
    return KnownServer(KEY, moment(0), list(addresses), [addresses[0]])


def profiles_in(folder: Path) -> list[str]:
    """What stands among the profiles, but for the lock."""
    return sorted(set(os.listdir(folder / "profiles")) - {LOCK})


def test_an_identity_moves_with_its_names_and_contacts(account: Account, tmp_path: Path) -> None:
    """On the other machine it is picked for its name, sealed, and knows whom it knew."""
    identity = exported(account, tmp_path / "export")
    there = tmp_path / "there"
    keyring(there).take(moved(tmp_path / "export"), WORD)
    [summary] = keyring(there).summaries().readable
    assert summary.identity == identity
    assert summary.is_sealed
    assert summary.names == {SERVER: ["alice"]}
    profiles = Profiles(there)
    with pytest.raises(PassphraseNeeded) as needed:
        profiles.pick((SERVER,), "alice")
    profiles.unlock(needed.value.sealed, WORD)
    profile = profiles.pick((SERVER,), "alice")
    assert profile.identity == identity
    assert [contact.name for contact in profile.contacts.at(SERVER)] == ["bob"]
    profile.close()
    for path in (there / "profiles").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_an_export_is_private_and_never_replaces_a_file(account: Account, tmp_path: Path) -> None:
    """0600 whatever the umask; what is there stays, and no other file is left beside it."""
    target = tmp_path / "export"
    before = os.umask(0)
    try:
        exported(account, target)
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    content = target.read_bytes()
    (tmp_path / ".export.mine.new").write_text("mine")
    with pytest.raises(StorageError, match="is there already"):
        exported(account, target)
    assert target.read_bytes() == content
    assert sorted(os.listdir(tmp_path)) == [".export.mine.new", "data", "export"]


@pytest.mark.parametrize("there", ["folder", "dangling", "fifo"])
def test_an_export_replaces_nothing_else_either(
    account: Account, tmp_path: Path, there: str
) -> None:
    """Not a folder, not a link that leads nowhere, not a pipe."""
    target = tmp_path / "export"
    make = {"folder": target.mkdir, "fifo": lambda: os.mkfifo(target)}
    make.get(there, lambda: target.symlink_to("nowhere"))()
    before = target.lstat()
    with pytest.raises(StorageError, match="is there already"):
        exported(account, target)
    assert target.lstat().st_ino == before.st_ino


def test_a_full_disk_exports_and_imports_nothing(
    account: Account, tmp_path: Path, disk: Disk
) -> None:
    """One clear error, and neither half a file nor half a profile."""
    exported(account, tmp_path / "export")
    opened, there = moved(tmp_path / "export"), tmp_path / "there"
    profile = account.pick("alice")
    keyring(there).summaries()
    disk.full = True
    with pytest.raises(StorageError, match="the disk is full"):
        export(profile.folder, profile.static, [], WORD, tmp_path / "other")
    with pytest.raises(StorageError, match="the disk is full"):
        keyring(there).take(opened, WORD)
    assert sorted(os.listdir(tmp_path)) == ["data", "export", "there"]
    assert profiles_in(there) == []
    disk.full = False
    keyring(there).take(opened, WORD)


@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_a_killed_import_is_no_profile(
    account: Account, tmp_path: Path, start: Start, at: int
) -> None:
    """Wherever it is killed: nobody takes what it left for a profile, and again it works."""
    exported(account, tmp_path / "export")
    there = tmp_path / "there"
    process = start(
        """
        from chatd.store import identity_export, keyring
        from chatd import files
        import os, signal
        writes, sync = [int(sys.argv[3])], os.fsync
        def fsync(descriptor):
            if not writes[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            writes[0] -= 1
            sync(descriptor)
        opened = identity_export.unpack(identity_export.read_export(Path(sys.argv[1])), "word")
        ring = keyring.Keyring(Path(sys.argv[2]), lambda _: None)
        ring.summaries()
        os.fsync = fsync
        ring.take(opened, "word")
        """,
        tmp_path / "export",
        there,
        at,
    )
    assert process.ended() == -signal.SIGKILL
    assert keyring(there).summaries().readable == []
    profile = Profiles(there).pick((SERVER,), "carol")
    profile.close()
    keyring(there).take(moved(tmp_path / "export"), WORD)
    assert len(profiles_in(there)) == 2
    assert all(len(name) == 16 for name in profiles_in(there))


def test_an_identity_that_is_here_is_not_taken_again(account: Account, tmp_path: Path) -> None:
    """Neither bare nor sealed, and what is there is not touched."""
    exported(account, tmp_path / "export")
    opened = moved(tmp_path / "export")
    for ring in (keyring(account.folder), keyring(tmp_path / "there")):
        if not ring.summaries().readable:
            ring.take(opened, WORD)
        before = ring.summaries()
        with pytest.raises(ProfileThere):
            ring.check_new(opened.keypair.public)
        with pytest.raises(ProfileThere):
            ring.take(opened, WORD)
        assert ring.summaries() == before


def test_an_export_that_others_can_read_is_refused(account: Account, tmp_path: Path) -> None:
    """As ssh does it; the hint makes it private."""
    path = tmp_path / "export"
    exported(account, path)
    path.chmod(0o640)
    with pytest.raises(StorageError, match="others have access") as caught:
        read_export(path)
    assert caught.value.hint == f"chmod 600 {path}"


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 10_000, b'{"version":1}'])
def test_what_is_no_export(tmp_path: Path, content: bytes) -> None:
    """One clear error."""
    write_private(tmp_path / "export", content)
    with pytest.raises(Damaged):
        read_export(tmp_path / "export")


def test_a_moved_identity_finds_its_server(account: Account, tmp_path: Path) -> None:
    """Under whatever address its server was known there or is known here, it is who it was."""
    identity = exported(account, tmp_path / "export")
    for here in ([], ["localhost:1"], ["localhost:1", "chat.example.org:1712"]):
        folder = tmp_path / "-".join(["there", *here])
        servers = Servers(folder / "servers.json")
        for address in here:
            servers.meet(address, KEY)
        opened = moved(tmp_path / "export")
        keyring(folder).take(replace(opened, servers=[known_as(SERVER, "old:1")]), WORD)
        for address in (*here, SERVER, "old:1"):
            profiles = Profiles(folder)
            entries = servers.entries(address)
            sealed = profiles.sealed(entries, "alice")
            assert sealed is not None
            profiles.unlock(sealed, WORD)
            profile = profiles.pick(entries, "alice")
            assert profile.identity == identity
            assert profile.contacts.at(profile.entry(entries)).judge("bob", BOB) == Known()
            profile.close()


def test_a_moved_identity_stays_away_from_another_server(account: Account, tmp_path: Path) -> None:
    """Where another server is known at the same address, it is not used there."""
    identity = exported(account, tmp_path / "export")
    folder = tmp_path / "there"
    servers = Servers(folder / "servers.json")
    servers.meet(SERVER, b"\x01" + bytes(32))
    opened = replace(moved(tmp_path / "export"), servers=[known_as(SERVER, "old:1")])
    keyring(folder).take(opened, WORD)
    profiles = Profiles(folder)
    assert profiles.sealed(servers.entries(SERVER), "alice") is None
    with closing(profiles.pick(servers.entries(SERVER), "alice")) as profile:
        assert profile.identity != identity
    assert profiles.sealed(servers.entries("old:1"), "alice") is not None


def test_an_export_of_a_newer_chatd(account: Account, tmp_path: Path) -> None:
    """It is refused as such, not as damage."""
    exported(account, tmp_path / "export")
    content = (tmp_path / "export").read_bytes()
    newer = content.replace(b'"version": %d' % VERSION, b'"version": %d' % (VERSION + 1))
    write_private(tmp_path / "export", newer)
    with pytest.raises(TooNew):
        read_export(tmp_path / "export")


def test_an_export_cut_off_anywhere(account: Account, tmp_path: Path) -> None:
    """No part of an export passes for one."""
    path = tmp_path / "export"
    exported(account, path)
    content = path.read_bytes().rstrip()
    for length in range(len(content)):
        write_private(path, content[:length])
        with pytest.raises(Damaged):
            read_export(path)


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'{"private":"AAAA","files":{}}',
        b'{"private":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","files":{"../x":"AAAA"}}',
        b'{"private":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","files":{}}',
        b"[" * 100_000,
    ],
)
def test_an_export_with_something_else_in_it(content: bytes) -> None:
    """No path leaves the profile's folder, and no other key comes in."""
    with pytest.raises(Damaged):
        unpack(seal(content, WORD, PUBLIC, "export", os.urandom), WORD)


@pytest.mark.parametrize("name", [NAMES, CONTACTS])
def test_an_export_with_damaged_files_makes_no_profile(tmp_path: Path, name: str) -> None:
    """What could not be read later is not installed."""
    opened = Moved(X25519().keypair_from_private(SECRET), {name: b"damaged"})
    with pytest.raises(Damaged, match="the export is damaged"):
        keyring(tmp_path).take(opened, WORD)
    assert profiles_in(tmp_path) == []


def test_no_bare_key_touches_the_disk_on_its_way(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written of an import is sealed from the first byte on."""
    exported(account, tmp_path / "export")
    opened, written = moved(tmp_path / "export"), []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if path.is_file():
            written.append(path.read_bytes())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    keyring(tmp_path / "there").take(opened, WORD)
    assert any(b'"sealed"' in content for content in written)
    assert not any(b'"private"' in content for content in written)


# -- which one


def test_one_damaged_profile_does_not_hide_the_others(account: Account) -> None:
    """The rest is found; who looks for what may be the damaged one is told of it."""
    account.past("alice")
    [broken] = account.folders()
    account.past("bob")
    write_private(account.folder / "profiles" / broken / IDENTITY, b"damaged")
    ring = keyring(account.folder)
    known = ring.summaries()
    assert [each.names for each in known.readable] == [{SERVER: ["bob"]}]
    assert len(known.errors) == 1
    assert ring.find("BOB").names == {SERVER: ["bob"]}
    with pytest.raises(Damaged):
        ring.find("alice")


def test_without_a_name_the_only_one_is_meant(account: Account) -> None:
    """None and several are errors with different words."""
    ring = keyring(account.folder)
    with pytest.raises(NotFound, match="there is no identity here"):
        ring.find(None)
    identity = account.past("alice")
    assert ring.find(None).identity == identity
    account.past("bob")
    with pytest.raises(NotFound, match="there are several"):
        ring.find(None)


def test_a_name_that_several_have_held(account: Account) -> None:
    """The fingerprint tells them apart."""
    account.past("alice")
    account.past("alice", server="other:1")
    ring = keyring(account.folder)
    with pytest.raises(NotFound, match="several identities"):
        ring.find("alice")
    for each in ring.summaries().readable:
        assert ring.find(fingerprint(each.identity)) == each


def test_an_open_profile_is_not_opened(account: Account) -> None:
    """A client that runs keeps its key file for itself."""
    account.past("alice")
    account.pick("alice")
    ring = keyring(account.folder)
    with pytest.raises(ProfileInUse, match="open in another terminal"):
        ring.open(ring.find("alice"))

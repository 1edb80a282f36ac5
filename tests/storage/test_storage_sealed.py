"""Keys under a passphrase, and identities that move."""

import json
import os
import stat
from pathlib import Path

import msgspec
import pytest

from chatd import limits
from chatd.client import sealed as module
from chatd.client.documents import Damaged
from chatd.client.identity_file import IDENTITY, IdentityFile, PassphraseNeeded
from chatd.client.moving import export, read_export, unpack
from chatd.client.profile import Profile
from chatd.client.sealed import Sealed, WrongPassphrase, seal, unseal
from chatd.files import StorageError
from chatd.noise.keys import X25519, private_bytes

DH = X25519()
SECRET = bytes(range(32))
PUBLIC = DH.keypair_from_private(SECRET).public


@pytest.fixture(autouse=True)
def _little_memory(request, monkeypatch):
    """Most tests need no 64 MiB; the one that checks the number has them."""
    if "the_parameters" not in request.node.name:
        monkeypatch.setattr(module, "MEMORY", 64)


def sealed(word: str = "word") -> Sealed:
    """The secret under a passphrase."""
    return seal(SECRET, word, PUBLIC, os.urandom)


def test_the_parameters_are_those_of_the_document() -> None:
    """64 MiB, three passes, four lanes; what comes out is what another tool computes."""
    found = sealed()
    assert (found.memory, found.iterations, found.lanes) == (64 * 1024, 3, 4)
    assert unseal(found, "word") == SECRET


def test_only_the_passphrase_opens_it() -> None:
    """Every other one is refused in the same way, the empty one too."""
    found = sealed("correct horse")
    assert unseal(found, "correct horse") == SECRET
    for word in ("", "correct hors", "Correct horse", "correct horse\0"):
        with pytest.raises(WrongPassphrase):
            unseal(found, word)


def test_the_same_keys_open_it_on_every_system() -> None:
    """Composed and decomposed letters are the same passphrase."""
    assert unseal(sealed("caf\u00e9"), "cafe\u0301") == SECRET


def test_the_same_key_is_never_sealed_alike() -> None:
    """Salt and nonce are fresh, and so is what they make."""
    one, other = sealed(), sealed()
    assert one.salt != other.salt
    assert one.nonce != other.nonce
    assert one.data != other.data


@pytest.mark.parametrize("field", ["public", "salt", "nonce", "data"])
def test_nothing_of_it_can_be_changed(field: str) -> None:
    """The header is associated data."""
    found = sealed()
    changed = bytearray(getattr(found, field))
    changed[-1] ^= 1
    with pytest.raises(WrongPassphrase):
        unseal(msgspec.structs.replace(found, **{field: bytes(changed)}), "word")
    with pytest.raises(WrongPassphrase):
        unseal(msgspec.structs.replace(found, iterations=2), "word")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("memory", limits.SEALED_MEMORY + 1),
        ("memory", 31),
        ("iterations", limits.SEALED_ITERATIONS + 1),
        ("iterations", 0),
        ("lanes", 5),
        ("lanes", 0),
        ("salt", "AAAA"),
        ("data", ""),
    ],
)
def test_parameters_are_bounded_before_they_are_used(
    tmp_path: Path, field: str, value: object
) -> None:
    """A file cannot make us take a terabyte, or a day."""
    IdentityFile(tmp_path).store(DH.generate_keypair(), "word")
    path = tmp_path / IDENTITY
    document = json.loads(path.read_text())
    document["sealed"][field] = value
    path.write_text(json.dumps(document))
    with pytest.raises(Damaged):
        IdentityFile(tmp_path).load(DH, lambda found: unseal(found, "word"))


def test_a_profile_is_sealed_and_opened_again(tmp_path: Path) -> None:
    """Sealed, it opens with its passphrase only; without one it is as before."""
    profile = Profile(tmp_path / "p", DH, lambda: 0.0)
    identity = profile.identity
    profile.seal("word")
    profile.close()
    content = (tmp_path / "p" / IDENTITY).read_bytes()
    assert msgspec.json.encode(private_bytes(profile.static))[1:-1] not in content
    with pytest.raises(PassphraseNeeded):
        Profile(tmp_path / "p", DH, lambda: 0.0)
    again = Profile(tmp_path / "p", DH, lambda: 0.0, lambda found: unseal(found, "word"))
    assert again.identity == identity
    again.seal("")
    again.close()
    Profile(tmp_path / "p", DH, lambda: 0.0).close()


def test_a_file_without_a_key_or_with_two_is_damaged(tmp_path: Path) -> None:
    """Neither is guessed at."""
    file = IdentityFile(tmp_path)
    file.store(DH.generate_keypair())
    path = tmp_path / IDENTITY
    bare = json.loads(path.read_text())
    file.store(DH.generate_keypair(), "word")
    both = {**json.loads(path.read_text()), "private": bare["private"]}
    for document in (both, {"version": 1}):
        path.write_text(json.dumps(document))
        with pytest.raises(Damaged):
            file.load(DH, lambda found: unseal(found, "word"))


# -- moving


def exported(tmp_path: Path) -> tuple[Profile, Path]:
    """A profile with a name and a contact, and its export."""
    profile = Profile(tmp_path / "p", DH, lambda: 0.0)
    profile.held("host:1", "alice")
    profile.pin("host:1", "bob", b"\x01" + bytes(range(32)))
    profile.close()
    export(profile.folder, profile.static, "word", tmp_path / "export")
    return profile, tmp_path / "export"


def test_an_identity_moves_with_its_names_and_contacts(tmp_path: Path) -> None:
    """On the other machine it is sealed under the passphrase of the export."""
    profile, path = exported(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (tmp_path / "new").mkdir(mode=0o700)
    unpack(read_export(path), "word", tmp_path / "new")
    with pytest.raises(PassphraseNeeded):
        Profile(tmp_path / "new", DH, lambda: 0.0)
    moved = Profile(tmp_path / "new", DH, lambda: 0.0, lambda found: unseal(found, "word"))
    assert moved.identity == profile.identity
    assert moved.names("host:1") == ["alice"]
    assert [contact.name for contact in moved.contacts("host:1")] == ["bob"]
    moved.close()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Not even an export."""
    profile, path = exported(tmp_path)
    before = path.read_bytes()
    with pytest.raises(StorageError):
        export(profile.folder, profile.static, "word", path)
    assert path.read_bytes() == before


def test_an_export_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """As ssh does it."""
    _, path = exported(tmp_path)
    path.chmod(0o640)
    with pytest.raises(StorageError, match="others have access"):
        read_export(path)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version":9}', b"[" * 10_000])
def test_what_is_no_export(tmp_path: Path, content: bytes) -> None:
    """One clear error."""
    path = tmp_path / "export"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StorageError):
        read_export(path)


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'{"private":"AAAA","files":{}}',
        b'{"private":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","files":{"../x":"AAAA"}}',
        b'{"private":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","files":{}}',
    ],
)
def test_an_export_with_something_else_in_it(tmp_path: Path, content: bytes) -> None:
    """No path leaves the profile's folder, and no other key comes in."""
    forged = seal(content, "word", PUBLIC, os.urandom)
    with pytest.raises(Damaged):
        unpack(forged, "word", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == []

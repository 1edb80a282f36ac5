"""Keys under a passphrase."""

import base64
import json
import os
import re
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from full_disk import Disk
from other_process import Start

from chatd import limits
from chatd.files import StorageError
from chatd.noise.keys import X25519, private_bytes
from chatd.store.documents import Damaged
from chatd.store.identity_file import IDENTITY, IdentityFile, PassphraseNeeded
from chatd.store.profile import Profile
from chatd.store.sealed import LANES, Sealed, WrongPassphrase, seal, unseal

DH = X25519()
SECRET = bytes(range(32))
PUBLIC = DH.keypair_from_private(SECRET).public


pytestmark = pytest.mark.usefixtures("_little_memory")


def sealed(word: str = "word") -> Sealed:
    """The secret under a passphrase."""
    return seal(SECRET, word, PUBLIC, "identity", os.urandom)


def test_the_parameters_are_those_of_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """64 MiB, three passes, four lanes, and they work."""
    monkeypatch.undo()
    found = sealed()
    assert (found.memory, found.iterations, found.lanes) == (64 * 1024, 3, 4)
    assert unseal(found, "word", "identity") == SECRET


def test_only_the_passphrase_opens_it() -> None:
    """Every other one is refused in the same way, the empty one too."""
    found = sealed("correct horse")
    assert unseal(found, "correct horse", "identity") == SECRET
    for word in ("", "correct hors", "Correct horse", "correct horse\0"):
        with pytest.raises(WrongPassphrase):
            unseal(found, word, "identity")


def test_an_export_does_not_open_as_an_identity() -> None:
    """What was sealed for one purpose is worth nothing for the other."""
    found = seal(SECRET, "word", PUBLIC, "export", os.urandom)
    assert unseal(found, "word", "export") == SECRET
    with pytest.raises(WrongPassphrase):
        unseal(found, "word", "identity")


def test_another_program_opens_it() -> None:
    """Written once from docs/keys.md alone: the form is what the document says."""
    found = sealed()
    stretch = Argon2id(salt=found.salt, length=32, iterations=3, lanes=4, memory_cost=found.memory)
    header = b"chatd/1 sealed identity" + found.public + found.salt
    header += b"".join(n.to_bytes(4, "big") for n in (found.memory, 3, 4)) + found.nonce
    assert AESGCM(stretch.derive(b"word")).decrypt(found.nonce, found.data, header) == SECRET


def test_the_document_has_the_bounds() -> None:
    """The table of docs/keys.md is that of the code."""
    text = (Path(__file__).parents[2] / "docs" / "keys.md").read_text("utf-8")
    table = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE))
    assert list(table) == list(Sealed.__struct_fields__)
    assert table["memory"] == f"{8 * LANES} to {limits.SEALED_MEMORY}"
    assert table["iterations"] == f"1 to {limits.SEALED_ITERATIONS}"
    assert table["lanes"] == f"1 to {LANES}"
    found = sealed()
    for field in ("public", "salt", "nonce"):
        assert table[field] == f"{len(getattr(found, field))} bytes"


def test_a_machine_without_the_memory(start: Start) -> None:
    """Where a file asks for more than there is, that is said, and nothing dies."""
    process = start(
        """
        import os, resource
        from chatd import limits
        from chatd.store import sealed
        found = sealed.seal(b"x", "word", bytes(32), "identity", os.urandom)
        resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
        import msgspec
        try:
            much = msgspec.structs.replace(found, memory=limits.SEALED_MEMORY)
            sealed.unseal(much, "word", "identity")
        except sealed.TooLittleMemory as error:
            say(f"{error}; {error.hint}")
        """
    )
    assert process.hears() == (
        "there is not enough memory to open it;"
        " it takes 1024 MiB for a moment: close something, or ulimit -v"
    )
    assert process.ended() == 0


def test_the_same_keys_open_it_on_every_system() -> None:
    """Composed and decomposed letters are the same passphrase."""
    assert unseal(sealed("caf\u00e9"), "cafe\u0301", "identity") == SECRET


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
        unseal(msgspec.structs.replace(found, **{field: bytes(changed)}), "word", "identity")
    with pytest.raises(WrongPassphrase):
        unseal(msgspec.structs.replace(found, iterations=2), "word", "identity")


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
        IdentityFile(tmp_path).load(DH, lambda found: unseal(found, "word", "identity"))


def test_parameters_at_their_bounds(tmp_path: Path) -> None:
    """The most that a file may ask for is read."""
    IdentityFile(tmp_path).store(DH.generate_keypair(), "word")
    path = tmp_path / IDENTITY
    document = json.loads(path.read_text())
    most = {"memory": limits.SEALED_MEMORY, "iterations": limits.SEALED_ITERATIONS, "lanes": 4}
    document["sealed"].update(most)
    path.write_text(json.dumps(document))
    found = IdentityFile(tmp_path).sealed()
    assert found is not None
    assert found.memory == limits.SEALED_MEMORY


def test_a_public_key_that_is_none(tmp_path: Path) -> None:
    """A file that names a low-order point is damaged, and says so in words for people."""
    IdentityFile(tmp_path).store(DH.generate_keypair(), "word")
    path = tmp_path / IDENTITY
    document = json.loads(path.read_text())
    document["sealed"]["public"] = base64.b64encode(bytes(32)).decode()
    path.write_text(json.dumps(document))
    with pytest.raises(Damaged, match="its public key is none"):
        IdentityFile(tmp_path).identity(DH)


@pytest.mark.parametrize("word", ["word", ""])
def test_a_full_disk_leaves_the_key_as_it_was(tmp_path: Path, disk: Disk, word: str) -> None:
    """Whether it is to be sealed or opened: the file is the old one, and no other is left."""
    profile = Profile(tmp_path / "p", DH, lambda: 0.0)
    before = (profile.folder / IDENTITY).read_bytes()
    disk.full = True
    with pytest.raises(StorageError, match="the disk is full"):
        profile.seal(word)
    disk.full = False
    profile.close()
    assert (profile.folder / IDENTITY).read_bytes() == before
    assert sorted(path.name for path in profile.folder.iterdir()) == [IDENTITY, "lock"]


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
    again = Profile(
        tmp_path / "p", DH, lambda: 0.0, lambda found: unseal(found, "word", "identity")
    )
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
            file.load(DH, lambda found: unseal(found, "word", "identity"))

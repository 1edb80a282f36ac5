"""docs/protocol/vectors: what they rest on, and that another language computes the same."""

import json
import re
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from node import node
from vector_keys import KEM, RANDOMNESS, SEED, VECTORS
from vectors import FILES


def test_the_encapsulation_is_undone_by_the_seed() -> None:
    """The key pair is that of the seed, and the shared secret is in the ciphertext; a damaged one
    has another secret. That the ciphertext follows from the randomness is for Node to say."""
    known = json.loads((VECTORS / KEM).read_text("utf-8"))
    private = MLKEM768PrivateKey.from_seed_bytes(bytes.fromhex(known["seed"]))
    ciphertext = bytearray.fromhex(known["ciphertext"])
    assert (known["seed"], known["randomness"]) == (SEED.hex(), RANDOMNESS.hex())
    assert private.public_key().public_bytes_raw().hex() == known["public"]
    assert private.decapsulate(bytes(ciphertext)).hex() == known["shared_secret"]
    ciphertext[0] ^= 1
    assert private.decapsulate(bytes(ciphertext)).hex() == known["secret_of_damaged"]


def test_every_file_is_described() -> None:
    """The table names each, and none that is not there."""
    page = (VECTORS / "README.md").read_text("utf-8")
    described = re.findall(r"^\| `([a-z]+\.json)`", page, re.M)
    assert sorted(described) == sorted([KEM, *FILES])
    assert {path.name for path in VECTORS.glob("*.json")} == set(described)


def test_another_language_computes_the_same() -> None:
    """Node, without a library, from the files alone."""
    done = node(VECTORS / "check.mjs")
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\d{3,} values are as they are written\n", done.stdout)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("kem.json", "public"),
        ("kem.json", "randomness"),
        ("kem.json", "secret_of_damaged"),
        ("suites.json", "ciphertext"),
        ("suites.json", "rekey"),
        ("records.json", "record"),
        ("handshakes.json", "hash"),
        ("handshakes.json", "chaining_key"),
        ("handshakes.json", "record"),
        ("handshakes.json", "resume_secret"),
        ("messages.json", "body"),
        ("introductions.json", "psk"),
        ("proofs.json", "proof"),
        ("cards.json", "secret"),
        ("identities.json", "digits"),
        ("door.json", "token"),
        ("door.json", "voucher"),
        ("relay.json", "line"),
        ("lines.json", "why"),
        ("names.json", "name"),
        ("addresses.json", "kind"),
    ],
)
def test_the_check_finds_a_changed_value(name: str, field: str, tmp_path: Path) -> None:
    """In each of the files: what is only read, and not computed, could be anything."""
    folder = shutil.copytree(VECTORS, tmp_path / "vectors")
    values = (folder / name).read_text("utf-8")
    changed = re.sub(rf'("{field}": )(?:null|"(.*).")', r'\1"\2#"', values, count=1)
    assert changed != values
    (folder / name).write_text(changed, "utf-8")
    assert node(folder / "check.mjs").returncode == 1

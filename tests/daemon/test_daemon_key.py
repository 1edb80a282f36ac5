"""The server's key: made once, private, and never silently replaced."""

import threading
from pathlib import Path

import pytest

from chatd import limits
from chatd.files import StorageError
from chatd.noise.keys import REAL, KeyPair, private_bytes
from chatd.rendezvous.server_key import server_key
from chatd.wire.lines import encode


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """The first call makes folder and key, for the owner only; all others find the same key."""
    folder = tmp_path / "var" / "chatd"
    made = server_key(folder)
    found = server_key(folder)
    assert (made.public, private_bytes(made)) == (found.public, private_bytes(found))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "server-key").stat().st_mode & 0o777 == 0o600


def test_daemons_that_start_together_get_one_key(tmp_path: Path) -> None:
    """Of many that find no key at the same time, one makes it and the others take it."""
    found: list[KeyPair] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        found.append(server_key(tmp_path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({keypair.public for keypair in found}) == 1


def line(keypair: KeyPair, public: bytes | None = None) -> bytes:
    """The content of a file with this key."""
    fields = encode(private_bytes(keypair)), encode(public or keypair.public)
    return b"chatd-server-key x25519 %b %b\n" % fields


KEY, OTHER = (REAL.dh.keypair_from_private(bytes([byte]) * 32) for byte in (1, 2))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        line(KEY)[:-1],
        line(KEY) * 2,
        line(KEY).replace(b"x25519", b"x448"),
        line(KEY, OTHER.public),
        line(KEY).replace(b"AQEB", b"AQEC", 1),
        line(KEY).replace(encode(private_bytes(KEY)), encode(b"short")),
        line(KEY).replace(encode(private_bytes(KEY)), b"no-base64"),
        b"\xff" * limits.SERVER_KEY_FILE,
    ],
)
def test_a_damaged_key_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    """A file that is not what was written is refused as it is: a new key would stop all clients."""
    path = tmp_path / "server-key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StorageError, match="is damaged") as refused:
        server_key(tmp_path)
    assert "restore it from a copy" in refused.value.hint
    assert path.read_bytes() == content


def test_a_key_file_that_is_too_large(tmp_path: Path) -> None:
    """One byte over the limit is not read."""
    path = tmp_path / "server-key"
    path.write_bytes(b"x" * (limits.SERVER_KEY_FILE + 1))
    path.chmod(0o600)
    with pytest.raises(StorageError, match="is larger than"):
        server_key(tmp_path)


def test_a_key_that_is_as_it_was_written(tmp_path: Path) -> None:
    """The file holds what this test would write; so a copy of it is a backup."""
    path = tmp_path / "server-key"
    path.write_bytes(line(KEY))
    path.chmod(0o600)
    assert server_key(tmp_path).public == KEY.public

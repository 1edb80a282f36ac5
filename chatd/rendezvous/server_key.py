"""The server's static key, in one file of its data folder."""

from pathlib import Path

from chatd import key_line, limits
from chatd.errors import ChatdError
from chatd.files import lock_within, private_folder, read_private, write_private
from chatd.noise.keys import REAL, KeyPair, private_bytes
from chatd.wire.lines import decode, encode

FILE = "server-key"
_LOCK = "server-key.lock"
_KIND = "chatd-server-key"
_CURVE = "x25519"
_HINT = "restore it from a copy, or clients will see a new key"


def server_key(folder: Path) -> KeyPair:
    """The key pair in `folder`, made if there is none yet; raises `StorageError`.

    The folder is made as well. Daemons that start at the same time get the same key.
    """
    private_folder(folder)
    return _read(folder / FILE) or _made(folder)


def _made(folder: Path) -> KeyPair:
    path = folder / FILE
    with lock_within(folder / _LOCK, limits.FILE_LOCK_SECONDS):
        present = _read(path)
        if present is not None:
            return present
        keypair = REAL.dh.generate_keypair()
        private, public = encode(private_bytes(keypair)), encode(keypair.public)
        line = key_line.write(_KIND, _CURVE, private.decode(), public.decode())
        write_private(path, line)
    return keypair


def _read(path: Path) -> KeyPair | None:
    data = read_private(path, limits.SERVER_KEY_FILE)
    return None if data is None else _parse(path, data)


def _parse(path: Path, data: bytes) -> KeyPair:
    curve, private, public = key_line.read(path, data, _KIND, 3, _HINT)
    try:
        keypair = REAL.dh.keypair_from_private(decode(private.encode()))
        is_whole = curve == _CURVE and decode(public.encode()) == keypair.public
    except ChatdError:
        is_whole = False
    if not is_whole:
        raise key_line.damaged(path, _HINT)
    return keypair

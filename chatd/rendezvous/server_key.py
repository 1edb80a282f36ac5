"""The server's static key, in one file of its data folder."""

import re
from pathlib import Path

from chatd import limits
from chatd.errors import ChatdError
from chatd.files import (
    StorageError,
    lock_within,
    private_folder,
    read_private,
    shown,
    write_private,
)
from chatd.noise.keys import DH, REAL, KeyPair, private_bytes
from chatd.wire.lines import decode, encode

FILE = "server-key"
_LOCK = "server-key.lock"
_LINE = re.compile(rb"chatd-server-key x25519 (\S+) (\S+)\n")


def server_key(folder: Path, dh: DH = REAL.dh) -> KeyPair:
    """The key pair in `folder`, made if there is none yet; raises `StorageError`.

    The folder is made as well. Daemons that start at the same time get the same key.
    """
    private_folder(folder)
    return _read(folder / FILE, dh) or _made(folder, dh)


def _made(folder: Path, dh: DH) -> KeyPair:
    path = folder / FILE
    with lock_within(folder / _LOCK, limits.FILE_LOCK_SECONDS):
        present = _read(path, dh)
        if present is not None:
            return present
        keypair = dh.generate_keypair()
        private, public = encode(private_bytes(keypair)), encode(keypair.public)
        write_private(path, b"chatd-server-key x25519 %b %b\n" % (private, public))
    return keypair


def _read(path: Path, dh: DH) -> KeyPair | None:
    data = read_private(path, limits.SERVER_KEY_FILE)
    return None if data is None else _parse(path, data, dh)


def _parse(path: Path, data: bytes, dh: DH) -> KeyPair:
    damaged = StorageError(
        f"{shown(path)} is damaged", hint="restore it from a copy, or clients will see a new key"
    )
    match = _LINE.fullmatch(data)
    if match is None:
        raise damaged
    try:
        keypair = dh.keypair_from_private(decode(match[1]))
        public = decode(match[2])
    except ChatdError:
        raise damaged from None
    if keypair.public != public:
        raise damaged
    return keypair

"""The key that a server and its relay share, in one file of their data folders."""

import re
from collections.abc import Callable
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
from chatd.wire.lines import decode, encode
from chatd.wire.ticket import KEY

FILE = "relay-key"
_LOCK = "relay-key.lock"
_LINE = re.compile(rb"chatd-relay-key (\S+)\n")


def relay_key(folder: Path, random_bytes: Callable[[int], bytes]) -> bytes:
    """The 32 bytes in `folder`, made if there are none yet; raises `StorageError`."""
    private_folder(folder)
    path = folder / FILE
    with lock_within(folder / _LOCK, limits.FILE_LOCK_SECONDS):
        data = read_private(path, limits.RELAY_KEY_FILE)
        if data is not None:
            return _parse(path, data)
        key = random_bytes(KEY)
        write_private(path, b"chatd-relay-key %b\n" % encode(key))
    return key


def _parse(path: Path, data: bytes) -> bytes:
    match = _LINE.fullmatch(data)
    try:
        key = decode(match[1]) if match else b""
    except ChatdError:
        key = b""
    if len(key) != KEY:
        raise StorageError(
            f"{shown(path)} is damaged", hint="copy it again from the server, or remove it"
        )
    return key

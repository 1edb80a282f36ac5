"""The key that a server and its relay share, in one file of their data folders."""

from collections.abc import Callable
from pathlib import Path

from chatd import key_line, limits
from chatd.errors import ChatdError
from chatd.files import lock_within, private_folder, read_private, write_private
from chatd.wire.lines import decode, encode
from chatd.wire.ticket import KEY

FILE = "relay-key"
_LOCK = "relay-key.lock"
_KIND = "chatd-relay-key"
_HINT = "copy it again from the server, or remove it"


def relay_key(folder: Path, random_bytes: Callable[[int], bytes]) -> bytes:
    """The 32 bytes in `folder`, made if there are none yet; raises `StorageError`."""
    private_folder(folder)
    path = folder / FILE
    with lock_within(folder / _LOCK, limits.FILE_LOCK_SECONDS):
        data = read_private(path, limits.RELAY_KEY_FILE)
        if data is not None:
            return _parse(path, data)
        key = random_bytes(KEY)
        write_private(path, key_line.write(_KIND, encode(key).decode()))
    return key


def _parse(path: Path, data: bytes) -> bytes:
    (field,) = key_line.read(path, data, _KIND, 1, _HINT)
    try:
        key = decode(field.encode())
    except ChatdError:
        key = b""
    if len(key) != KEY:
        raise key_line.damaged(path, _HINT)
    return key

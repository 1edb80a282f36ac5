"""A copy of a data folder beside a daemon that works with it, and a data folder from a copy
(docs/operating.md, "Backup and moving").

A copy is there as a whole or not at all, at one moment, for its owner only.
"""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from chatd import limits
from chatd.files import (
    StorageError,
    check_free,
    create_private,
    explained,
    private_folder,
    shown,
    sync_file,
    sync_folder,
    touch_private,
)
from chatd.rendezvous import name_file, server_key, shown_file
from chatd.rendezvous.data_folder import open_folder
from chatd.rendezvous.name_faults import readable
from chatd.seed_file import DOOR, RELAY, over

_SMALL = {
    DOOR: limits.SEED_FILE,
    over(DOOR): limits.SEED_FILE,
    RELAY: limits.SEED_FILE,
    over(RELAY): limits.SEED_FILE,
    shown_file.FILE: limits.DOOR_SHOWN_FILE,
    server_key.FILE: limits.SERVER_KEY_FILE,
}
"""The files beside that of the names, each with its longest form; the key comes last, as names
without it are not taken for a whole folder."""


def back_up(folder: Path, copy: Path) -> list[str]:
    """Copy what a server keeps in its data folder to a new one; the names of the files. Raises
    `StorageError`, and then there is no copy."""
    check_free(copy)
    if not copy.parent.is_dir():
        raise StorageError(f"there is no folder {shown(copy.parent)}", hint="make it first")
    return _copied(folder, copy.parent / f".{copy.name}.{secrets.token_hex(4)}", copy)


def restore(copy: Path, folder: Path) -> list[str]:
    """Make a data folder of a copy, where none is yet; the names of the files. Raises
    `StorageError`, and then the folder has nothing of it, or is no whole one to any daemon."""
    for name in (name_file.FILE, *_SMALL):
        if os.path.lexists(folder / name):
            raise StorageError(
                f"there is a {name} in {shown(folder)} already",
                hint="move what is there away, or give another --data-dir",
            )
    is_new = not os.path.lexists(folder)
    private_folder(folder)
    try:
        return _copied(copy, folder / f".restored.{secrets.token_hex(4)}", folder)
    except BaseException:
        if is_new:
            with suppress(OSError):  # half of it stays where it is
                folder.rmdir()
        raise


def _copied(source: Path, temporary: Path, target: Path) -> list[str]:
    with _removed_at_the_end(temporary):
        private_folder(temporary)
        found = [*_copy_names(source, temporary), *_copy_small(source, temporary)]
        if not found:
            raise StorageError(f"there is nothing of a server in {shown(source)}")
        _check(temporary, found)
        with explained("write", target):
            _move(temporary, target, found)
    return found


@contextmanager
def _removed_at_the_end(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_names(source: Path, target: Path) -> list[str]:
    """Copy the names as they are at this moment, as SQLite sees them."""
    path, new = source / name_file.FILE, target / name_file.FILE
    if not os.path.lexists(path):
        return []
    touch_private(new)
    with readable("copy", path):
        address = f"{path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(address, limits.NAME_LOCKED_SECONDS, uri=True)
        with closing(connection):
            connection.execute("VACUUM INTO ?", (str(new),))
    with explained("write", new):
        sync_file(new)
    return [name_file.FILE]


def _copy_small(source: Path, target: Path) -> list[str]:
    found = []
    for name, most in _SMALL.items():
        data = _read(source / name, most)
        if data is not None:
            create_private(target / name, data)
            found.append(name)
    return found


def _read(path: Path, most: int) -> bytes | None:
    """A file of whatever account; root copies for others, and follows no links of theirs."""
    with explained("read", path):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        with open(descriptor, "rb") as file:
            data = file.read(most + 1)
    if len(data) > most:
        raise StorageError(f"{shown(path)} is larger than {most} bytes")
    return data


def _check(copied: Path, found: list[str]) -> None:
    """A daemon has to be able to start with it: a copy that is of no use is worse than none."""
    if not {name_file.FILE, server_key.FILE} & set(found):
        return  # that of a relay alone
    missing = {name_file.FILE, server_key.FILE} - set(found)
    if missing:
        raise StorageError(f"there is no {missing.pop()} beside the other files of the server")
    open_folder(copied)


def _move(temporary: Path, target: Path, found: list[str]) -> None:
    if target.is_dir():
        for name in found:
            os.rename(temporary / name, target / name)
        sync_folder(target)
    else:
        for each in os.listdir(temporary):
            if each not in found:
                os.unlink(temporary / each)
        sync_folder(temporary)
        os.rename(temporary, target)
        sync_folder(target.parent)

"""What a daemon finds in its data folder, and that nothing of it was lost."""

import os
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from chatd.files import StorageError, shown
from chatd.noise.keys import KeyPair
from chatd.rendezvous import server_key
from chatd.rendezvous.name_changes import Stored
from chatd.rendezvous.name_file import NameFile, NoNames


class Found(NamedTuple):
    """The server's key, and what its file of names has."""

    static: KeyPair
    stored: Stored


def open_folder(folder: Path, *, without_names: bool = False, new_key: bool = False) -> Found:
    """Read it, or make it at the first start; raises `StorageError`.

    The names are made before the key: a key without names, or names without a key, are what is
    left of something, and used only where the operator agrees.
    """
    has_key = os.path.lexists(folder / server_key.FILE)
    file = _open(folder, may_be_new=without_names or not has_key)
    with closing(file):
        file.check()
        stored = file.load()
    if not has_key and (stored.bindings or stored.bans or stored.allowed) and not new_key:
        raise StorageError(
            f"{shown(folder / server_key.FILE)} is missing, and there are names beside it",
            hint="restore it from a copy, or clients will see a new key: --new-key agrees to that",
        )
    return Found(server_key.server_key(folder), stored)


def _open(folder: Path, *, may_be_new: bool) -> NameFile:
    try:
        return NameFile(folder, may_be_new=may_be_new)
    except NoNames as error:
        raise NoNames(
            f"{error}, and there is a server key beside it",
            hint="restore it from a copy, or anybody can take any name: "
            "--without-names agrees to that",
        ) from None

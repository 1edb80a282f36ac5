"""What a daemon finds in its data folder, and that nothing of it was lost."""

import os
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from chatd.files import StorageError, shown
from chatd.noise.keys import KeyPair
from chatd.rendezvous import server_key
from chatd.rendezvous.directory import Binding
from chatd.rendezvous.name_file import NameFile, NoNames
from chatd.rendezvous.seen_time import Kept


class Found(Struct, frozen=True):
    """The server's key, who holds which name, what is banned, whom a private server lets in, how
    far time was, and which names are shown as around until when."""

    static: KeyPair
    bindings: list[Binding]
    bans: list[str]
    allowed: list[str]
    time: Kept | None
    held: list[tuple[str, float]]


def open_folder(folder: Path, *, without_names: bool = False, new_key: bool = False) -> Found:
    """Read it, or make it at the first start; raises `StorageError`.

    The names are made before the key: a key without names, or names without a key, are what is
    left of something, and used only where the operator agrees.
    """
    has_key = os.path.lexists(folder / server_key.FILE)
    file = _open(folder, may_be_new=without_names or not has_key)
    with closing(file):
        file.check()
        bindings, bans, allowed = file.load(), file.load_bans(), file.load_allowed()
        time, held = file.load_time(), file.load_held()
    if not has_key and (bindings or bans or allowed) and not new_key:
        raise StorageError(
            f"{shown(folder / server_key.FILE)} is missing, and there are names beside it",
            hint="restore it from a copy, or clients will see a new key: --new-key agrees to that",
        )
    return Found(server_key.server_key(folder), bindings, bans, allowed, time, held)


def _open(folder: Path, *, may_be_new: bool) -> NameFile:
    try:
        return NameFile(folder, may_be_new=may_be_new)
    except NoNames as error:
        raise NoNames(
            f"{error}, and there is a server key beside it",
            hint="restore it from a copy, or anybody can take any name: "
            "--without-names agrees to that",
        ) from None

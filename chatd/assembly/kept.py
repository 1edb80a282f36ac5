"""What a server keeps in its data folder, from what was found there at the start."""

import time
from secrets import token_bytes
from typing import Self

from msgspec import Struct

from chatd.assembly.ground import Ground
from chatd.rendezvous.access import Access
from chatd.rendezvous.admin import check_free
from chatd.rendezvous.data_folder import Found, open_folder
from chatd.rendezvous.name_disk import NameDisk
from chatd.rendezvous.name_store import QueuedNameStore
from chatd.rendezvous.names import Names
from chatd.rendezvous.seen_time import SeenTime
from chatd.rendezvous.tokens import Tokens
from chatd.rendezvous.vouchers import Vouchers
from chatd.seed_file import DOOR
from chatd.settings import table
from chatd.steady import seconds


class Kept(Struct, frozen=True):
    """`found` is as it was at the start, the rest goes on; `passed` counts the time that daemons
    have seen."""

    found: Found
    store: QueuedNameStore
    passed: SeenTime
    access: Access
    names: Names
    tokens: Tokens
    vouchers: Vouchers

    @classmethod
    def of(cls, ground: Ground) -> Self:
        """That of the folder in the settings; raises `ChatdError`."""
        found = _found(ground)
        store = QueuedNameStore(ground.reactor, NameDisk(ground.reactor, ground.settings.data_dir))
        passed = SeenTime(seconds, time.time(), found.stored.passed)
        access = Access(store, found.stored.bans, found.stored.allowed)
        names = Names(passed.now, store, found.stored.bindings, access)
        door, date = ground.seeds(DOOR), ground.dates.now
        tokens = Tokens(door, date, token_bytes)
        return cls(found, store, passed, access, names, tokens, Vouchers(door, date))


def _found(ground: Ground) -> Found:
    wanted = ground.settings
    check_free(wanted.data_dir)
    return open_folder(
        wanted.data_dir,
        without_names=wanted[table.WITHOUT_NAMES],
        new_key=wanted[table.NEW_KEY],
    )

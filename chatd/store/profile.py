"""One profile: a folder with an identity, the names that it has held, and its contacts."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from chatd import limits
from chatd.files import (
    Lock,
    StorageError,
    explained,
    lock,
    lock_within,
    private_folder,
    remove_leftovers,
    shown,
)
from chatd.noise.keys import DH, KeyPair, encode_identity
from chatd.store.cards import Issued, card_book
from chatd.store.contacts import contact_book
from chatd.store.documents import Damaged
from chatd.store.door_memory import FILE as DOORS
from chatd.store.door_memory import LOCK as DOOR_LOCK
from chatd.store.door_memory import DoorMemory
from chatd.store.file_rate import FILE as FILE_RATE
from chatd.store.file_rate import FileRate
from chatd.store.hearing import FILE as HEARING
from chatd.store.hearing import Hearing
from chatd.store.held_names import HeldNames
from chatd.store.identity_file import IDENTITY, IdentityFile, Unlock
from chatd.store.known_servers import Entries
from chatd.store.past import past_book
from chatd.store.sealed import Sealed
from chatd.store.taking import FILE as TAKING
from chatd.store.taking import Taking
from chatd.store.transfers import Transfers

LOCK = "lock"
NAMES = "names.json"
CONTACTS = "contacts.json"
CARDS = "cards.json"
PAST = "conversations.json"


def _locked(_: Sealed) -> None:
    """Nobody has given a passphrase."""


class Profile:
    """An open profile, locked until `close` or the end of the process; `Profiles` opens it.

    `static` is its key pair; `contacts`, `cards` and `past` have the people, the invite cards and
    the last conversations of each server. What stores something may be called in any thread.
    """

    def __init__(
        self, folder: Path, dh: DH, clock: Callable[[], float], unlock: Unlock = _locked
    ) -> None:
        """Open the folder, and complete it if it never held a name.

        Raises `Locked` if it is open elsewhere, `StorageError` if it cannot be read or written,
        `PassphraseNeeded` if its key is sealed and `unlock` does not open it.
        """
        private_folder(folder)
        self.folder = folder
        self._clock = clock
        self._granted = False
        self._lock = lock(folder / LOCK)
        self._lock.sign()
        try:
            self.static = _static(folder, dh, unlock)
            self.contacts = contact_book(folder / CONTACTS)
            self.cards = card_book(folder / CARDS)
            self.past = past_book(folder / PAST, clock())
            self._names = HeldNames(folder / NAMES)
            self.doors = DoorMemory(folder)
            self.hearing = Hearing(folder)
            self.taking = Taking(folder)
            self.file_rate = FileRate(folder)
            self.transfers = Transfers(folder)
        except BaseException:
            self._lock.release()
            raise

    @property
    def identity(self) -> bytes:
        """The 33 bytes by which others know this profile."""
        return encode_identity(self.static.public)

    @property
    def is_bare(self) -> bool:
        """Whether its key is under no passphrase; raises `StorageError`."""
        return IdentityFile(self.folder).sealed() is None

    @property
    def unused(self) -> bool:
        """Whether it never held a name, so that nobody knows it."""
        return not self._granted and is_unused(self.folder)

    def entry(self, server: Entries) -> str:
        """Under which of a server's entries this profile keeps what belongs to it.

        It has one of them at most: a profile that has held a name is used on that server alone.
        """
        used = (
            each
            for each in server
            if self._names.at(each)
            or any(book.has(each) for book in (self.contacts, self.cards, self.past))
        )
        return next(used, server[0])

    def names(self, server: str) -> list[str]:
        """The names that it has held on a server, the most recent last."""
        return self._names.at(server)

    def granted(self) -> None:
        """Know at once that its key owns a name: it must stay, even if that cannot be stored."""
        self._granted = True

    def held(self, server: str, name: str) -> None:
        """Store that the server granted a name; raises `StorageError`."""
        self.granted()
        self._names.record(server, name, self._clock())

    def issue_card(self, server: str, secret: bytes) -> Issued:
        """Store a card that we give out; raises as `Cards.issue`, and `StorageError`, after which
        there is none."""
        cards = self.cards.at(server)
        card = cards.issue(secret, self._clock())
        try:
            self.cards.save()
        except StorageError:
            cards.use_up(secret)
            raise
        return card

    def revoke_card(self, server: str, id: str) -> None:
        """Store that a card of ours is worth nothing; raises as `Cards.revoke`, and `StorageError`,
        after which it can be taken back again."""
        cards = self.cards.at(server)
        card = cards.revoke(id)
        try:
            self.cards.save()
        except StorageError:
            cards.keep(card)
            raise

    def verify(self, server: str, key: bytes) -> None:
        """Store that a safety number was compared; raises as `Contacts.verify`, `StorageError`."""
        self.contacts.change(server, lambda known: known.verify(key, self._clock()))

    def seal(self, passphrase: str) -> None:
        """Put the key under a passphrase, '' for none; slow. Raises `StorageError`."""
        IdentityFile(self.folder).store(self.static, passphrase)

    def close(self) -> None:
        """Let another process open it; again is harmless."""
        self._lock.release()

    def discard_if_unused(self) -> None:
        """Close it, and remove it if it never held a name; where that fails, it is used again.

        Only for when no claim of a name is still undecided; else `close`.
        """
        try:
            with suppress(StorageError), picking(self.folder.parent):
                if self.unused:
                    remove_unused(self.folder)
        finally:
            self.close()


def is_unused(folder: Path) -> bool:
    """Whether nothing but an identity was ever stored in a profile's folder."""
    return not any(os.path.lexists(folder / name) for name in (NAMES, CONTACTS, CARDS, PAST))


def picking(profiles: Path) -> Lock:
    """The lock under which the folder of all profiles is searched and changed; raises as `lock`."""
    return lock_within(profiles / LOCK, limits.FILE_LOCK_SECONDS)


def remove_unused(folder: Path) -> None:
    """Remove an unused profile's folder; only while `picking`. Raises `StorageError`.

    Files that are not ours stay, and then so does the folder.
    """
    for name in (IDENTITY, NAMES, CONTACTS, CARDS, PAST, DOORS, HEARING, TAKING, FILE_RATE):
        remove_leftovers(folder / name)
    with explained("remove", folder):
        for name in (IDENTITY, DOORS, DOOR_LOCK, HEARING, TAKING, FILE_RATE, LOCK):
            (folder / name).unlink(missing_ok=True)
        folder.rmdir()


def _static(folder: Path, dh: DH, unlock: Unlock) -> KeyPair:
    file = IdentityFile(folder)
    stored = file.load(dh, unlock)
    if stored is not None:
        return stored
    if not is_unused(folder):
        raise Damaged(f"the profile {shown(folder)} has lost its {IDENTITY}")
    keypair = dh.generate_keypair()
    file.store(keypair)
    return keypair

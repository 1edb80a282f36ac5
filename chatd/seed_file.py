"""Seeds of an epoch on a disk: for the door of a server, and for the tickets of its relay
(protocol, "Seeds of an epoch").

The file holds the seed of the epoch before the present one, with its number. Several processes may
share one, or copies of it: each moves on by itself, and comes to the same. Beside it stands, while
that is in doubt, which epoch has followed, so that a daemon that is restarted often comes to it.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from chatd import key_line, limits
from chatd.errors import ChatdError
from chatd.files import Lock, explained, lock_within, private_folder, read_private, write_private
from chatd.wire.lines import decode, encode
from chatd.wire.seeds import MOST_EPOCH, SEED, Seeds

DOOR, RELAY = "door-seed", "relay-seed"
"""The two files; the second one is what a server and a relay of its own share."""
_HINT = {
    DOOR: "remove it; everyone then comes once as a stranger",
    RELAY: "copy it again from the server, or remove it",
}


def over(name: str) -> str:
    """The file beside one of the two, in which stands what is in doubt."""
    return f"{name}-over"


class Doubted(NamedTuple):
    """An epoch that may have followed, and the date (seconds since 1970) that said so first."""

    epoch: int
    date: float


class SeedFile:
    """One of the two files in a data folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name

    def load(self, random_bytes: Callable[[int], bytes], now: float) -> Seeds:
        """The seeds, made if there are none yet; raises `StorageError`."""
        private_folder(self._folder)
        with self._writing():
            seeds = self._read()
            if seeds is None:
                seeds = Seeds.fresh(random_bytes(SEED), now)
                self._write(seeds)
        return seeds

    def keep(self, moved: Seeds) -> None:
        """Store seeds that have moved on; slow. Raises `StorageError`.

        A file that does not lead to them holds a fresh seed for the next start, and stays; so does
        one that has moved further.
        """
        with self._writing():
            stored = self._read()
            if stored is None or stored.leads_to(moved):
                self._write(moved)

    def doubted(self) -> Doubted | None:
        """What an earlier run was in doubt about; None also for a file that cannot be read."""
        with suppress(ChatdError, ValueError):
            data = read_private(self._over, limits.SEED_FILE)
            if data is not None:
                epoch, date = key_line.read(self._over, data, f"{self._kind}-over", 2, "")
                return Doubted(int(epoch), float(int(date)))
        return None

    def doubt(self, doubted: Doubted | None) -> None:
        """Store that, or that there is no doubt; slow. Raises `StorageError`."""
        with self._writing():
            if doubted is None:
                with explained("remove", self._over):
                    self._over.unlink(missing_ok=True)
            else:
                fields = str(doubted.epoch), str(int(doubted.date))
                write_private(self._over, key_line.write(f"{self._kind}-over", *fields))

    def _writing(self) -> Lock:
        return lock_within(self._folder / f"{self._name}.lock", limits.FILE_LOCK_SECONDS)

    @property
    def _path(self) -> Path:
        return self._folder / self._name

    @property
    def _over(self) -> Path:
        return self._folder / over(self._name)

    def _read(self) -> Seeds | None:
        data = read_private(self._path, limits.SEED_FILE)
        if data is None:
            return None
        fields = key_line.read(self._path, data, self._kind, 2, _HINT[self._name])
        seeds = _parsed(*fields)
        if seeds is None:
            raise key_line.damaged(self._path, _HINT[self._name])
        return seeds

    def _write(self, seeds: Seeds) -> None:
        fields = str(seeds.first), encode(seeds.seed).decode()
        write_private(self._path, key_line.write(self._kind, *fields))

    @property
    def _kind(self) -> str:
        return f"chatd-{self._name}"


def _parsed(first: str, seed: str) -> Seeds | None:
    try:
        data = decode(seed.encode())
    except ChatdError:
        return None
    number = int(first) if first.isdigit() and len(first) < 11 else MOST_EPOCH + 1
    return Seeds(number, data) if number <= MOST_EPOCH and len(data) == SEED else None

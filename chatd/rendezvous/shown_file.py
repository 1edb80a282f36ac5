"""Which tokens were shown, from one run of the daemon to the next (protocol, "Tokens")."""

from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, TimeoutError
from twisted.python.failure import Failure

from chatd import limits
from chatd.disk_thread import in_disk_thread
from chatd.errors import Malformed
from chatd.files import StorageError, private_folder, read_private, shown, write_private
from chatd.log.levels import logger
from chatd.rendezvous.shown import Shown

FILE = "door-shown"


class ShownFile:
    """Read at the start, written at an orderly stop; after a crash, what was shown since then can
    be shown once more."""

    _log = logger()

    def __init__(self, folder: Path, known: Shown) -> None:
        """Add what the last run knew to `known`; raises `StorageError`."""
        self._path = folder / FILE
        self._known = known
        private_folder(folder)
        data = read_private(self._path, limits.DOOR_SHOWN_FILE)
        try:
            if data is not None:
                known.load(data)
        except Malformed:
            hint = "remove it; tokens for the door can then be shown once more"
            raise StorageError(f"{shown(self._path)} is damaged", hint=hint) from None

    def save(self, reactor: Any) -> Deferred[None]:
        """Store what is known now; a disk that cannot, or does not answer, is logged."""
        data = self._known.dump()
        saving = in_disk_thread(reactor, write_private, self._path, data)
        saving.addTimeout(limits.DISK_SECONDS, reactor)
        return saving.addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        failure.trap(StorageError, TimeoutError)
        reason = str(failure.value) if failure.check(StorageError) else "the disk does not answer"
        self._log.error("which tokens were shown is not stored: {reason}", reason=reason)

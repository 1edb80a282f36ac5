"""What is left over on the disk of transfers that are not known any more, for a person who looks at
it or removes it."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from chatd import limits
from chatd.engine.open_profile import OpenProfile
from chatd.engine.transfer_state import LeftOver
from chatd.errors import ChatdError
from chatd.files import StorageError, explained
from chatd.store.transfers import Transfer
from chatd.transfer.left_over import left_over, remove


class LeftOvers:
    """Where the transfers of a profile have landed, or would now (`usual`), but for those with the
    keys `at_work`. Blocks; raises `StorageError`."""

    def __init__(
        self, profile: OpenProfile, usual: Callable[[], Path], at_work: set[bytes]
    ) -> None:
        self._profile = profile
        self._usual = usual
        self._at_work = at_work

    def all(self) -> list[LeftOver]:
        """As far as `limits.LEFT_OVER_SHOWN`; nothing where it cannot be known what is."""
        try:
            keep, folders = self._keep, sorted(self._folders)
        except StorageError:
            return []
        found = [each for folder in folders for each in left_over(folder, keep)]
        return [LeftOver(*each) for each in found[: limits.LEFT_OVER_SHOWN]]

    def remove(self, place: Path) -> bool:
        """Whether there was something, and it is gone."""
        with explained("remove", place):
            return place.parent in self._folders and remove(place, self._keep)

    @property
    def _keep(self) -> set[bytes]:
        return self._at_work | self._profile.taken_by_others

    @property
    def _folders(self) -> set[Path]:
        try:
            usual = {self._usual()}
        except ChatdError:
            usual = set()
        return usual | landed_in(self._profile.transfers.all())


def landed_in(known: Iterable[Transfer]) -> set[Path]:
    """Where those of them that were taken have landed."""
    return {Path(os.fsdecode(each.folder)) for each in known if each.direction == "taken"}

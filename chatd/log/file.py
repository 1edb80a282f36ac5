"""The file of a log, which begins anew by itself, on demand, and where another program has moved it
away."""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Self

from twisted.python.logfile import LogFile

from chatd import limits


class DaemonLog(LogFile):
    """Appends to a file; of old ones there are `limits.LOG_FILES` at most, each of about
    `limits.LOG_BYTES` bytes."""

    @classmethod
    def at(cls, path: Path) -> Self:
        """The log at this path."""
        return cls(path.name, str(path.parent), maxRotatedFiles=limits.LOG_FILES)

    def begin_anew(self) -> None:
        """Move what was written to an old file, unless somebody has moved it already; what is no
        file, such as /dev/null, stays."""
        if self.closed:
            self._openFile()
        elif self._is_elsewhere():
            self.reopen()  # type: ignore[no-untyped-call]
        elif stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            self.rotate()  # type: ignore[no-untyped-call]

    def shouldRotate(self) -> bool:
        """Whether it is long enough, by what is there: others may have cut it, or written to it."""
        return os.fstat(self._file.fileno()).st_size >= limits.LOG_BYTES

    def write(self, data: str) -> None:
        """Append; a file that could not be opened after a rotation is tried again."""
        if self.closed:
            self._openFile()
        elif self.shouldRotate():
            self._make_room()
        super().write(data)  # type: ignore[no-untyped-call]

    def _make_room(self) -> None:
        if self._is_elsewhere():
            self.reopen()  # type: ignore[no-untyped-call]
        elif not os.access(self.directory, os.W_OK):
            # Nothing can be moved there, and nothing may grow without end.
            os.ftruncate(self._file.fileno(), 0)

    def _openFile(self) -> None:
        # Not as Twisted does it, with which two processes of one daemon would write over each
        # other, and a file that was cut would get a hole.
        self.closed = True
        self._file = open(self.path, "ab", 0)  # noqa: SIM115
        self.closed, self.size = False, self._file.tell()
        if self.defaultMode is not None:
            with suppress(OSError):
                os.chmod(self.path, self.defaultMode)

    def _is_elsewhere(self) -> bool:
        try:
            there = os.stat(self.path)
        except OSError:
            return True
        return not os.path.samestat(there, os.fstat(self._file.fileno()))

"""A disk under `chatd.files` that fails or loses its power at any call, and may lie about it."""

import io
import os
import stat
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from chatd import files


class PowerCut(BaseException):
    """Nothing goes on from here."""


class _Raw(io.FileIO):
    """A file that takes a part of what it is given."""

    disk: "TornDisk"

    def write(self, data: Any, /) -> int:
        self.disk.step()
        size = len(data) if self.disk.random.random() < 0.5 else max(1, len(data) // 2)
        return super().write(bytes(data[:size]))


class TornDisk:
    """Stands for `os` in `chatd.files`, over a real folder.

    What was not synced may be lost, name by name and file by file. The call with the number
    `cut` is the last one before the power goes, `failing` calls raise an error, and a disk that
    `lies` syncs nothing.
    """

    def __init__(
        self, folder: Path, random: Random, *, cut: int = 0, failing: int = 0, lies: bool = False
    ) -> None:
        self.random = random
        self.calls = 0
        self._folder = folder
        self._cut = cut
        self._failing = failing
        self._lies = lies
        self._names = self._listing()
        self._data = {self._names[path.name]: path.read_bytes() for path in folder.iterdir()}

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def under(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let `chatd.files` use it."""
        monkeypatch.setattr(files, "os", self)
        monkeypatch.setattr(files, "open", self._file, raising=False)
        monkeypatch.setattr(files, "tempfile", SimpleNamespace(mkstemp=self._mkstemp))

    def step(self) -> None:
        """One more call."""
        self.calls += 1
        if self._cut and self.calls >= self._cut:
            raise PowerCut
        if self.calls == self._failing:
            raise OSError(5, "Input/output error")

    def open(self, path: Any, flags: int, mode: int = 0o777) -> int:
        self.step()
        return os.open(path, flags, mode)

    def fsync(self, descriptor: int) -> None:
        self.step()
        if self._lies:
            return
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            self._names = self._listing()
        else:
            self._data[status.st_ino] = os.pread(descriptor, status.st_size, 0)

    def replace(self, source: Any, target: Any) -> None:
        self.step()
        os.replace(source, target)

    def link(self, source: Any, target: Any) -> None:
        self.step()
        os.link(source, target)

    def unlink(self, path: Any) -> None:
        self.step()
        os.unlink(path)

    def after(self, folder: Path) -> None:
        """Make the folder what may be found when the power is back."""
        folder.mkdir(mode=0o700)
        now = self._listing()
        for name in now.keys() | self._names.keys():
            inode = self.random.choice((now.get(name), self._names.get(name)))
            if inode is not None:
                files.write_private(folder / name, self._found(inode, now))

    def _found(self, inode: int, now: dict[str, int]) -> bytes:
        """What is in a file: what was synced, or as much of the rest as had its time."""
        synced = self._data.get(inode, b"")
        names = [name for name, each in now.items() if each == inode]
        written = (self._folder / names[0]).read_bytes() if names else synced
        torn = written[: self.random.randrange(len(written) + 1)]
        if written == synced:
            return synced
        return self.random.choice((synced, written, torn, bytes(len(written))))

    def _listing(self) -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in self._folder.iterdir()}

    def _mkstemp(self, suffix: str, prefix: str, folder: Path) -> tuple[int, str]:
        self.step()
        name = folder / f"{prefix}{self.random.randbytes(4).hex()}{suffix}"
        return os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), str(name)

    def _file(self, file: Any, mode: str, opener: Any = None) -> Any:
        if mode != "wb":
            return open(file, mode, opener=opener)
        raw = _Raw(file, mode)
        raw.disk = self
        return io.BufferedWriter(raw)

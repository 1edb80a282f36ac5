"""A disk under `chatd.transfer` that fails, is cut off, or loses its power, at any call."""

import errno
import os
import stat
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chatd.transfer import (
    below,
    checking,
    half_done,
    journal,
    kept_roots,
    landed,
    landing,
    partial,
    staging,
    unsynced,
)

WRITING = (
    below,
    checking,
    half_done,
    journal,
    kept_roots,
    landed,
    landing,
    partial,
    staging,
    unsynced,
)

CHUNK = 8


class Cut(BaseException):
    """Nothing goes on from here."""


class LosingDisk:
    """Stands for `os` over a real folder. The call with the number `cut` is the last one, those in
    `failing` say that the disk is full. What was not synced may be lost, by `lose`."""

    def __init__(self, aside: Path, *, cut: int = 0, failing: frozenset[int] = frozenset()) -> None:
        self.calls = 0
        self._aside = aside
        self._cut = cut
        self._failing = failing
        self._synced: dict[int, bytes] = {}
        self._names: list[tuple[str, int, bytes, int, bytes]] = []
        self._open: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def under(self, patch: pytest.MonkeyPatch) -> None:
        """Let everything that writes use it."""
        for module in WRITING:
            patch.setattr(module, "os", self)
        patch.setattr(staging, "rename", self.rename)
        patch.setattr(unsynced, "sync_disk", self.sync_disk)

    def let_go(self) -> None:
        """Let go of the folders in which there were names."""
        for descriptor in self._open:
            os.close(descriptor)
        self._open.clear()

    def step(self) -> None:
        self.calls += 1
        if self.calls == self._cut:
            raise Cut
        if self.calls in self._failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if not flags & os.O_CREAT:
            return os.open(path, flags, mode, dir_fd=dir_fd)
        self.step()
        is_new = not _is_there(path, dir_fd)
        descriptor = os.open(path, flags, mode, dir_fd=dir_fd)
        inode = os.fstat(descriptor).st_ino
        if is_new:
            os.link(path, self._aside / str(inode), src_dir_fd=dir_fd, follow_symlinks=False)
            self._log("make", dir_fd, path)
        self._synced.setdefault(inode, b"")
        return descriptor

    def mkdir(self, path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        self.step()
        os.mkdir(path, mode, dir_fd=dir_fd)
        self._log("mkdir", dir_fd, path)

    def unlink(self, path: Any, *, dir_fd: int) -> None:
        self.step()
        inode = os.stat(path, dir_fd=dir_fd, follow_symlinks=False).st_ino
        os.unlink(path, dir_fd=dir_fd)
        self._log("unlink", dir_fd, path, inode)

    def rename(self, folder: int, name: bytes, target_folder: int, target: bytes) -> None:
        self.step()
        staging_rename(folder, name, target_folder, target)
        self._open.append(os.dup(target_folder))
        self._log("rename", folder, name, self._open[-1], target)

    def pwritev(self, descriptor: int, parts: Any, at: int) -> int:
        self.step()
        return os.pwritev(descriptor, parts, at)

    def pwrite(self, descriptor: int, data: Any, at: int) -> int:
        self.step()
        return os.pwrite(descriptor, data[: max(1, len(data) // 2)], at)

    def ftruncate(self, descriptor: int, size: int) -> None:
        self.step()
        os.ftruncate(descriptor, size)

    def fsync(self, descriptor: int) -> None:
        self.step()
        status = os.fstat(descriptor)
        if not stat.S_ISDIR(status.st_mode):
            self._synced[status.st_ino] = os.pread(descriptor, status.st_size, 0)
            return
        self._names = [
            op
            for op in self._names
            if status.st_ino != _inode(op[1])
            and (op[0] != "rename" or status.st_ino != _inode(op[3]))
        ]

    def sync_disk(self, folder: int) -> None:
        self.step()
        self._names.clear()
        for inode in self._synced:
            self._synced[inode] = (self._aside / str(inode)).read_bytes()

    def lose(self, random: Random) -> None:
        """The power is back: undo some of what was not synced."""
        for kind, folder, name, other, target in reversed(self._names):
            if random.random() < 0.5:
                _undo(kind, folder, name, other, target, self._aside)
        for inode, synced in self._synced.items():
            file = self._aside / str(inode)
            file.write_bytes(_found(synced, file.read_bytes(), random))

    def _log(
        self, kind: str, folder: int | None, name: bytes, other: int = -1, target: bytes = b""
    ) -> None:
        assert folder is not None
        self._open.append(os.dup(folder))
        self._names.append((kind, self._open[-1], name, other, target))


staging_rename = staging.rename


def _undo(kind: str, folder: int, name: bytes, other: int, target: bytes, aside: Path) -> None:
    try:
        match kind:
            case "make":
                os.unlink(name, dir_fd=folder)
            case "mkdir":
                gone = aside / f"gone-{len(os.listdir(aside))}"
                os.rename(name, gone, src_dir_fd=folder)
            case "unlink":
                os.link(aside / str(other), name, dst_dir_fd=folder)
            case _:
                staging_rename(other, target, folder, name)
    except OSError:
        pass  # Something that was not lost stands upon it.


def _found(synced: bytes, written: bytes, random: Random) -> bytes:
    """What is in a file: piece by piece what was synced, or what was written, or nothing."""
    if synced == written:
        return synced
    shorter, longer = sorted((len(synced), len(written)))
    found = b""
    for at in range(0, longer, CHUNK):
        old, new = synced[at : at + CHUNK], written[at : at + CHUNK]
        piece = random.choice((old, new))
        found += piece + bytes(max(len(old), len(new)) - len(piece))
    return found[: random.randint(shorter, longer)]


def _is_there(path: Any, dir_fd: int | None) -> bool:
    try:
        os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _inode(descriptor: int) -> int:
    return os.fstat(descriptor).st_ino

"""Files for their owner's eyes only: written whole or not at all, read with a limit, locked."""

import errno
import fcntl
import os
import shlex
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from chatd import limits
from chatd.errors import ChatdError

_LOCK_POLL_SECONDS = 0.01
_PID = 20
"""Digits of the largest number of a process, and more."""

_IN_THE_WAY = "move it away"
_DENIED = ("permission denied", "look at who may use it: ls -ld {folder}")
_NO_LOCKS = ("its file system cannot lock files", "use a folder on a local disk")
_CAUSES = {
    errno.ENOSPC: ("the disk is full", "free some space, then try again"),
    errno.EDQUOT: ("your disk quota is used up", "free some space, then try again"),
    errno.EFBIG: ("it would pass the limit on the size of files", "raise it: ulimit -f unlimited"),
    errno.EACCES: _DENIED,
    errno.EPERM: _DENIED,
    errno.EROFS: ("the disk is read-only", "use a folder that can be written to"),
    errno.ENOENT: ("there is no such file or folder", "look at what is there: ls -l {folder}"),
    errno.ENOTDIR: ("part of its path is not a folder", "move away what is in the way"),
    errno.EEXIST: ("something that is not a folder is in the way", _IN_THE_WAY),
    errno.EISDIR: ("it is a folder", _IN_THE_WAY),
    errno.ENXIO: ("it is not a regular file", _IN_THE_WAY),
    errno.EMFILE: ("this process may not open more files", "let it open more: ulimit -n 1024"),
    errno.ENFILE: ("this machine cannot open more files", "close something, then try again"),
    errno.ENOLCK: _NO_LOCKS,
    errno.EOPNOTSUPP: _NO_LOCKS,
}


class StorageError(ChatdError):
    """A file or a folder that cannot be used; the text names it and says why."""

    text = "a file could not be read or written"


class TooNew(StorageError):
    """A file that a newer chatd wrote; it stays as it is."""

    text = "a file was written by a newer chatd"
    hint = "upgrade chatd: pip install --upgrade chatd"


class Locked(StorageError):
    """Another process, or another part of this one, holds the lock."""

    text = "another process is using it"
    hint = "wait until it has ended, then try again"


class Lock:
    """A lock that is held until `release`, the end of a `with` block, or the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def sign(self) -> None:
        """Write into its file which process has it, for `holder`, if there is room."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, b"%d" % os.getpid(), 0)

    def release(self) -> None:
        """Let others have it; again is harmless."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def shown(path: Path) -> str:
    """A path as text that is safe to print, quoted for a shell where it needs that."""
    printable = str(path).encode("utf-8", "backslashreplace").decode()
    return shlex.quote("".join(c if c.isprintable() else "?" for c in printable))


@contextmanager
def explained(doing: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` inside into a `StorageError`: what could not be done, and why not."""
    try:
        yield
    except OSError as error:
        why, hint = cause(error, path)
        raise StorageError(f"cannot {doing} {shown(path)}: {why}", hint=hint) from error
    except ValueError as error:
        raise StorageError(f"cannot {doing} {shown(path)}: that is no path") from error


def cause(error: OSError, path: Path) -> tuple[str, str]:
    """Why the system refused something about a file, and what to do, as far as that is known."""
    unknown = str(error.strerror or error).lower()
    why, hint = _CAUSES.get(error.errno or 0, (unknown, ""))
    return why, hint.format(folder=shown(path.parent))


def private_folder(path: Path) -> None:
    """Make a folder 0700, with its missing parents; one that is there stays as it is.

    Raises `StorageError`, also for a folder in which others could replace the files.
    """
    with explained("use the folder", path):
        _make_folder(path)
        mode = path.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise StorageError(
            f"others can write to the folder {shown(path)}", hint=f"chmod go-w {shown(path)}"
        )


def read_private(path: Path, limit: int) -> bytes | None:
    """The content of a file, at most `limit` bytes; None if there is no such file.

    Raises `StorageError` for anything that is not a regular file, is not ours, can be read or
    written by others, or is longer. A symbolic link is followed and its target judged.
    """
    with explained("read", path):
        try:
            with open(path, "rb", opener=_open_unblocked) as file:
                _check_private(path, os.fstat(file.fileno()))
                data = file.read(limit + 1)
        except FileNotFoundError:
            return None
    if len(data) > limit:
        raise StorageError(f"{shown(path)} is larger than {limit} bytes", hint=_IN_THE_WAY)
    return data


def read_settings(path: Path) -> bytes:
    """A file of settings, at most `limits.CONFIG_FILE` bytes; a pipe is read to its end.

    Raises `StorageError`, also for a pipe to which nobody writes.
    """
    with explained("read", path), open(path, "rb", opener=_open_unblocked) as file:
        os.set_blocking(file.fileno(), True)
        data = file.read(limits.CONFIG_FILE + 1)
        is_pipe = stat.S_ISFIFO(os.fstat(file.fileno()).st_mode)
    if is_pipe and not data:
        raise StorageError(f"{shown(path)} is a pipe, and nothing comes from it")
    if len(data) > limits.CONFIG_FILE:
        raise StorageError(f"{shown(path)} is larger than {limits.CONFIG_FILE} bytes")
    return data


def write_private(path: Path, data: bytes) -> None:
    """Replace a file by `data`, 0600, on disk when this returns; raises `StorageError`.

    Whatever happens, also a power cut, the file is the old one or the new one. Two writers at
    once need a `lock`, or the last one wins.
    """
    with explained("write", path):
        temporary = _write_temporary(path, data)
        try:
            os.replace(temporary, path)
        except BaseException:
            _remove_if_there(temporary)
            raise
        sync_folder(path.parent)


def create_private(path: Path, data: bytes) -> None:
    """As `write_private`, for a file that is not there yet; raises `StorageError` if it is."""
    with explained("write", path):
        temporary = _write_temporary(path, data)
        try:
            _link(temporary, path)
        finally:
            _remove_if_there(temporary)
        sync_folder(path.parent)


def touch_private(path: Path) -> None:
    """Make an empty file, 0600, unless there is one; raises `StorageError` as `read_private`."""
    with explained("open", path):
        descriptor = _open_unblocked(str(path), os.O_RDWR | os.O_CREAT)
        try:
            _check_private(path, os.fstat(descriptor))
        finally:
            os.close(descriptor)


def probe(folder: Path) -> None:
    """Write a little and have it on disk, to see whether that works; raises `OSError`."""
    os.unlink(_write_temporary(folder / "probe", bytes(4096)))


def check_free(path: Path) -> None:
    """Raise `StorageError` where `create_private` would find something there."""
    if os.path.lexists(path):
        raise StorageError(
            f"{shown(path)} is there already", hint="choose another name; nothing is overwritten"
        )


def remove_leftovers(path: Path) -> None:
    """Remove what killed writers of `path` left; only for who holds the lock of its writers."""
    with explained("write", path):
        for name in os.listdir(path.parent):
            if name.startswith(f".{path.name}.") and name.endswith(".new"):
                _remove_if_there(path.parent / name)


def lock(path: Path) -> Lock:
    """Lock the file at `path`, made if need be; raises `Locked` at once if it is taken.

    The file itself stays: a lock file that is removed locks nothing. Raises `StorageError`
    where it cannot be made or its file system has no locks.
    """
    with explained("lock", path):
        descriptor = _open_unblocked(str(path), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
        try:
            _check_regular(path, os.fstat(descriptor))
            _take(path, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
    return Lock(descriptor)


def holder(path: Path) -> int | None:
    """The process that has the lock of that file, if it has signed and can be read."""
    try:
        with open(_open_unblocked(str(path), os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            said = file.read(_PID)
    except OSError:
        return None
    return int(said) if said.isdigit() else None


def lock_within(path: Path, seconds: float) -> Lock:
    """As `lock`, but wait for it, blocking, up to `seconds`; for critical sections only."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return lock(path)
        except Locked:
            if time.monotonic() >= deadline:
                raise
        time.sleep(_LOCK_POLL_SECONDS)


def _make_folder(path: Path) -> None:
    if path.is_dir():
        return
    if path.parent != path:
        _make_folder(path.parent)
    with explained("make the folder", path):
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            if not path.is_dir():
                raise
        sync_folder(path.parent)


def _open_unblocked(path: str, flags: int) -> int:
    # A FIFO in its place must not hang us.
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY, 0o600)


def _check_private(path: Path, status: os.stat_result) -> None:
    _check_regular(path, status)
    if status.st_uid != os.geteuid():
        raise StorageError(
            f"{shown(path)} belongs to someone else", hint="run as the user whose file it is"
        )
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise StorageError(
            f"others have access to the private file {shown(path)}",
            hint=f"chmod 600 {shown(path)}",
        )


def _write_temporary(path: Path, data: bytes) -> Path:
    # mkstemp makes it 0600, whatever the umask.
    descriptor, name = tempfile.mkstemp(".new", f".{path.name}.", path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        _remove_if_there(Path(name))
        raise
    return Path(name)


def _link(temporary: Path, path: Path) -> None:
    """Give a whole file its name, unless something has it; a rename would replace that."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        check_free(path)
        raise
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP):
            raise
        raise StorageError(
            f"cannot write {shown(path)}: its file system has no hard links",
            hint="write it to a folder in your home, then copy it",
        ) from error


def _remove_if_there(path: Path) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def sync_file(path: Path) -> None:
    """Have what is in a file on disk; raises `OSError`."""
    _sync(path, os.O_RDONLY)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk; raises `OSError`."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take(path: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Locked(f"another process is using {shown(path)}") from None


def _check_regular(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise StorageError(f"{shown(path)} is not a regular file", hint=_IN_THE_WAY)

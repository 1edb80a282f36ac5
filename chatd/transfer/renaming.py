"""A new name for what is there, never in the place of something else."""

import ctypes
import errno
import os
import stat

_NOREPLACE = 1
_libc = ctypes.CDLL(None, use_errno=True)
_UNKNOWN = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
"""The file system, or the C library, cannot do it."""
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK)
"""A file has one name on this disk."""


def rename(folder: int, name: bytes, target_folder: int, target: bytes) -> None:
    """Move a file or a folder from one folder (an open one) to another; raises `FileExistsError`
    where anything has that name, else `OSError`."""
    try:
        _rename_at_once(folder, name, target_folder, target)
    except OSError as error:
        if error.errno not in _UNKNOWN:
            raise
        _rename_in_steps(folder, name, target_folder, target)


def _rename_at_once(folder: int, name: bytes, target_folder: int, target: bytes) -> None:
    call = getattr(_libc, "renameat2", None)
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if call(folder, name, target_folder, target, _NOREPLACE):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _rename_in_steps(folder: int, name: bytes, target_folder: int, target: bytes) -> None:
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    places = {"src_dir_fd": folder, "dst_dir_fd": target_folder}
    if stat.S_ISDIR(status.st_mode):
        # A folder that is empty, and ours alone to fill, is replaced by one that is not.
        os.mkdir(target, dir_fd=target_folder)
        os.rename(name, target, **places)
        return
    try:
        os.link(name, target, **places, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # The name is ours as soon as it is there, and what is moved there replaces only that.
        made = os.open(target, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=target_folder)
        os.close(made)
        os.rename(name, target, **places)
        return
    os.unlink(name, dir_fd=folder)

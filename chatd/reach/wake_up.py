"""A timer of the kernel that never ends, and is cancelled when the machine wakes up.

It is one on the date (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET), which jumps after sleep, and
when somebody sets it.
"""

import ctypes
import errno
import os

_CLOCK_REALTIME = 0
_NEVER = (1 << 31) - 1 if ctypes.sizeof(ctypes.c_long) == 4 else 1 << 33
"""Seconds since 1970: as far away as the kernel's types let it be."""
_ABSOLUTE_AND_CANCELLED_WHEN_SET = 1 | 2


class _Timer(ctypes.Structure):
    """struct itimerspec: the interval, of which there is none, and the end."""

    _fields_ = [(name, ctypes.c_long) for name in ("is", "in", "s", "n")]


def opened() -> int:
    """A file that can be read once the machine has slept, or its date was set, each time anew: what
    is read is ECANCELED. Raises `OSError`."""
    libc = ctypes.CDLL(None, use_errno=True)
    flags = os.O_NONBLOCK | os.O_CLOEXEC
    file: int = _checked(getattr(libc, "timerfd_create", _none)(_CLOCK_REALTIME, flags))
    try:
        wanted = _Timer(0, 0, _NEVER, 0)
        how = _ABSOLUTE_AND_CANCELLED_WHEN_SET
        _checked(libc.timerfd_settime(file, how, ctypes.byref(wanted), None))
    except OSError:
        os.close(file)
        raise
    return file


def _none(*_: int) -> int:
    """A system that has no such timer."""
    ctypes.set_errno(errno.ENOSYS)
    return -1


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

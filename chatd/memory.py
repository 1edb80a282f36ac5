"""Keeps what a process knows, its keys and what is said, to itself."""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4
"""prctl(2)"""


def close_memory() -> None:
    """Leave no core file behind, and let no other process of the same account look in.

    Root still can. Done once the process has the account that it will keep: changing it undoes
    the second part.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # Without this a program to which the system pipes its core files gets ours.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

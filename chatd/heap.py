"""What the C library keeps of memory that was used, for the blocks that come after."""

import ctypes

from chatd import limits

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Numbers of glibc's mallopt; Python has no names for them."""


def keep_blocks() -> None:
    """Let blocks of files lie where others lay before: by itself glibc gives each back to the
    kernel, which clears the memory of the next. Harmless where the C library is another one."""
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        tune(_TRIM_THRESHOLD, limits.HEAP_KEPT)
        tune(_MMAP_THRESHOLD, limits.HEAP_KEPT)

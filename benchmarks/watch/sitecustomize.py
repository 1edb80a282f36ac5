"""Loaded by every Python that finds this folder on its path: writes down how long each collection
of garbage takes, in CPU, to the file that WATCH_COLLECTIONS names."""

import gc
import os
import time

_file = os.open(os.environ["WATCH_COLLECTIONS"], os.O_WRONLY | os.O_APPEND)
_began = 0.0


def _watch(phase: str, info: dict[str, int]) -> None:
    global _began
    if phase == "start":
        _began = time.thread_time()
    else:
        os.write(_file, b"%d %.6f\n" % (info["generation"], time.thread_time() - _began))


gc.callbacks.append(_watch)

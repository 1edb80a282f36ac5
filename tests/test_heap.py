"""What the C library keeps of memory that was used."""

import ctypes
import subprocess
import sys

import pytest

from chatd import limits

FAULTS = """
import resource, sys
from chatd.heap import keep_blocks
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        blocks = [bytes(1 << 20) for _ in range(4)]
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
if "kept" in sys.argv:
    keep_blocks()
faults()
print(faults())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="no such C library")
def test_blocks_lie_where_others_lay() -> None:
    """The kernel clears no memory for them again; by itself it does so for each."""
    command = [sys.executable, "-c", FAULTS]
    kept, given_back = (
        int(subprocess.run([*command, word], capture_output=True, check=True).stdout)
        for word in ("kept", "")
    )
    assert kept < limits.BLOCK // 4096 < given_back

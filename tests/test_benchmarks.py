"""The benchmarks still run; what they measure is of no interest here."""

import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[1]

SHORT = {
    "login": ["1", "2"],
    "crowd": ["20", "120"],
    "introduction": ["1", "2"],
    "parts": ["1"],
    "start": ["1"],
    "prompt": ["1"],
    "agent": ["1", "1"],
    "message": ["1", "2"],
    "files": ["1", "20", "1"],
    "drawing": ["1", "20"],
    "growth": ["1", "2", "4", "8", "20"],
}
"""Few rounds of little."""


@pytest.mark.slow
@pytest.mark.parametrize("name", SHORT)
def test_a_benchmark_runs(name: str) -> None:
    """It ends well, and says how the two sides compare."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *SHORT[name]],
        cwd=TREE,
        capture_output=True,
        text=True,
        check=False,
        timeout=1000,
    )
    assert done.returncode == 0, done.stderr
    assert " times " in done.stdout

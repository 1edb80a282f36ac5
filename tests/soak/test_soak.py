"""The soak for half a minute; docs/testing.md has the command for ten."""

import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]


@pytest.mark.slow
def test_half_a_minute() -> None:
    """People come and go at a daemon that is upgraded, killed and troubled, and nothing is lost or
    left behind."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--seconds", "30", "--people", "150"],
        cwd=TREE,
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-20_000:]
    assert "sides of introductions" in done.stdout

"""What is left of people who have gone, where no collector looks for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from daemon_process import TREE

PEOPLE = int(os.environ.get("CHATD_LEAVINGS", "36"))


def test_whoever_leaves_leaves_nothing_behind(tmp_path: Path) -> None:
    """However a link ends, all that belonged to it goes with it: nothing refers to itself."""
    script = str(Path(__file__).with_name("leavings.py"))
    done = subprocess.run(
        [sys.executable, script, str(tmp_path / "data"), str(PEOPLE)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(TREE), str(TREE / "tests")))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {}

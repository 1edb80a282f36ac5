"""Asks daemons that were started with it what lives in their memory (`probe`)."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from patience import SECONDS
from soak import probe

TREE = Path(__file__).parents[2]


class Probing:
    """For every daemon that is started from now on; `folder` is for its files."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        path, self._answers = folder / "path", folder / "probe"
        path.mkdir()
        self._answers.mkdir()
        (path / "sitecustomize.py").symlink_to(probe.__file__)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(path), str(TREE)]))
        patch.setenv("PYTHONMALLOC", "malloc")
        patch.setenv("PROBE", str(self._answers))

    def alive(self, pid: int) -> dict[str, Any]:
        """What lives in this process."""
        answer = self._answers / str(pid)
        answer.unlink(missing_ok=True)
        os.kill(pid, probe.SIGNAL)
        deadline = time.monotonic() + SECONDS
        while not answer.exists():
            assert time.monotonic() < deadline, "the probe does not answer"
            time.sleep(0.02)
        found: dict[str, Any] = json.loads(answer.read_text())
        return found

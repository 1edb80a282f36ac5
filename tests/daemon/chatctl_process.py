"""The operator's commands, as processes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from patience import SECONDS

CHATCTL = [sys.executable, "-c", "import sys; from chatd.chatctl import main; sys.exit(main())"]


def chatctl(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run it."""
    command = [*CHATCTL, "--data-dir", str(folder / "data"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)


def told(folder: Path, *words: str) -> list[Any]:
    """What it says to a program."""
    done = chatctl(folder, "--json", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def refused(folder: Path, *words: str) -> tuple[int, str]:
    """The status, and what it complains of."""
    done = chatctl(folder, *words)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.returncode, done.stderr

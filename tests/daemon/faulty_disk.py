"""A library that is loaded under a real process, and makes its calls to the disk fail."""

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from patience import SECONDS

SOURCE = Path(__file__).with_name("faults.c")


class Faults:
    """What is wrong with the disk, from now on, for every process that the test starts."""

    def __init__(self, control: Path) -> None:
        self._control = control
        self.heal()

    def fail(self, call: str, code: int) -> None:
        """A call (open, pwrite, fsync, ftruncate, close) fails with an errno."""
        self._say(f"{call} {code}")

    def fill(self) -> None:
        """The disk is full."""
        self._say(f"pwrite {errno.ENOSPC}", f"ftruncate {errno.ENOSPC}")

    def shorten(self) -> None:
        """Each write takes half of what it is given."""
        self._say("pwrite short")

    def hang(self, *calls: str) -> None:
        """The disk does not answer until it is healed."""
        self._say(*(f"{call} hang" for call in calls))

    def heal(self) -> None:
        """Nothing is wrong."""
        self._say()

    def _say(self, *lines: str) -> None:
        # Renamed, so that a reader finds all of it or all of what was before.
        new = self._control.with_suffix(".new")
        new.write_text("".join(line + "\n" for line in lines))
        new.rename(self._control)


def faults(folder: Path, monkeypatch: pytest.MonkeyPatch, faulty: str) -> Faults:
    """Compile the library, and load it; files whose paths contain `faulty` are concerned."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = folder / "faults.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"],
        check=True,
        timeout=SECONDS,
    )
    found = Faults(folder / "faults")
    before = os.environ.get("LD_PRELOAD", "")
    monkeypatch.setenv("LD_PRELOAD", f"{library} {before}".strip())
    monkeypatch.setenv("FAULTS", str(folder / "faults"))
    monkeypatch.setenv("FAULTY", faulty)
    return found

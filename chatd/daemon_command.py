"""How to start a daemon with this installation: some installers hide the programs of Twisted."""

import shlex
import shutil
import sys
from pathlib import Path


def daemon_command() -> str:
    """The command, with the whole path of twistd where a shell would not find ours."""
    ours, found = Path(sys.executable).with_name("twistd"), shutil.which("twistd")
    is_ours = found is not None and (not ours.exists() or ours.samefile(found))
    return f"{'twistd' if is_ours else shlex.quote(str(ours))} -n chatd"

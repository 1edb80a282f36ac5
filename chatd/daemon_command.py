"""How to start a daemon with this installation: not every installer puts `chatd` on the path."""

import shlex
import shutil
import sys
from pathlib import Path


def daemon_command() -> str:
    """The command, with the whole path where a shell would not find ours."""
    ours, found = Path(sys.executable).with_name("chatd"), shutil.which("chatd")
    is_ours = found is not None and (not ours.exists() or ours.samefile(found))
    return "chatd" if is_ours else shlex.quote(str(ours))

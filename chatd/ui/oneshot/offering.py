"""What `chat send` offers: files and folders, or its standard input."""

import os
import stat
from collections.abc import Sequence

from msgspec.structs import replace

from chatd import limits
from chatd.engine.commands import Command, SendFiles, SendInput
from chatd.errors import ChatdError, Usage
from chatd.safe_line import safe_line
from chatd.ui.oneshot.files import Offer

STANDARD = "-"
"""In the place of a path, or of a text."""


def offered(files: Sequence[str], called: str | None, text: str | None = None) -> Offer | None:
    """These, beside a text; None for none of them. Raises `Usage` or `ChatdError`."""
    if STANDARD in files:
        if len(files) > 1 or text == STANDARD:
            raise Usage("standard input goes alone", "a second command sends the rest")
        return _standard_input(called)
    if called is not None:
        raise Usage("--name is for standard input", "--file - --name FILE")
    paths = tuple(map(_there, files))
    return SendFiles(paths, id=_id()) if paths else None


def reachable(command: Command) -> Command:
    """The same for another process of this account to carry out."""
    if not isinstance(command, SendInput):
        return command
    return replace(command, path=f"/proc/{os.getpid()}/fd/{_pipe()}")


def _there(path: str) -> str:
    """It as an absolute one."""
    if not os.path.exists(path):
        raise ChatdError(f"there is no {safe_line(path)}")
    return os.path.abspath(path)


def _standard_input(called: str | None) -> Offer:
    """To its end, called so."""
    if called is None:
        raise Usage("standard input has no name", "--file - --name FILE")
    name = os.fsencode(called)
    if not name or b"/" in name or name in (b".", b"..") or len(name) > limits.OFFERED_NAME:
        raise Usage("--name is no name of a file", "one without / and with 255 bytes at most")
    return SendInput("/dev/stdin", called, id=_id())


def _id() -> bytes:
    return os.urandom(limits.TRANSFER_ID)


def _pipe() -> int:
    """Standard input if another process of this account can open it and goes on where it stands,
    else a pipe that is filled with it."""
    try:
        status = os.fstat(0)
    except OSError:
        raise ChatdError("there is no standard input") from None
    if stat.S_ISFIFO(status.st_mode) and status.st_uid == os.geteuid():
        return 0
    import subprocess  # which takes its time

    pumping = subprocess.Popen(["cat"], stdout=subprocess.PIPE)
    assert pumping.stdout is not None
    return os.dup(pumping.stdout.fileno())

"""What belongs to an account other than that of the tests."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

NOBODY = pwd.getpwnam("nobody")


@contextmanager
def folder_of_nobody() -> Iterator[Path]:
    """A folder of that account, outside of those that every run of pytest makes private anew."""
    with TemporaryDirectory() as name:
        os.chown(name, NOBODY.pw_uid, NOBODY.pw_gid)
        yield Path(name)
